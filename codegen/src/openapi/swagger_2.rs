//! Reads the constructs of Swagger 2 that some tools write into OpenAPI 3 documents.

use serde_json::{Map, Value, json};

use crate::openapi::node::Node;
use crate::openapi::problem::{Checker, Problem};
use crate::source::document::child;

/// The keywords that belong in the schema of a parameter in OpenAPI 3, but in the parameter itself in Swagger 2.
const KEYWORDS: [&str; 15] = [
    "default",
    "enum",
    "exclusiveMaximum",
    "exclusiveMinimum",
    "format",
    "items",
    "maxItems",
    "maxLength",
    "maximum",
    "minItems",
    "minLength",
    "minimum",
    "multipleOf",
    "pattern",
    "type",
];

/// Adds a schema to a parameter that has none.
pub(crate) fn schema(parameter: &Node<'_>, checker: &mut Checker) {
    let error = parameter.error("the parameter has no `schema`").help("add a `schema`");
    let pointer = child(&parameter.pointer, "schema");
    let schema = keywords(parameter);
    checker.push(if schema.contains_key("type") {
        Problem::replace(error, pointer, schema.into(), "the keywords of the parameter are read as its schema")
    } else {
        Problem::replace(error, pointer, json!({"type": "string"}), "the value is a string")
    });
}

fn keywords(parameter: &Node<'_>) -> Map<String, Value> {
    let entries = parameter.value.as_object().into_iter().flatten();
    let keywords = entries.filter(|(key, _)| KEYWORDS.contains(&key.as_str()));
    keywords.map(|(key, value)| (key.clone(), value.clone())).collect()
}

/// Returns whether a parameter describes the request body or one of its fields.
pub(crate) fn is_body(item: &Node<'_>) -> bool {
    location(item).is_some_and(|location| ["body", "formData"].contains(&location))
}

fn location<'a>(item: &Node<'a>) -> Option<&'a str> {
    item.follow().ok()?.value.get("in")?.as_str()
}

/// Turns the parameters that describe the request body of an operation into its `requestBody`.
pub(crate) fn body(item: &Node<'_>, operation: &Node<'_>, checker: &mut Checker) {
    let items = [operation, item].into_iter().flat_map(|owner| owner.parameters().unwrap_or_default());
    let items: Vec<_> = items.filter(is_body).collect();
    let Some(first) = items.first() else { return };
    let message =
        |item: &Node<'_>| format!("`{}` is not a parameter location in OpenAPI 3", location(item).unwrap_or_default());
    let has_body = operation.get("requestBody").is_some();
    if !has_body {
        let body = match items.iter().find(|item| location(item) == Some("body")) {
            Some(body) => whole(body),
            None => form(&items),
        };
        let error = first.error(message(first)).help("describe the body in `requestBody`");
        let pointer = child(&operation.pointer, "requestBody");
        checker.push(Problem::replace(error, pointer, body, "the parameters are read as the request body"));
    }
    for item in items {
        let error = item.error(message(&item)).help("describe the body in `requestBody`");
        let consequence =
            if has_body { "the parameter is left out" } else { "the parameter is read as the request body" };
        checker.push(Problem::remove(error, &item.pointer, consequence));
    }
}

fn whole(item: &Node<'_>) -> Value {
    let parameter = item.follow().unwrap_or_else(|_| item.clone());
    let schema = parameter.value.get("schema").cloned().unwrap_or_else(|| json!({}));
    json!({"required": parameter.flag_of("required").unwrap_or_default(), "content": {"application/json": {"schema": schema}}})
}

fn form(items: &[Node<'_>]) -> Value {
    let (mut properties, mut required, mut has_file) = (Map::new(), Vec::new(), false);
    for parameter in items.iter().filter_map(|item| item.follow().ok()) {
        let Some(name) = parameter.value.get("name").and_then(Value::as_str) else { continue };
        let mut schema = keywords(&parameter);
        if schema.get("type").is_some_and(|kind| kind == "file") {
            has_file = true;
            schema.insert("type".to_owned(), json!("string"));
            schema.insert("format".to_owned(), json!("binary"));
        }
        properties.insert(name.to_owned(), schema.into());
        if parameter.flag_of("required").unwrap_or_default() {
            required.push(name.to_owned());
        }
    }
    let media_type = if has_file { "multipart/form-data" } else { "application/x-www-form-urlencoded" };
    json!({"content": {media_type: {"schema": {"type": "object", "properties": properties, "required": required}}}})
}

/// Moves the schema of a response to its `content`.
pub(crate) fn response(response: &Node<'_>, checker: &mut Checker) {
    if let (Some(schema), None) = (response.get("schema"), response.get("content")) {
        let error = schema.error("the `schema` of a response is not in its `content`").help("move it to `content`");
        let content = json!({"application/json": {"schema": schema.value}});
        let pointer = child(&response.pointer, "content");
        checker.push(Problem::replace(error, pointer, content, "the response is read as JSON"));
    }
}
