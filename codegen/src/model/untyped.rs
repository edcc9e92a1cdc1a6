//! Reports schemas that are left out of the bindings or become untyped JSON.

use serde_json::json;

use crate::Diagnostic;
use crate::openapi::node::Node;
use crate::openapi::problem::{Problem, UNTYPED};
use crate::openapi::schema::Conflict;
use crate::source::document::child;

/// Reports a property that two parts of an `allOf` describe differently. If both descriptions are objects, returns a problem that
/// is solved by an object with the properties of both. Otherwise returns a warning.
pub(super) fn conflict(node: &Node<'_>, conflict: &Conflict<'_>) -> Result<Problem, Diagnostic> {
    let Conflict { key, earlier, later, objects } = conflict;
    if !objects {
        let warning = later.warning(format!("an earlier part of the `allOf` describes `{key}` differently"));
        let warning = warning.note("the field has the type of the last part").part(&earlier.pointer);
        return Err(warning.related(&earlier.pointer, "earlier description").help("describe the property once"));
    }
    let reference = |node: &Node<'_>| json!({"$ref": format!("#{}", node.pointer.replace('%', "%25"))});
    let own = node.get("properties").map(|properties| child(&properties.pointer, key));
    let later = if own.as_ref() == Some(&later.pointer) { later.value.clone() } else { reference(later) };
    let merged = json!({"allOf": [reference(earlier), later]});
    let (pointer, value) = match own {
        Some(own) => (own, merged),
        None => (child(&node.pointer, "properties"), json!({*key: merged})),
    };
    let note = earlier.left_out(format!("several parts of an `allOf` describe the property `{key}`"));
    Ok(Problem::replace(note, pointer, value, "the field has the properties of all of them"))
}

/// Creates a problem for a schema that has no type. The error is about `node` or one of its inner schemas.
pub(super) fn untyped_at(error: Diagnostic, node: &Node<'_>) -> Problem {
    let pointer = error.pointer.clone().unwrap_or_else(|| node.pointer.clone());
    Problem::untyped(error, pointer)
}

/// Warns about a schema that becomes untyped JSON, unless the schema allows any JSON.
pub(super) fn untyped(node: &Node<'_>) -> Option<Diagnostic> {
    let has = |key: &&str| node.value.get(*key).is_some();
    let key = ["oneOf", "anyOf", "allOf", "enum", "not"].into_iter().find(has)?;
    // A problem with a part of an `allOf` was already reported.
    if key == "allOf" && node.items_of(key).ok()?.iter().any(|part| part.get(UNTYPED).is_some()) {
        return None;
    }
    let why = match key {
        "oneOf" if has(&"discriminator") => {
            "each branch must be an object with the `discriminator` property, distinct values for it, and one other required property"
        }
        "anyOf" if has(&"discriminator") => "several branches can match at once",
        "oneOf" | "anyOf" => "no `discriminator` distinguishes the branches",
        "enum" => "the values are neither all strings nor all of one `type`",
        _ => "no single type describes it",
    };
    let warning = node.warning(format!("this `{key}` becomes untyped JSON: {why}")).part(&node.pointer);
    Some(warning.help("describe one object or use a `discriminator`, in the document or with an overlay action"))
}

/// Warns about a union that is left out because it is next to the properties of an object.
pub(super) fn beside_fields(node: &Node<'_>) -> Diagnostic {
    let key = if node.value.get("oneOf").is_some() { "oneOf" } else { "anyOf" };
    let warning =
        node.warning(format!("this `{key}` is left out: the type has only the fields of the sibling `properties`"));
    let warning = warning.part(child(&node.pointer, key));
    warning.help("describe all properties as one object, in the document or with an overlay action")
}
