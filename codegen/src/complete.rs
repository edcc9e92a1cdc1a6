//! Completes the description where neither the document nor the overlay speaks: texts that OpenAPI demands, by rule.

use serde_json::Value;

use crate::document::Document;
use crate::walk::walk;

/// Fills in the description of every response that has none.
pub fn complete(document: &mut Document) {
    walk(&mut document.value, &mut |_, object| {
        let Some(responses) = object.get_mut("responses").and_then(Value::as_object_mut) else { return };
        for (status, response) in responses {
            let Some(response) = response.as_object_mut().filter(|response| !response.contains_key("$ref")) else {
                continue;
            };
            let silent = response.get("description").and_then(Value::as_str).is_none_or(str::is_empty);
            if silent {
                response.shift_insert(0, "description".to_owned(), meaning(status).into());
            }
        }
    });
}

/// What a status means for the caller.
fn meaning(status: &str) -> &'static str {
    match status {
        "200" => "Done.",
        "201" => "Created.",
        "400" => "The request can't be served: an argument is wrong, or what it names does not exist.",
        "401" => "The API key is missing or wrong.",
        "404" => "There is no such address.",
        "422" => "A record refused the values.",
        "429" => "The site made too many requests; this one was not processed.",
        _ if status.starts_with('2') => "Done.",
        _ if status.starts_with('4') => "The request was refused.",
        _ if status.starts_with('5') => "The server failed.",
        _ => "Another answer.",
    }
}
