//! Adds samples of each call in curl, for the command line and in Rust, as `x-codeSamples`.

use std::collections::{BTreeMap, HashSet};

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};

use crate::openapi::example;
use crate::openapi::node::Node;
use crate::openapi::walk::operations;

/// The characters that are encoded in a URL: all but the unreserved characters of RFC 3986.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Samples of a call of each operation, by `operationId`.
#[derive(Clone, Copy, Debug)]
pub struct Samples<'a> {
    /// Rust code.
    pub rust: &'a BTreeMap<String, String>,
    /// Command lines.
    pub command_lines: &'a BTreeMap<String, String>,
}

/// Adds the samples to every operation for which there is Rust code.
pub(super) fn add_samples(document: &mut Value, samples: Samples<'_>) {
    let samples: Vec<_> = operations(document)
        .into_iter()
        .filter_map(|(pointer, path, method, operation)| {
            let id = operation.get("operationId")?.as_str()?;
            let rust = samples.rust.get(id)?;
            let command_line = samples.command_lines.get(id).map(|line| format!("{line}\n"));
            let command_line = command_line.map(|line| json!({"lang": "Shell", "label": "talkable", "source": line}));
            let curl = curl(document, &pointer, path, method);
            let curl = curl.map(|curl| json!({"lang": "Shell", "label": "curl", "source": curl}));
            let rust = json!({"lang": "Rust", "label": "talkable-api", "source": rust});
            Some((pointer, curl.into_iter().chain(command_line).chain([rust]).collect()))
        })
        .collect();
    for (pointer, samples) in samples {
        if let Some(operation) = document.pointer_mut(&pointer) {
            operation["x-codeSamples"] = Value::Array(samples);
        }
    }
}

/// Returns a curl command that calls an operation with the examples in the document, or `None` if the call needs a feature of OpenAPI
/// that is not supported here.
fn curl(document: &Value, pointer: &str, path: &str, method: &str) -> Option<String> {
    let (item, operation) =
        (Node::root(document).get("paths")?.get(path)?.follow().ok()?, Node::at(document, pointer)?);
    let server = document.pointer("/servers/0/url")?.as_str()?.trim_end_matches('/');
    if server.contains('{') || item.get("servers").is_some() || operation.get("servers").is_some() {
        return None;
    }
    let mut arguments = Vec::new();
    if operation.get("security").or(Node::root(document).get("security")).is_none_or(|it| it.value != &json!([])) {
        arguments.push("--header \"Authorization: Bearer $TALKABLE_API_KEY\"".to_owned());
    }
    let (mut url, mut query) = (path.to_owned(), Vec::new());
    let mut seen = HashSet::new();
    // The operation's parameters have precedence over those of the path item.
    for parameter in operation.parameters().ok()?.into_iter().chain(item.parameters().ok()?) {
        let parameter = parameter.follow().ok()?;
        let (name, location) = (parameter.text_of("name").ok()??, parameter.text_of("in").ok()??);
        if !seen.insert((name, location)) {
            continue;
        }
        let values = values(&parameter, name)?;
        if location != "query" && values.len() > 1 {
            return None;
        }
        match (location, values.first()) {
            (_, None) => {}
            ("path", Some(value)) => url = url.replace(&format!("{{{name}}}"), &encoded(value)),
            ("query", _) => query.extend(values.iter().map(|it| format!("{}={}", encoded(name), encoded(it)))),
            ("header", Some(value)) => arguments.push(format!("--header {}", quoted(&format!("{name}: {value}")))),
            _ => return None,
        }
    }
    let body = body(&operation)?;
    // curl sends a body with POST by default.
    let head = match method {
        "get" if body.is_empty() => "curl ".to_owned(),
        "post" if !body.is_empty() => "curl ".to_owned(),
        _ => format!("curl --request {} ", method.to_uppercase()),
    };
    let query = if query.is_empty() { String::new() } else { format!("?{}", query.join("&")) };
    let first = format!("{head}{}", quoted(&format!("{server}{url}{query}")));
    let lines: Vec<_> = [first].into_iter().chain(arguments).chain(body).collect();
    Some(lines.join(" \\\n  ") + "\n")
}

