//! Looks up fields in the bindings by their paths in the JSON data.

use crate::model::api::{Body, Envelope, Operation, Type, TypeItem, TypeKind};
use crate::report::bindings::Bindings;

/// One step of a path to a field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// A step to the value under a key.
    Key(String),
    /// A step to the items of a list.
    Items,
    /// A step to the values of a map.
    Values,
}

/// Formats a path, for example as `result.offers[].code`.
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

/// Whether a field of a webhook belongs to the envelope around the payload.
pub(super) fn is_envelope(steps: &[Step]) -> bool {
    matches!(steps, [Step::Key(key)] if ["key", "site", "type", "extras"].contains(&key.as_str()))
}

/// Finds a request field in the bindings.
pub(super) fn request(bindings: &Bindings, operation: &Operation, steps: &[Step]) -> Option<String> {
    let [Step::Key(first), rest @ ..] = steps else { return None };
    if first == "site_slug" {
        return Some("set by the client".to_owned());
    }
    match &operation.body {
        Body::None => None,
        Body::Multipart => (first == "file").then(|| "Upload".to_owned()),
        Body::Data { name, .. } if first == "data" => follow(bindings, item(bindings, name)?, rest),
        Body::Data { .. } => None,
        Body::Whole(name) => follow(bindings, item(bindings, name)?, steps),
    }
}

/// Finds a field of a successful response in the bindings.
pub(super) fn response(bindings: &Bindings, operation: &Operation, steps: &[Step]) -> Option<String> {
    let name = &operation.output.name;
    if operation.output.envelope == Envelope::Bare {
        return follow(bindings, item(bindings, name)?, steps);
    }
    match steps {
        [Step::Key(key)] if key == "ok" || key == "error_message" => Some("decoded by the runtime".to_owned()),
        [Step::Key(key), rest @ ..] if key == "result" => follow(bindings, item(bindings, name)?, rest),
        _ => None,
    }
}

/// Finds a query parameter in the bindings.
pub(super) fn query(bindings: &Bindings, operation: &Operation, wire: &str) -> Option<String> {
    if wire == "site_slug" {
        return Some("set by the client".to_owned());
    }
    follow(bindings, item(bindings, operation.query.as_ref()?)?, &[Step::Key(wire.to_owned())])
}

/// A declared type, or the type of a value.
#[derive(Clone, Debug)]
enum Here<'a> {
    Item(&'a TypeItem),
    Value(&'a Type),
}

fn item<'a>(bindings: &'a Bindings, name: &str) -> Option<Here<'a>> {
    bindings.types.get(name).map(Here::Item)
}

/// Follows the steps of a path. Types that do not affect the JSON data, such as `Box`, consume no step.
fn follow(bindings: &Bindings, here: Here<'_>, steps: &[Step]) -> Option<String> {
    match (here, steps) {
        (Here::Value(Type::Boxed(inner) | Type::Optional(inner)), _) => follow(bindings, Here::Value(inner), steps),
        (Here::Value(Type::Named(name)), _) => follow(bindings, item(bindings, name)?, steps),
        (Here::Item(item), []) => Some(item.name.clone()),
        (Here::Value(ty), []) => Some(ty.to_string()),
        (Here::Value(Type::Json), _) => Some("kept as JSON".to_owned()),
        (Here::Value(Type::List(inner)), [Step::Items, rest @ ..]) => follow(bindings, Here::Value(inner), rest),
        (Here::Value(Type::Map(inner)), [Step::Key(_) | Step::Values, rest @ ..]) => {
            follow(bindings, Here::Value(inner), rest)
        }
        (Here::Value(_), _) => None,
        (Here::Item(item), [step, rest @ ..]) => inside(bindings, item, step, rest, steps),
    }
}

/// Follows one step into a declared type.
fn inside(bindings: &Bindings, item: &TypeItem, step: &Step, rest: &[Step], steps: &[Step]) -> Option<String> {
    let key = match step {
        Step::Key(key) => Some(key),
        Step::Items | Step::Values => None,
    };
    match &item.kind {
        TypeKind::Enum(_) => None,
        TypeKind::Struct(record) if record.transparent => {
            follow(bindings, Here::Value(&record.fields.first()?.ty), steps)
        }
        TypeKind::Struct(record) => {
            let field = record.fields.iter().find(|field| !field.flatten && Some(&field.wire) == key);
            match field.or_else(|| record.fields.iter().find(|field| field.flatten)) {
                Some(field) if rest.is_empty() => Some(format!("{}.{}", item.name, field.name)),
                Some(field) if field.flatten => follow(bindings, Here::Value(&field.ty), steps),
                Some(field) => follow(bindings, Here::Value(&field.ty), rest),
                None => None,
            }
        }
        TypeKind::Tagged(tagged) if key == Some(&tagged.tag) => Some(format!("the variants of {}", item.name)),
        TypeKind::Tagged(tagged) if key == Some(&tagged.content) => {
            let mut types = tagged.variants.iter().filter_map(|(_, name)| bindings.types.get(name));
            types.find_map(|item| follow(bindings, Here::Item(item), rest))
        }
        TypeKind::Tagged(_) => None,
    }
}
