//! Leaves out the keys that are new in OpenAPI 3.2, or replaces them with their equivalent in 3.1.

use serde_json::Value;

use crate::openapi::walk::walk;
use crate::source::document::child;
use crate::source::limits;
use crate::{Diagnostic, Result};

/// The new keys without an equivalent in 3.1, each with a note for its diagnostic.
const KEYS: [(&str, &str); 6] = [
    ("additionalOperations", "only the methods of OpenAPI 3.1 are supported"),
    ("defaultMapping", "values with an unknown tag are kept as JSON"),
    ("itemEncoding", "multipart bodies with unnamed parts are not supported"),
    ("itemSchema", "bodies that are sequences of items are not supported"),
    ("prefixEncoding", "multipart bodies with unnamed parts are not supported"),
    ("query", "only the methods of OpenAPI 3.1 are supported"),
];

/// Rewrites the document as OpenAPI 3.1, and returns a diagnostic for each key that is left out.
///
/// # Errors
///
/// Returns an error if the references to `components.mediaTypes` expand to too many values.
pub(super) fn convert(document: &mut Value) -> Result<Vec<Diagnostic>> {
    let mut left_out = Vec::new();
    if document.as_object_mut().is_some_and(|root| root.shift_remove("$self").is_some()) {
        left_out.push(
            Diagnostic::left_out("`$self` is left out: references are resolved from the root of the document")
                .at("/$self"),
        );
    }
    let components = document.get_mut("components").and_then(Value::as_object_mut);
    let named = components.and_then(|components| components.shift_remove("mediaTypes")).unwrap_or_default();
    let (mut repeated, mut error) = (0, None);
    walk(document, &mut |pointer, object| {
        let is_path_item = pointer.starts_with("/paths/") && pointer.matches('/').count() == 2;
        for (key, reason) in KEYS {
            let is_method = ["additionalOperations", "query"].contains(&key);
            if is_method == is_path_item
                && object.get(key).is_some_and(|value| value.is_object() || key == "defaultMapping")
            {
                object.shift_remove(key);
                let warning = Diagnostic::warning(format!("`{key}` is new in OpenAPI 3.2"));
                let pointer = child(pointer, key);
                left_out.push(warning.at(&pointer).part(&pointer).note("this key is ignored").note(reason));
            }
        }
        for media_type in
            object.get_mut("content").and_then(Value::as_object_mut).into_iter().flat_map(|it| it.values_mut())
        {
            let name = media_type.get("$ref").and_then(Value::as_str);
            let found = name.and_then(|name| named.get(name.strip_prefix("#/components/mediaTypes/")?));
            if let Some(found) = found {
                repeated += limits::weight(found);
                if repeated > limits::MAX_REPEATED {
                    error.get_or_insert_with(|| pointer.to_owned());
                    return;
                }
                *media_type = found.clone();
            }
        }
        for example in
            object.get_mut("examples").and_then(Value::as_object_mut).into_iter().flat_map(|it| it.values_mut())
        {
            let Some(example) = example.as_object_mut() else { continue };
            example.shift_remove("serializedValue");
            if let (Some(value), false) = (example.shift_remove("dataValue"), example.contains_key("value")) {
                example.insert("value".to_owned(), value);
            }
        }
    });
    match error {
        None => Ok(left_out),
        Some(pointer) => {
            let error = Diagnostic::error("the references to `components.mediaTypes` expand to too many values");
            Err(error.at(pointer).help("move repeated schemas to `components.schemas`"))
        }
    }
}
