//! Reports schemas that become untyped JSON, and schemas of an `allOf` that are left out or merged.

use serde_json::json;

use crate::model::name_types::TypeNames;
use crate::openapi::node::Node;
use crate::openapi::problem::{Problem, UNTYPED};
use crate::openapi::schema::{self, Conflict, Difference, ObjectSchema, SchemaKind};
use crate::source::document::child;
use crate::{Diagnostic, Result};

impl<'a> TypeNames<'a> {
    /// Reports the parts of a schema that a type of the given kind leaves out, and the properties that several schemas describe.
    pub(crate) fn report(&mut self, node: &Node<'a>, kind: &SchemaKind<'a>) -> Result<()> {
        self.left_out_parts(node, kind)?;
        if let SchemaKind::Object(record) = kind {
            self.conflicts(node, record);
        }
        Ok(())
    }

    /// Warns about the unions, lists and maps in an `allOf` that the type leaves out.
    fn left_out_parts(&mut self, node: &Node<'a>, kind: &SchemaKind<'a>) -> Result<()> {
        for part in schema::left_out_parts(node, kind)? {
            let message = format!("this `{}` is left out: the rest of the schema determines the type", part.key());
            let warning = part.warning(message).part(&part.pointer);
            let help = "describe all properties as one object, in the document or with an overlay action";
            self.diagnostics.push(warning.help(help));
        }
        Ok(())
    }

    /// Handles properties that several schemas of an `allOf`, or several branches of a union, describe differently. If several
    /// schemas of an `allOf` describe a property as an object, these descriptions are merged. Other conflicts cause warnings.
    fn conflicts(&mut self, node: &Node<'a>, record: &ObjectSchema<'a>) {
        for Conflict { key, earlier, later, difference } in &record.conflicts {
            if *difference == Difference::Branches {
                let warning = later.warning(format!("several branches of the union describe `{key}` differently"));
                let warning = warning.note("the field is untyped JSON").part(&earlier.pointer).part(&later.pointer);
                let help = "use a `discriminator`, in the document or with an overlay action";
                self.warn(warning.related(&earlier.pointer, "earlier description").help(help));
            } else if *difference == Difference::Objects {
                let reference = |node: &Node<'_>| json!({"$ref": format!("#{}", node.pointer.replace('%', "%25"))});
                let own = node.get("properties").map(|properties| child(&properties.pointer, key));
                let later = if own.as_ref() == Some(&later.pointer) { later.value.clone() } else { reference(later) };
                let merged = json!({"allOf": [reference(earlier), later]});
                let (pointer, value) = match own {
                    Some(own) => (own, merged),
                    None => (child(&node.pointer, "properties"), json!({*key: merged})),
                };
                let note = format!("several schemas of an `allOf` describe the property `{key}`");
                let note = Diagnostic::left_out(note).at(&earlier.pointer);
                self.problems.push(Problem::replace(
                    note,
                    pointer,
                    value,
                    "the field has the properties of all these schemas",
                ));
            } else {
                let warning = later.warning(format!("an earlier schema of the `allOf` describes `{key}` differently"));
                let warning = warning.note("the last schema determines the type of the field").part(&earlier.pointer);
                self.warn(warning.related(&earlier.pointer, "earlier description").help("describe the property once"));
            }
        }
    }
}

/// Creates a problem that makes a schema untyped: the schema to which `error` points, or `node` if `error` has no pointer.
pub(super) fn untyped_at(error: Diagnostic, node: &Node<'_>) -> Problem {
    let pointer = error.pointer.clone().unwrap_or_else(|| node.pointer.clone());
    Problem::untyped(error, pointer)
}

/// Warns about a schema that becomes untyped JSON, unless the schema allows any JSON.
pub(super) fn untyped(node: &Node<'_>) -> Option<Diagnostic> {
    let has = |key: &&str| node.value.get(*key).is_some();
    let key = ["oneOf", "anyOf", "allOf", "enum", "not"].into_iter().find(has)?;
    // All schemas of the `allOf` were already reported as problems.
    if key == "allOf" && node.items_of(key).ok()?.iter().all(|part| part.get(UNTYPED).is_some()) {
        return None;
    }
    let why = match key {
        "oneOf" | "anyOf" if has(&"discriminator") => {
            "the `discriminator` has no distinct values for the branches, or a branch is not an object"
        }
        "oneOf" | "anyOf" if has(&"properties") => {
            "the properties next to it can't be added to every branch, or the branches can't be distinguished"
        }
        "oneOf" | "anyOf" => "the branches can't be distinguished",
        "enum" => "its values other than null have no common type",
        _ => "its schemas have no common type",
    };
    let warning = node.warning(format!("this `{key}` becomes untyped JSON: {why}")).part(&node.pointer);
    Some(warning.help("describe one object or use a `discriminator`, in the document or with an overlay action"))
}
