//! Lists all examples in a document, and how each of them is used.

use std::collections::HashSet;

use serde_json::Value;

use super::Usage;
use super::reasons::Reasons;
use crate::openapi::media_type::is_json;
use crate::openapi::walk::{NAME_MAPS, walk};
use crate::source::document::{child, unescape};

/// Returns the pointer and the usage of each example, in document order. `read` contains the pointers to the examples from which a
/// type is inferred, and to the media types of these examples.
pub(super) fn samples(document: &Value, read: &HashSet<String>, reasons: &Reasons) -> Vec<(String, Usage)> {
    let mut found = Vec::new();
    walk(&mut document.clone(), &mut |pointer, object| {
        let mut places = Vec::new();
        if object.contains_key("example") {
            places.push(child(pointer, "example"));
        }
        let named = child(pointer, "examples");
        match object.get("examples") {
            Some(Value::Object(samples)) => {
                // An example that is a reference is listed where the example is defined.
                let own = samples.iter().filter(|(_, sample)| sample.get("$ref").is_none());
                places.extend(own.map(|(name, _)| child(&child(&named, name), "value")));
            }
            Some(_) => places.push(named),
            None => {}
        }
        for place in places {
            let usage = if read.contains(&place) {
                Usage::Used("the response type is inferred from the example".to_owned())
            } else {
                unread(pointer, object.contains_key("schema"), read, reasons)
            };
            found.push((place, usage));
        }
    });
    found
}

/// Returns the usage of an example from which no type is inferred. `pointer` points to the object that contains the example.
fn unread(pointer: &str, has_schema: bool, read: &HashSet<String>, reasons: &Reasons) -> Usage {
    let reason = match (owner(pointer), has_schema) {
        (Owner::Schema, _) => "the example is part of a schema; the complete description keeps it",
        (_, true) => "a schema describes the value; the complete description keeps the example",
        (Owner::Media(name), false) if !is_json(&name) => "the body is not JSON",
        (Owner::Media(_), false) if read.contains(pointer) => return Usage::Unused,
        (Owner::Media(_), false) => {
            reasons.at(&child(pointer, "schema")).unwrap_or("no generated operation has this response")
        }
        (Owner::Other, false) => "no response without a schema refers to the example",
    };
    Usage::LeftOut(reason.to_owned())
}

/// The object that contains an example.
enum Owner {
    Schema,
    /// A media type, with its name.
    Media(String),
    Other,
}

/// Determines the kind of an object from its pointer. A step that follows a keyword such as `properties` is a name,
/// not a keyword.
fn owner(pointer: &str) -> Owner {
    let mut steps = pointer.split('/').skip(1);
    while let Some(step) = steps.next() {
        let name = NAME_MAPS.contains(&step).then(|| steps.next()).flatten();
        match (step, name) {
            ("schema" | "schemas", _) => return Owner::Schema,
            ("content", Some(name)) if steps.clone().next().is_none() => {
                return Owner::Media(unescape(name));
            }
            _ => {}
        }
    }
    Owner::Other
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distinguishes_names_from_keywords() {
        for (pointer, expected) in [
            ("/components/responses/content/content/application~1json", Some("application/json")),
            ("/components/schemas/A/properties/content", None),
            ("/paths/~1schema/get/responses/200/content/text~1csv", Some("text/csv")),
            ("/paths/~1a/get/parameters/0/content/a~1b/schema/properties/content/items", None),
        ] {
            let found = match owner(pointer) {
                Owner::Media(name) => Some(name),
                Owner::Schema | Owner::Other => None,
            };
            assert_eq!(found.as_deref(), expected, "{pointer}");
        }
    }
}
