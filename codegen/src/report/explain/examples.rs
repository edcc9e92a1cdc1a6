//! The examples of an operation's responses, and the shape that they have in common.

use super::Explanation;
use crate::describe::infer::shape::{Kind, Shape};

impl Explanation<'_> {
    pub(super) fn examples(&mut self) {
        let stages = self.stages;
        let Some(untyped) = stages.learned.answers.iter().find(|it| it.operation == self.operation.pointer) else {
            return self.heading("examples: not needed, every response has a schema or no content");
        };
        self.heading(format!("examples: {}", untyped.examples.len()));
        for (pointer, is_error) in &untyped.examples {
            let status = if *is_error { "error" } else { "success" };
            self.line(1, format!("{status} {}", stages.location(pointer)));
        }
        self.heading("shape of a success; `?` marks a field that some examples lack");
        self.outline("", &untyped.success, 1);
    }

    fn outline(&mut self, name: &str, shape: &Shape, depth: usize) {
        let null = if shape.nullable && shape.kind != Kind::Never { ", or null" } else { "" };
        let separator = if name.is_empty() { "" } else { ": " };
        let is_root_record = name.is_empty() && matches!(shape.kind, Kind::Record(_));
        if !is_root_record {
            self.line(depth, format!("{name}{separator}{}{null}", describe(shape)));
        }
        let mut inner = shape;
        while let Kind::List(items) | Kind::Map(items) = &inner.kind {
            inner = items;
        }
        let Kind::Record(record) = &inner.kind else { return };
        for (key, field) in &record.fields {
            let mark = if field.optional { "?" } else { "" };
            self.outline(&format!("{key}{mark}"), &field.shape, depth + usize::from(!is_root_record));
        }
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