/// Returns the values of a parameter. There are none if the parameter is optional and has no example. Returns `None` if the value
/// can't be written.
fn values(parameter: &Node<'_>, name: &str) -> Option<Vec<String>> {
    let is_required = parameter.flag_of("required").ok()?;
    let is_default = |key: &str, default: Value| parameter.get(key).is_none_or(|it| *it.value == default);
    let has_default_style = is_default("style", json!("form")) && is_default("explode", json!(true));
    let text = |value: &Value| match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(_) | Value::Bool(_) => Some(value.to_string()),
        _ => None,
    };
    match example::of_parameter(parameter) {
        Some(Value::Array(_)) if !has_default_style => None,
        Some(Value::Array(items)) => items.iter().map(text).collect(),
        Some(value) => Some(vec![text(value)?]),
        // The user replaces the placeholder.
        None if is_required => Some(vec![name.to_uppercase()]),
        None => Some(Vec::new()),
    }
}

/// Returns the arguments that send the body of an operation: none if it has no body. Returns `None` if there is no example of the body.
fn body(operation: &Node<'_>) -> Option<Vec<String>> {
    let Some(body) = operation.get("requestBody") else { return Some(Vec::new()) };
    let content = body.follow().ok()?.get("content")?;
    if let Some(media) = content.get("multipart/form-data") {
        let schema = media.get("schema")?.follow().ok()?;
        let properties = schema.entries_of("properties").ok()?;
        let is_file = |property: &Node<'_>| property.value.get("format").is_some_and(|format| format == "binary");
        let (name, _) = properties.into_iter().find(|(_, property)| is_file(property))?;
        if schema.items_of("required").ok()?.iter().any(|required| required.value != name) {
            return None;
        }
        return Some(vec![format!("--form {}", quoted(&format!("{name}=@photo.png")))]);
    }
    let example = example::of_body(operation)?;
    Some(vec![format!("--json {}", quoted(&example.to_string()))])
}

fn encoded(text: &str) -> String {
    utf8_percent_encode(text, RESERVED).to_string()
}

/// Quotes a text for a POSIX shell.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn update(operation: Value) -> Option<String> {
        let mut document = json!({
            "servers": [{"url": "https://example.com/"}],
            "paths": {"/people/{slug}": {
                "parameters": [{"name": "slug", "in": "path", "required": true, "example": "o'neil+1@example.com"}],
                "put": {"requestBody": {"content": {"application/json": {"example": {"name": "O'Neil"}}}}},
            }},
        });
        let put = document["paths"]["/people/{slug}"]["put"].as_object_mut().expect("an object");
        put.extend(operation.as_object().expect("an object").clone());
        curl(&document, "/paths/~1people~1{slug}/put", "/people/{slug}", "put")
    }

    #[test]
    fn quotes_for_the_shell_and_encodes_for_the_url() {
        let parameters = json!([
            {"name": "site", "in": "query", "required": true, "schema": {"example": "a&b"}},
            {"name": "tags[]", "in": "query", "example": ["a", "b"]},
            {"name": "page", "in": "query", "schema": {"example": 1}},
            {"name": "X-Trace", "in": "header", "required": true, "example": "it's"},
        ]);
        let expected = "curl --request PUT \
'https://example.com/people/o%27neil%2B1%40example.com?site=a%26b&tags%5B%5D=a&tags%5B%5D=b' \\
  --header \"Authorization: Bearer $TALKABLE_API_KEY\" \\
  --header 'X-Trace: it'\\''s' \\
  --json '{\"name\":\"O'\\''Neil\"}'
";
        assert_eq!(update(json!({"parameters": parameters})).as_deref(), Some(expected));
    }

    #[test]
    fn parameters_of_an_operation_have_precedence() {
        let parameters = json!([{"name": "slug", "in": "path", "required": true, "example": "jane"}]);
        let sample = update(json!({"parameters": parameters, "security": []})).expect("a sample");
        assert!(sample.starts_with("curl --request PUT 'https://example.com/people/jane' \\\n  --json"), "{sample}");
    }

    #[test]
    fn a_call_that_needs_another_server_or_a_form_has_no_sample() {
        assert_eq!(update(json!({"servers": [{"url": "https://other.example.com"}]})), None);
        let form = json!({"application/x-www-form-urlencoded": {"example": {"name": "Jane"}}});
        assert_eq!(update(json!({"requestBody": {"content": form}})), None);
    }
}
