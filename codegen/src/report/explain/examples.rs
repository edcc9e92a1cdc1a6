//! Explains the examples of an operation's responses, and the shape that they have in common.

use super::Explanation;
use crate::describe::infer::shape::{Kind, Shape};

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
        outline("", &untyped.success, 1, &mut |depth, text| self.line(depth, text));
    }
}

/// Describes a shape line by line. Calls `line` with the depth and the text of each line.
fn outline(name: &str, shape: &Shape, depth: usize, line: &mut dyn FnMut(usize, String)) {
    let null = if shape.nullable && shape.kind != Kind::Never { ", or null" } else { "" };
    let separator = if name.is_empty() { "" } else { ": " };
    let is_root_record = name.is_empty() && matches!(shape.kind, Kind::Record(_));
    if !is_root_record {
        line(depth, format!("{name}{separator}{}{null}", describe(shape)));
    }
    let mut inner = shape;
    while let Kind::List(items) | Kind::Map(items) = &inner.kind {
        inner = items;
    }
    let Kind::Record(record) = &inner.kind else { return };
    for (key, field) in &record.fields {
        let mark = if field.optional { "?" } else { "" };
        outline(&format!("{key}{mark}"), &field.shape, depth + usize::from(!is_root_record), line);
    }
}

fn describe(shape: &Shape) -> String {
    match &shape.kind {
        Kind::Never if shape.nullable => "always null".to_owned(),
        Kind::Never => "no value".to_owned(),
        Kind::Bool => "boolean".to_owned(),
        Kind::Int => "integer".to_owned(),
        Kind::Number => "number".to_owned(),
        Kind::Text(format) => format.name().map_or_else(|| "string".to_owned(), |name| format!("string, {name}")),
        Kind::Id => "identifier, a string or a number".to_owned(),
        Kind::List(items) => format!("list of {}", describe(items)),
        Kind::Map(values) => format!("map to {}", describe(values)),
        Kind::Record(_) => "object".to_owned(),
        Kind::Any => "any value".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use serde_json::{Value, json};

    use super::*;
    use crate::describe::infer::record_types::with_maps;

    /// Outlines the joined shape of the examples. Objects under the key `by_name` are maps.
    fn outlined(examples: &[Value]) -> Vec<String> {
        let shape = Shape::all(examples.iter().map(Shape::of));
        let shape = with_maps("", shape, &BTreeSet::from(["by_name".to_owned()]));
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
