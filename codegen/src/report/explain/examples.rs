//! Explains the examples of an operation's responses, and their joined shape.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::Explanation;
use crate::describe::infer::maps::with_maps;
use crate::describe::infer::shape::{Shape, ValueKind};

impl Explanation<'_> {
    pub(super) fn examples(&mut self) {
        let stages = self.stages;
        let Some(untyped) = stages.learned.answers.iter().find(|it| it.operation == self.operation.pointer) else {
            return self.heading("examples: not needed; every response has a schema or no content");
        };
        self.heading(format!("examples: {}", untyped.examples.len()));
        for (pointer, is_error) in &untyped.examples {
            let status = if *is_error { "error" } else { "success" };
            self.line(1, format!("{status} {}", stages.location(pointer)));
        }
        self.heading("shape of a successful response; `?` marks a field that some examples lack");
        let shape = with_maps("", untyped.success.clone(), &stages.learned.map_keys);
        outline("", &shape, 1, &mut |depth, text| self.line(depth, text));
        let joined = joined(&untyped.result_type(), &stages.learned.records.fields);
        if !joined.is_empty() {
            self.heading("types shared by several fields, because their names and keys are alike");
            for (name, fields) in joined {
                self.line(1, format!("{name}: {}", fields.join(", ")));
            }
        }
    }
}

/// Returns the types inside a result that are shared by several fields, each with these fields. `fields` contains the type of each
/// field, identified by the name of its owner and its key.
fn joined(result: &str, fields: &HashMap<(String, String), String>) -> BTreeMap<String, Vec<String>> {
    let mut owners: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for ((owner, key), name) in fields {
        owners.entry(name).or_default().push(format!("{owner}.{key}"));
    }
    let (mut reached, mut next) = (BTreeSet::from([result]), vec![result]);
    while let Some(owner) = next.pop() {
        let inner = fields.iter().filter(|((name, _), _)| name == owner).map(|(_, name)| name.as_str());
        next.extend(inner.filter(|name| reached.insert(name)));
    }
    let several = owners.into_iter().filter(|(name, fields)| fields.len() > 1 && reached.contains(name));
    several
        .map(|(name, mut fields)| {
            fields.sort_unstable();
            (name.to_owned(), fields)
        })
        .collect()
}

/// Describes a shape, with one line per field. Calls `line` with the depth and the text of each line.
fn outline(name: &str, shape: &Shape, depth: usize, line: &mut dyn FnMut(usize, String)) {
    let null = if shape.nullable && shape.kind != ValueKind::Never { ", or null" } else { "" };
    let separator = if name.is_empty() { "" } else { ": " };
    let is_root_record = name.is_empty() && matches!(shape.kind, ValueKind::Object(_));
    if !is_root_record {
        line(depth, format!("{name}{separator}{}{null}", describe(shape)));
    }
    let mut inner = shape;
    while let ValueKind::List(items) | ValueKind::Map(items) = &inner.kind {
        inner = items;
    }
    let ValueKind::Object(record) = &inner.kind else { return };
    for (key, field) in &record.fields {
        let mark = if field.optional { "?" } else { "" };
        outline(&format!("{key}{mark}"), &field.shape, depth + usize::from(!is_root_record), line);
    }
}

fn describe(shape: &Shape) -> String {
    match &shape.kind {
        ValueKind::Never if shape.nullable => "always null".to_owned(),
        ValueKind::Never => "no value".to_owned(),
        ValueKind::Bool => "boolean".to_owned(),
        ValueKind::Int => "integer".to_owned(),
        ValueKind::Number => "number".to_owned(),
        ValueKind::Text(format) => format.name().map_or_else(|| "string".to_owned(), |name| format!("string, {name}")),
        ValueKind::Id => "identifier, a string or a number".to_owned(),
        ValueKind::List(items) => format!("list of {}", describe(items)),
        ValueKind::Map(values) => format!("map to {}", describe(values)),
        ValueKind::Object(_) => "object".to_owned(),
        ValueKind::Any => "any value".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use serde_json::{Value, json};

    use super::*;
    use crate::describe::infer::maps::MapKeys;

    /// Outlines the joined shape of the examples. Objects under the `by_name` key are treated as maps.
    fn outlined(examples: &[Value]) -> Vec<String> {
        let shape = Shape::all(examples.iter().map(Shape::of));
        let shape =
            with_maps("", shape, &MapKeys { names: BTreeSet::from(["by_name".to_owned()]), ..MapKeys::default() });
        let mut lines = Vec::new();
        outline("", &shape, 0, &mut |depth, text| lines.push(format!("{}{text}", "  ".repeat(depth))));
        lines
    }

    #[test]
    fn outlines_the_fields_of_an_object() {
        let lines = outlined(&[
            json!({
                "by_name": {"a": {"id": 1}},
                "coupon": null,
                "email": "a@example.com",
                "note": "text",
                "offer": {"code": "text", "parts": [[{"id": 7, "price": 1.5}]]},
                "tags": ["text"],
                "totals": [],
            }),
            json!({
                "by_name": {},
                "coupon": null,
                "email": "b@example.com",
                "note": null,
                "offer": {"parts": null},
                "tags": [],
                "totals": [],
                "site_id": 1,
            }),
            json!({"by_name": {}, "coupon": null, "email": null, "note": "", "offer": {"parts": []}, "site_id": "1"}),
        ]);
        assert_eq!(
            lines,
            [
                "by_name: map to object",
                "  id: integer",
                "coupon: always null",
                "email: string, email, or null",
                "note: string, or null",
                "offer: object",
                "  code?: string",
                "  parts: list of list of object, or null",
                "    id: integer",
                "    price: number",
                "site_id?: identifier, a string or a number",
                "tags?: list of string",
                "totals?: list of no value",
            ]
        );
    }

    #[test]
    fn outlines_results_that_are_not_objects() {
        assert_eq!(outlined(&[]), ["no value"]);
        assert_eq!(outlined(&[json!(null)]), ["always null"]);
        assert_eq!(outlined(&[json!(true), json!(null)]), ["boolean, or null"]);
        assert_eq!(outlined(&[json!(1), json!([])]), ["any value"]);
        assert_eq!(outlined(&[json!([{"id": 1}]), json!([{}])]), ["list of object", "  id?: integer"]);
    }
}
