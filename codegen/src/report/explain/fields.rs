//! Explains the fields of a response, and why each field is required or optional.

use std::collections::BTreeMap;

use serde_json::Value;

use super::Explanation;
use super::binding::declaring_file;
use crate::describe::infer::REQUIRED;
use crate::describe::infer::shape;
use crate::model::api::{Envelope, Field, Operation, TypeKind};
use crate::model::names::type_name;
use crate::report::diff::named;
use crate::source::document::child;

impl Explanation<'_> {
    /// Explains the types of a response, starting with the result. Returns the names of the explained types.
    pub(super) fn response_types(&mut self, operation: &Operation, modules: &[(String, String)]) -> Vec<String> {
        let stages = self.stages;
        let schemas = stages.complete.document.value.pointer("/components/schemas").and_then(Value::as_object);
        let pointers: BTreeMap<String, String> = schemas.into_iter().flatten().map(schema_of_type).collect();
        let mut names = vec![operation.output.name.clone()];
        let mut next = 0;
        while let Some(name) = names.get(next).cloned() {
            next += 1;
            let record = match stages.bindings.types.get(&name).map(|item| &item.kind) {
                Some(TypeKind::Struct(record)) => record,
                Some(TypeKind::ByStatus(variants)) => {
                    names.extend(variants.iter().filter_map(|variant| Some(variant.value.as_ref()?.0.clone())));
                    continue;
                }
                _ => continue,
            };
            let pointer = pointers.get(&name).map_or("", String::as_str);
            let file = declaring_file(modules, &name).unwrap_or_default();
            self.heading(format!("{name} in {}/{file}, from {pointer}", self.generated));
            let may_be_missing =
                operation.output.envelope() == Some(Envelope::OrDefault) && name == operation.output.name;
            for field in &record.fields {
                let (ty, required) = if field.required && !field.nullable {
                    (field.ty.to_string(), "required")
                } else {
                    (format!("Option<{}>", field.ty), "optional")
                };
                let reasons = self.reasons(field, pointer, may_be_missing).join(", ");
                self.line(1, format!("{}: {ty}, {required}: {reasons}", field.wire));
                if let Some(inner) = named(&field.ty).filter(|inner| names.iter().all(|name| name != inner)) {
                    names.push(inner.to_owned());
                }
            }
        }
        names.retain(|name| stages.bindings.types.contains_key(name));
        names
    }

    fn reasons(&self, field: &Field, schema: &str, result_may_be_missing: bool) -> Vec<String> {
        let key = field.wire.as_str();
        let requires = |document: &Value| {
            let required = document.pointer(&format!("{schema}/required")).and_then(Value::as_array);
            required.is_some_and(|required| required.iter().any(|it| it == key))
        };
        let overlay = |verb: &str| {
            let lines = self.overlay_lines(&format!("{schema}/required"));
            let lines = lines.or_else(|| self.overlay_lines(&child(&format!("{schema}/properties"), key)));
            format!("the overlay {verb}{}", lines.map(|lines| format!(", {lines}")).unwrap_or_default())
        };
        let name = schema.strip_prefix("/components/schemas/").unwrap_or_default();
        let inferred = self.stages.learned.records.types.get(name);
        let seen = inferred.and_then(|record| record.fields.get(key));
        let (before, after) =
            (requires(&self.stages.complete.before_overlay.value), requires(&self.stages.complete.document.value));
        let reason = match (before, after, seen) {
            _ if field.flatten => "collects the unknown fields".to_owned(),
            (false, true, _) => overlay("requires it"),
            (true, false, _) => overlay("makes it optional"),
            (true, true, _) if result_may_be_missing => "the whole result can be missing".to_owned(),
            (true, true, Some(_)) if REQUIRED.contains(&key) => {
                "an identifier by rule, and in every example".to_owned()
            }
            (true, true, Some(_)) => "the only object of the result, and in every example".to_owned(),
            (true, true, None) => "required by the document".to_owned(),
            (false, false, Some(seen)) => return optional_in_examples(field, seen, &overlay),
            (false, false, None) if inferred.is_some() => overlay("adds it as optional"),
            (false, false, None) if field.nullable => "nullable in the document".to_owned(),
            (false, false, None) => "optional in the document".to_owned(),
        };
        vec![reason]
    }
}

fn optional_in_examples(field: &Field, seen: &shape::Field, overlay: &dyn Fn(&str) -> String) -> Vec<String> {
    let reasons = [
        seen.optional.then(|| "absent in an example".to_owned()),
        seen.shape.nullable.then(|| "null in an example".to_owned()),
        (field.nullable && !seen.shape.nullable).then(|| overlay("makes it nullable")),
        (!REQUIRED.contains(&field.wire.as_str())).then(|| "not an identifier by rule".to_owned()),
    ];
    reasons.into_iter().flatten().collect()
}

/// Returns the type name of a component schema, and the pointer to the schema.
fn schema_of_type((key, schema): (&String, &Value)) -> (String, String) {
    let name = schema.get("x-rust-name").and_then(Value::as_str).unwrap_or(key);
    (type_name(name), child("/components/schemas", key))
}
