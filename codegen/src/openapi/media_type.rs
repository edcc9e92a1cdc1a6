//! Media types, and which of several media types the bindings use.

use serde_json::Value;

use crate::Result;
use crate::openapi::node::Node;

const FORM: &str = "application/x-www-form-urlencoded";
const MULTIPART: &str = "multipart/form-data";

/// A media type of a body, with its name.
pub(crate) type Media<'a> = (&'a str, Node<'a>);

/// Returns the media types of a request body or a response. `content` and each media type can be a reference.
pub(crate) fn content<'a>(body: &Node<'a>) -> Result<Vec<Media<'a>>> {
    let Some(content) = body.get("content") else { return Ok(Vec::new()) };
    let media_types = content.follow()?.entries()?.into_iter();
    Ok(media_types.map(|(name, media)| (name, media.follow().unwrap_or(media))).collect())
}

/// Returns a media type in lowercase and without parameters.
pub(crate) fn essence(media_type: &str) -> String {
    media_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}

/// Returns whether a media type is JSON (RFC 8259) or has the suffix `+json` (RFC 6839). Ignores case.
pub(crate) fn is_json(media_type: &str) -> bool {
    let name = essence(media_type);
    name == "application/json" || name == "text/json" || name.ends_with("+json")
}

/// The format of a request body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RequestFormat {
    Json,
    Form,
    Multipart,
    /// The body is a single file.
    File,
}

/// Chooses the media type that requests use, and returns its index and format. The order of precedence is JSON, a multipart form
/// with files, a URL-encoded form, another multipart form, and a single file.
pub(crate) fn of_request(content: &[Media<'_>]) -> Option<(usize, RequestFormat)> {
    let find = |wanted: &str| content.iter().position(|(name, _)| essence(name) == wanted);
    let json = content.iter().position(|(name, media)| is_json(name) || (is_any(name) && !is_file(media)));
    let (form, multipart) = (find(FORM), find(MULTIPART));
    let has_files = multipart.and_then(|index| content.get(index)).is_some_and(|(_, media)| mentions_file(media));
    let files = content.iter().position(|(_, media)| is_file(media));
    json.map(|index| (index, RequestFormat::Json))
        .or(multipart.filter(|_| has_files || form.is_none()).map(|index| (index, RequestFormat::Multipart)))
        .or(form.filter(|index| Some(*index) != files).map(|index| (index, RequestFormat::Form)))
        .or(files.map(|index| (index, RequestFormat::File)))
}

/// Returns the index of the JSON media type of a response, if it has one.
pub(crate) fn json_of_response(content: &[Media<'_>]) -> Option<usize> {
    content.iter().position(|(name, media)| is_json(name) || (is_any(name) && !is_file(media)))
}

/// Returns whether a media type is the wildcard `*/*`.
pub(crate) fn is_any(media_type: &str) -> bool {
    essence(media_type) == "*/*"
}

/// Returns whether the schema of a media type describes bytes or text. Also returns true if the schema is missing or describes no
/// structure.
pub(crate) fn is_file(media: &Node<'_>) -> bool {
    const STRUCTURE: [&str; 6] = ["properties", "additionalProperties", "items", "allOf", "oneOf", "anyOf"];
    let Some(schema) = media.get("schema").and_then(|schema| schema.follow().ok()) else { return true };
    match schema.value.get("type").and_then(Value::as_str) {
        Some("object" | "array") => false,
        Some(_) => true,
        None => STRUCTURE.iter().all(|key| schema.get(key).is_none()),
    }
}

/// Returns whether the schema of a media type contains a string with the format `binary`.
fn mentions_file(media: &Node<'_>) -> bool {
    media.get("schema").and_then(|schema| schema.follow().ok()).is_some_and(|schema| has_binary(schema.value))
}

fn has_binary(value: &Value) -> bool {
    match value {
        Value::Object(entries) => {
            entries.get("format").is_some_and(|format| format == "binary") || entries.values().any(has_binary)
        }
        Value::Array(items) => items.iter().any(has_binary),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn recognizes_json_media_types() {
        for (name, expected) in [
            ("application/json", true),
            ("Application/JSON; charset=utf-8", true),
            ("application/vnd.api+json", true),
            ("text/json", true),
            ("application/jsonl", false),
            ("text/plain", false),
        ] {
            assert_eq!(is_json(name), expected, "{name}");
        }
    }

    #[test]
    fn chooses_one_media_type_of_a_request() {
        use RequestFormat::{File, Form, Json, Multipart};

        let (text, file) = (json!({"type": "string"}), json!({"type": "string", "format": "binary"}));
        let fields = |field: &Value| json!({"type": "object", "properties": {"a": field}});
        let check = |content: &[(&str, Value)], expected| {
            let root: Value = content.iter().map(|(name, schema)| (*name, json!({"schema": schema}))).collect();
            let content = Node::root(&root).entries().unwrap();
            assert_eq!(of_request(&content).map(|(index, format)| (content[index].0, format)), expected);
        };
        check(&[], None);
        check(&[("text/csv", text.clone()), ("Application/Json", text.clone())], Some(("Application/Json", Json)));
        check(&[(MULTIPART, fields(&text)), (FORM, fields(&text))], Some((FORM, Form)));
        check(&[(FORM, fields(&text)), (MULTIPART, fields(&file))], Some((MULTIPART, Multipart)));
        check(&[("application/xml", fields(&text)), ("text/csv", text.clone())], Some(("text/csv", File)));
        check(&[("application/xml", fields(&text))], None);
        check(&[("*/*", fields(&text))], Some(("*/*", Json)));
        check(&[("*/*", file)], Some(("*/*", File)));
    }
}
