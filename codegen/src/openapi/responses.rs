//! The successful responses of an operation, and the examples of a response.

use serde_json::Value;

use crate::Result;
use crate::openapi::media_type::{content, json_of_response};
use crate::openapi::node::Node;

/// The statuses of responses without a body (RFC 9110, sections 15.3.5 and 15.3.6).
pub(crate) const NO_CONTENT: [&str; 2] = ["204", "205"];

/// Returns the successful responses of an operation, each with its status. `default` counts as successful if it is the only response.
pub(crate) fn successes<'a>(operation: &Node<'a>) -> Result<Vec<(&'a str, Node<'a>)>> {
    let mut responses = operation.need("responses")?.entries()?;
    responses.retain(|(status, _)| !status.starts_with("x-"));
    let is_only = responses.len() == 1;
    responses.retain(|(status, _)| status.starts_with('2') || (is_only && *status == "default"));
    Ok(responses)
}

/// Returns the JSON media type of each successful response. Skips responses that can't be read, which validation reports.
pub(crate) fn json_successes<'a>(operation: &Node<'a>) -> Vec<Node<'a>> {
    let successes = successes(operation).unwrap_or_default().into_iter();
    successes.filter(|(status, _)| !NO_CONTENT.contains(status)).filter_map(|(_, response)| json(&response)).collect()
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

/// Returns the examples of a media type or, if it has none, the example of its schema. Leaves out examples that show an error, and
/// null, which some tools write if there is no example.
pub(crate) fn success_examples<'a>(media: &Node<'a>) -> Vec<Node<'a>> {
    let mut found = examples(media);
    if found.is_empty() {
        let schema = media.get("schema").and_then(|schema| schema.follow().ok());
        found.extend(schema.and_then(|schema| schema.get("example")));
    }
    found.retain(|example| !example.value.is_null() && !is_error(example.value));
    found
}

/// Returns whether an example shows an error.
pub(crate) fn is_error(example: &Value) -> bool {
    example.get("ok") == Some(&Value::Bool(false))
}
