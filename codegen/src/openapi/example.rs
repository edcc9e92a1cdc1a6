//! Reads the examples from which sample calls are built.

use serde_json::Value;

use crate::openapi::node::Node;

/// The placeholder for a text in a transcribed example.
pub(crate) const PLACEHOLDER: &str = "text";

/// Returns whether an example contains no information: it is the placeholder, or a list that contains the placeholder.
pub(crate) fn is_placeholder(example: &Value) -> bool {
    example == PLACEHOLDER || example.as_array().is_some_and(|items| items.iter().any(is_placeholder))
}

/// Returns the value of a parameter in a sample call: its example or, if the parameter is required, the example of its schema.
pub(crate) fn of_parameter<'a>(parameter: &Node<'a>) -> Option<&'a Value> {
    let is_required = parameter.flag_of("required").unwrap_or_default();
    let of_schema = || parameter.get("schema")?.follow().ok()?.get("example");
    let example = own(parameter).or_else(|| of_schema().filter(|_| is_required));
    example.map(|example| example.value).filter(|example| !is_placeholder(example) && !example.is_null())
}

/// Returns the example of the JSON body of an operation.
pub(crate) fn of_body<'a>(operation: &Node<'a>) -> Option<&'a Value> {
    let body = operation.get("requestBody")?.follow().ok()?;
    own(&body.get("content")?.get("application/json")?).map(|example| example.value)
}

/// Returns the `example` of a parameter or a media type, or the first of its `examples`.
fn own<'a>(part: &Node<'a>) -> Option<Node<'a>> {
    let first = || part.entries_of("examples").ok()?.into_iter().next()?.1.follow().ok()?.get("value");
    part.get("example").or_else(first)
}
