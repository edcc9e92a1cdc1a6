//! Looks a field up in the types of the bindings, by the keys that lead to it on the wire.

use crate::model::api::{Body, Envelope, Operation, Shape, Type, TypeItem};
use crate::report::explain::Bound;

/// A step from a value into it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// To the value under a key.
    Key(String),
    /// To the items of a list.
    Items,
    /// To the values of a map.
    Values,
}

/// The steps as one reads them: `result.offers[].code`.
pub(super) fn shown(steps: &[Step]) -> String {
    let mut text = String::new();
    for step in steps {
        match step {
            Step::Key(key) if text.is_empty() => text.push_str(key),
            Step::Key(key) => text.extend([".", key]),
            Step::Items => text.push_str("[]"),
            Step::Values => text.push_str("{}"),
        }
    }
    text
}

/// Whether a field of a webhook is one of those around the payload.
pub(super) fn is_around(steps: &[Step]) -> bool {
    matches!(steps, [Step::Key(key)] if ["key", "site", "type", "extras"].contains(&key.as_str()))
}

/// What a field of the request is in the bindings; nothing if they don't have it.
pub(super) fn request(bound: &Bound, operation: &Operation, steps: &[Step]) -> Option<String> {
    let [Step::Key(first), rest @ ..] = steps else { return None };
    if first == "site_slug" {
        return Some("the client puts the site in".to_owned());
    }
    match &operation.body {
        Body::None => None,
        Body::Multipart => (first == "file").then(|| "Upload".to_owned()),
        Body::Data { name, .. } if first == "data" => follow(bound, item(bound, name)?, rest),
        Body::Data { .. } => None,
        Body::Whole(name) => follow(bound, item(bound, name)?, steps),
    }
}

/// What a field of an answer of success is in the bindings; nothing if they don't have it.
pub(super) fn response(bound: &Bound, operation: &Operation, steps: &[Step]) -> Option<String> {
    let name = &operation.output.name;
    if operation.output.envelope == Envelope::Bare {
        return follow(bound, item(bound, name)?, steps);
    }
    match steps {
        [Step::Key(key)] if key == "ok" || key == "error_message" => Some("the runtime reads it".to_owned()),
        [Step::Key(key), rest @ ..] if key == "result" => follow(bound, item(bound, name)?, rest),
        _ => None,
    }
}

/// A query parameter in the bindings.
pub(super) fn query(bound: &Bound, operation: &Operation, wire: &str) -> Option<String> {
    if wire == "site_slug" {
        return Some("the client puts the site in".to_owned());
    }
    follow(bound, item(bound, operation.query.as_ref()?)?, &[Step::Key(wire.to_owned())])
}

/// What stands at a place.
#[derive(Clone, Debug)]
enum Here<'a> {
    Item(&'a TypeItem),
    Value(&'a Type),
}

fn item<'a>(bound: &'a Bound, name: &str) -> Option<Here<'a>> {
    bound.type_item(name).map(Here::Item)
}

/// Goes on from a place, through all that makes no difference on the wire.
fn follow(bound: &Bound, here: Here<'_>, steps: &[Step]) -> Option<String> {
    match (here, steps) {
        (Here::Value(Type::Boxed(inner) | Type::Optional(inner)), _) => follow(bound, Here::Value(inner), steps),
        (Here::Value(Type::Named(name)), _) => follow(bound, item(bound, name)?, steps),
        (Here::Item(item), []) => Some(item.name.clone()),
        (Here::Value(ty), []) => Some(ty.to_string()),
        (Here::Value(Type::Json), _) => Some("kept as JSON".to_owned()),
        (Here::Value(Type::List(inner)), [Step::Items, rest @ ..]) => follow(bound, Here::Value(inner), rest),
        (Here::Value(Type::Map(inner)), [Step::Key(_) | Step::Values, rest @ ..]) => {
            follow(bound, Here::Value(inner), rest)
        }
        (Here::Value(_), _) => None,
        (Here::Item(item), [step, rest @ ..]) => inside(bound, item, step, rest, steps),
    }
}

/// Goes on inside a type of the bindings.
fn inside(bound: &Bound, item: &TypeItem, step: &Step, rest: &[Step], steps: &[Step]) -> Option<String> {
    let key = match step {
        Step::Key(key) => Some(key),
        Step::Items | Step::Values => None,
    };
    match &item.shape {
        Shape::Enum(_) => None,
        Shape::Record(record) if record.transparent => follow(bound, Here::Value(&record.fields.first()?.ty), steps),
        Shape::Record(record) => {
            let field = record.fields.iter().find(|field| !field.flatten && Some(&field.wire) == key);
            match field.or_else(|| record.fields.iter().find(|field| field.flatten)) {
                Some(field) if rest.is_empty() => Some(format!("{}.{}", item.name, field.name)),
                Some(field) if field.flatten => follow(bound, Here::Value(&field.ty), steps),
                Some(field) => follow(bound, Here::Value(&field.ty), rest),
                None => None,
            }
        }
        Shape::Tagged(tagged) if key == Some(&tagged.tag) => Some(format!("the variants of {}", item.name)),
        Shape::Tagged(tagged) if key == Some(&tagged.content) => {
            let mut types = tagged.variants.iter().filter_map(|(_, name)| bound.type_item(name));
            types.find_map(|item| follow(bound, Here::Item(item), rest))
        }
        Shape::Tagged(_) => None,
    }
}
