//! The successful responses of an operation, and the examples of a response.

use serde_json::Value;

use crate::Result;
use crate::openapi::media_type::{content, json_of_response};
use crate::openapi::node::Node;

/// Returns the JSON media type of each successful response. `default` counts as successful if it is the only response. Skips
/// responses that can't be read, which validation reports.
pub(crate) fn json_successes<'a>(operation: &Node<'a>) -> Result<Vec<Node<'a>>> {
    let responses = operation.need("responses")?.entries()?;
    let is_only = responses.len() == 1;
    let successes =
        responses.into_iter().filter(|(status, _)| status.starts_with('2') || (is_only && *status == "default"));
    Ok(successes.filter_map(|(_, response)| json(&response)).collect())
}

fn json<'a>(response: &Node<'a>) -> Option<Node<'a>> {
    let content = content(&response.follow().ok()?).ok()?;
    let index = json_of_response(&content)?;
    content.into_iter().nth(index).map(|(_, media)| media)
}

/// Returns the values in the `example` and `examples` of a media type. A named example can be a reference.
pub(crate) fn examples<'a>(media: &Node<'a>) -> Vec<Node<'a>> {
    let named = media.get("examples").and_then(|examples| examples.entries().ok()).unwrap_or_default();
    let named = named.into_iter().filter_map(|(_, example)| example.follow().ok()?.get("value"));
    media.get("example").into_iter().chain(named).collect()
}

/// Returns the examples of a media type, or else the example of its schema. Skips examples that show an error, and null, which some
/// tools write if there is no example.
pub(crate) fn success_examples<'a>(media: &Node<'a>) -> Vec<Node<'a>> {
    let mut found = examples(media);
    if found.is_empty() {
        let schema = media.get("schema").and_then(|schema| schema.follow().ok());
        found.extend(schema.and_then(|schema| schema.get("example")));
    }
    found.retain(|example| !example.value.is_null() && example.value.get("ok") != Some(&Value::Bool(false)));
    found
}
