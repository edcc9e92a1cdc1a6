//! Adds samples of each call in curl and in Rust, as `x-codeSamples`.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Map, Value, json};

use crate::openapi::node::Node;
use crate::openapi::walk::operations;

/// The characters that are encoded in a URL: all but the unreserved characters of RFC 3986.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Adds the samples to every operation for which there is Rust code in `rust`, by `operationId`.
pub(super) fn add_samples(document: &mut Value, rust: &BTreeMap<String, String>) {
    let samples: Vec<_> = operations(document)
        .into_iter()
        .filter_map(|(pointer, path, method, operation)| {
            let rust = rust.get(operation.get("operationId")?.as_str()?)?;
            let curl = curl(document, path, method, operation)?;
            Some((
                pointer,
                json!([
                    {"lang": "Shell", "label": "curl", "source": curl},
                    {"lang": "Rust", "label": "talkable-api", "source": rust},
                ]),
            ))
        })
        .collect();
    for (pointer, samples) in samples {
        if let Some(operation) = document.pointer_mut(&pointer) {
            operation["x-codeSamples"] = samples;
        }
    }
}

/// Returns a curl command that calls an operation with the examples in the document.
fn curl(document: &Value, path: &str, method: &str, operation: &Map<String, Value>) -> Option<String> {
    let item = document.get("paths")?.get(path)?;
    let all = [item.get("parameters"), operation.get("parameters")].into_iter().flatten().filter_map(Value::as_array);
    let (mut url, mut query) = (path.to_owned(), Vec::new());
    for parameter in all.flatten() {
        let parameter = resolved(document, parameter)?;
        let (name, location) = (parameter.get("name")?.as_str()?, parameter.get("in")?.as_str()?);
        let is_required = parameter.get("required") == Some(&Value::Bool(true));
        // A value without an example is replaced by the user.
        let value =
            || example(document, parameter).and_then(|value| encoded(&value)).unwrap_or_else(|| name.to_uppercase());
        match location {
            "path" => url = url.replace(&format!("{{{name}}}"), &value()),
            "query" if is_required => query.push(format!("{name}={}", value())),
            _ => {}
        }
    }
    let server = document.pointer("/servers/0/url")?.as_str()?.trim_end_matches('/');
    let query = if query.is_empty() { String::new() } else { format!("?{}", query.join("&")) };
    let mut command = format!("curl --request {} ", method.to_uppercase());
    if method == "get" {
        "curl ".clone_into(&mut command);
    }
    let _ = write!(
        command,
        "{} \\\n  --header \"Authorization: Bearer $TALKABLE_API_KEY\"",
        quoted(&format!("{server}{url}{query}"))
    );
    let content = operation.get("requestBody").and_then(|body| resolved(document, body)?.get("content"));
    if content.is_some_and(|content| content.get("multipart/form-data").is_some()) {
        command.push_str(" \\\n  --form 'file=@photo.png'");
    } else if let Some(body) = content.and_then(|content| content.get("application/json")?.get("example")) {
        let _ = write!(command, " \\\n  --json {}", quoted(&body.to_string()));
    }
    Some(command + "\n")
}

/// Returns the object to which a reference points, or the object itself.
fn resolved<'v>(document: &'v Value, value: &'v Value) -> Option<&'v Value> {
    let root = Node::root(document);
    let reference = value.get("$ref").and_then(Value::as_str);
    reference
        .map_or(Some(value), |reference| Some(Node::at(root.value, reference.strip_prefix('#')?)?.follow().ok()?.value))
}

/// Returns the example of a parameter or of its schema.
fn example(document: &Value, parameter: &Value) -> Option<Value> {
    let named = parameter.get("examples").and_then(Value::as_object).and_then(|examples| examples.values().next());
    let named = named.and_then(|example| resolved(document, example)?.get("value"));
    let of_schema = || resolved(document, parameter.get("schema")?)?.get("example");
    parameter.get("example").or(named).or_else(of_schema).cloned()
}

fn encoded(value: &Value) -> Option<String> {
    let text = match value {
        Value::String(text) => text.clone(),
        Value::Number(_) | Value::Bool(_) => value.to_string(),
        _ => return None,
    };
    Some(utf8_percent_encode(&text, RESERVED).to_string())
}

/// Quotes a text for a POSIX shell.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_and_encodes_what_a_shell_and_a_url_reserve() {
        let document = json!({
            "servers": [{"url": "https://example.com/"}],
            "paths": {"/people/{slug}": {
                "parameters": [{"name": "slug", "in": "path", "required": true, "example": "o'neil+1@example.com"}],
                "put": {
                    "operationId": "update",
                    "parameters": [{"name": "site", "in": "query", "required": true, "schema": {"example": "a&b"}},
                        {"name": "page", "in": "query", "example": 1}],
                    "requestBody": {"content": {"application/json": {"example": {"name": "O'Neil"}}}},
                },
            }},
        });
        let operation = document["paths"]["/people/{slug}"]["put"].as_object().expect("an operation");
        let expected = "curl --request PUT 'https://example.com/people/o%27neil%2B1%40example.com?site=a%26b' \\
  --header \"Authorization: Bearer $TALKABLE_API_KEY\" \\
  --json '{\"name\":\"O'\\''Neil\"}'
";
        assert_eq!(curl(&document, "/people/{slug}", "put", operation).as_deref(), Some(expected));
    }
}
