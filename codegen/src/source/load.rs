//! Reads a YAML or JSON file into values, with the span of each value.
//!
//! ```
//! let error = codegen::load("a.yaml", b"a: 1\na: 2\n").unwrap_err();
//! assert_eq!(error.line(), Some(2));
//! ```

use crate::source::document::Document;
use crate::source::span::Span;
use crate::source::{json, limits, yaml};
use crate::{Diagnostic, Result};

/// Reads a YAML or JSON document.
///
/// # Errors
///
/// Returns an error with the line if the file is not UTF-8, is neither YAML nor JSON, is not a map, repeats a key, or exceeds a
/// limit.
pub fn load(name: &str, bytes: &[u8]) -> Result<Document> {
    limits::size(bytes).map_err(|error| error.in_file(name))?;
    match std::str::from_utf8(bytes) {
        Ok(text) => {
            let text = text.strip_prefix('\u{feff}').unwrap_or(text);
            read(name, text).map_err(|error| error.in_file(name).in_text(&text.into()))
        }
        Err(error) => {
            let before = bytes.get(..error.valid_up_to()).unwrap_or_default();
            let text = String::from_utf8_lossy(bytes);
            let error =
                Diagnostic::error("the file is not UTF-8 text").on(Span::after(&String::from_utf8_lossy(before)));
            Err(error.help("save the document as UTF-8").in_file(name).in_text(&text.as_ref().into()))
        }
    }
}

fn read(name: &str, text: &str) -> Result<Document> {
    let start = text.trim_start();
    if start.is_empty() {
        return Err(Diagnostic::error("the file is empty").on_line(1).help("check that the file is complete"));
    }
    if is_markup(start) {
        return Err(Diagnostic::error("the file is HTML or XML, not an OpenAPI document")
            .on_line(Span::after(&text[..text.len() - start.len()]).line)
            .help("download the document itself, not the page that shows it"));
    }
    // JSON is not read as YAML, because YAML readers split lines at some characters that JSON allows in strings, and limit the
    // length of keys.
    let json = if start.starts_with('{') { json::read(text)? } else { None };
    let (value, spans) = match json {
        Some(read) => read,
        None => yaml::read(text)?,
    };
    if !value.is_object() {
        return Err(Diagnostic::error("the document is not a map of keys and values")
            .at("")
            .on_line(1)
            .help("check that the file is an OpenAPI document or an overlay"));
    }
    Ok(Document { name: name.to_owned(), value, spans: spans.into(), text: text.into() })
}

/// Returns whether `text` begins like HTML or XML: with `<`, followed by a letter, `!`, `?` or `/`. Any other text can be YAML.
fn is_markup(text: &str) -> bool {
    let next = text.strip_prefix('<').and_then(|rest| rest.chars().next());
    next.is_some_and(|next| next.is_alphabetic() || ['!', '?', '/'].contains(&next))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_can_begin_with_an_angle_bracket() {
        for text in ["{<< ?>?: 1}", "<< ?>?: 1", "<: 1", "---\n<a: 1"] {
            let document = load("a.yaml", text.as_bytes()).expect("the text should be valid YAML");
            assert_eq!(document.value.as_object().map(serde_json::Map::len), Some(1), "{text}");
        }
        for text in ["<html>", "\n<!doctype html>", "<?xml version='1.0'?>", "<a: 1"] {
            let error = load("a.yaml", text.as_bytes()).expect_err(text);
            assert!(error.to_string().contains("HTML or XML"), "{error}");
        }
    }

    #[test]
    fn finds_the_lines_of_keys_and_items() {
        let document =
            load("a.yaml", b"---\na:\n  b: [1,\n    2]\n  'c/d': {e: text}\n").expect("the text should be valid YAML");
        for (pointer, line) in [("/a", 2), ("/a/b", 3), ("/a/b/0", 3), ("/a/b/1", 4), ("/a/c~1d/e", 5)] {
            assert_eq!(document.line(pointer), Some(line), "{pointer}");
        }
        assert_eq!(document.line("/a/b/1/deeper"), Some(4), "should be the line of the closest ancestor");
    }

    #[test]
    fn spans_cover_keys_and_values_on_the_same_line() {
        let text =
            "a: {b:   text, 'é': [x]}\nc: |\n  long\n\"d\": 'q'\n- 1\n".replace("- 1\n", "e:\n  - f: 1\n    g: 2\n");
        let document = load("a.yaml", text.as_bytes()).expect("the text should be valid YAML");
        let spanned = |pointer: &str| {
            let span = document.spans.get(pointer).copied().expect("the value has a span");
            let rest: String =
                text.lines().nth(span.line - 1).unwrap_or_default().chars().skip(span.column - 1).collect();
            if span.length == 0 { rest } else { rest.chars().take(span.length).collect() }
        };
        for (pointer, expected) in [
            ("/a", "a"),
            ("/a/b", "b:   text"),
            ("/a/é", "'é'"),
            ("/a/é/0", "x"),
            ("/c", "c"),
            ("/d", "\"d\": 'q'"),
            ("/e/0", "f: 1"),
            ("/e/0/g", "g: 2"),
            ("", "a: {b:   text, 'é': [x]}"),
        ] {
            assert_eq!(spanned(pointer), expected, "{pointer}");
        }
    }

    #[test]
    fn converts_yaml_to_json() {
        let document = load("a.yaml", b"base: &base {x: 1}\n200: !tag yes\nmore:\n  <<: *base\n  y: 1.0\n")
            .expect("the text should be valid YAML");
        assert_eq!(document.value, serde_json::json!({"base": {"x": 1}, "200": "yes", "more": {"x": 1, "y": 1.0}}));
    }

    #[test]
    fn reads_json() {
        let document = load("a.json", "\u{feff}{\"a\": [true, null, \"é\\ud83d\\ude00\"]}".as_bytes())
            .expect("the text should be valid JSON");
        assert_eq!(document.value, serde_json::json!({"a": [true, null, "é\u{1f600}"]}));
    }

    #[test]
    fn errors_have_a_line() {
        for (text, line) in [
            (&b"a: 1\n\nb: [1\n"[..], 3),
            (b"a:\n  b: 1\n  b: 2\n", 3),
            (b"a: .inf\n", 1),
            (b"- a\n", 1),
            (b"a: 1\n---\nb: 2\n", 2),
            (b"a: 1\n? [b]\n: 2\n", 2),
            (b"a: 1\nb: \xff\n", 2),
        ] {
            let error = load("a.yaml", text).expect_err("the text should be rejected");
            assert_eq!(error.line(), Some(line), "{error}");
        }
    }
}
