//! The examples of an operation's responses, and the outline of the shape that they join to.

use super::{Example, Line, Stages};
use crate::describe::infer::shape::{Kind, Shape};

/// The examples that were read for an operation, and their joined shape.
pub(super) fn answers(stages: &Stages, operation: &str) -> (Vec<Example>, Vec<Line>) {
    let Some(answer) = stages.learned.answers.iter().find(|answer| answer.operation == operation) else {
        return (Vec::new(), Vec::new());
    };
    let examples = answer.examples.iter();
    let examples = examples.map(|(pointer, refusal)| Example { spot: stages.spot(pointer), refusal: *refusal });
    let mut lines = Vec::new();
    outline("", &answer.success, 0, &mut lines);
    (examples.collect(), lines)
}

/// The lines of a shape: a field that was missing now and then has a question mark.
fn outline(name: &str, shape: &Shape, depth: usize, lines: &mut Vec<Line>) {
    let inner = lists_and_maps(shape);
    let null = if shape.nullable && shape.kind != Kind::Never { ", or null" } else { "" };
    let text = format!("{}{null}", words(shape));
    // The root has no name, and its fields say enough.
    let below = if name.is_empty() { depth } else { depth + 1 };
    match (&inner.kind, name) {
        (Kind::Record(_), "") => {}
        _ if name.is_empty() => lines.push(Line { depth, text }),
        _ => lines.push(Line { depth, text: format!("{name}: {text}") }),
    }
    if let Kind::Record(record) = &inner.kind {
        for (key, field) in &record.fields {
            let mark = if field.optional { "?" } else { "" };
            outline(&format!("{key}{mark}"), &field.shape, below, lines);
        }
    }
}

fn lists_and_maps(shape: &Shape) -> &Shape {
    match &shape.kind {
        Kind::List(inner) | Kind::Map(inner) => lists_and_maps(inner),
        _ => shape,
    }
}

fn words(shape: &Shape) -> String {
    match &shape.kind {
        Kind::Never if shape.nullable => "only ever null".to_owned(),
        Kind::Never => "nothing seen".to_owned(),
        Kind::Bool => "true or false".to_owned(),
        Kind::Int => "whole number".to_owned(),
        Kind::Number => "number".to_owned(),
        Kind::Text(format) => match format.name() {
            Some(name) => format!("text, {name}"),
            None => "text".to_owned(),
        },
        Kind::Id => "identifier, as text or number".to_owned(),
        Kind::List(inner) => format!("list of: {}", words(inner)),
        Kind::Map(inner) => format!("map of: {}", words(inner)),
        Kind::Record(_) => "object".to_owned(),
        Kind::Any => "anything".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_outline_shows_what_was_missing_or_null() {
        let examples = [json!({"a": [{"b": 1, "c": null}]}), json!({"a": [{"c": "x"}], "d": null})];
        let shape = Shape::all(examples.iter().map(Shape::of));
        let mut lines = Vec::new();
        outline("", &shape, 0, &mut lines);
        let told: Vec<_> = lines.iter().map(|line| (line.depth, line.text.as_str())).collect();
        let expected =
            [(0, "a: list of: object"), (1, "b?: whole number"), (1, "c: text, or null"), (0, "d?: only ever null")];
        assert_eq!(told, expected);
    }
}
