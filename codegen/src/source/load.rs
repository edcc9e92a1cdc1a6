//! Reads a YAML or JSON file into values, with the span of each value.
//!
//! `serde_yaml` and `serde_json` return values without positions. Therefore `saphyr_parser` reads the file first, to find the spans
//! and to reject documents that nest too deeply, repeat a key or exceed the limits.
//!
//! ```
//! let error = codegen::load("a.yaml", b"a: 1\na: 2\n").unwrap_err();
//! assert_eq!(error.line(), Some(2));
//! ```

use std::collections::{HashMap, HashSet};

use saphyr_parser::{Event, Parser, Span as EventSpan};
use serde::de::IgnoredAny;
use serde_json::{Map, Number, Value};

use crate::source::document::{Document, child};
use crate::source::limits::{Budget, shortened};
use crate::source::span::Span;
use crate::source::surrogates::without_surrogates;
use crate::{Diagnostic, Result};

/// The maximum depth of nested lists and maps. It is limited, because later stages are recursive. Real descriptions have at most
/// a few dozen levels.
const MAX_DEPTH: usize = 100;

/// Reads a YAML or JSON document.
///
/// # Errors
///
/// Returns an error with the line if the file is not UTF-8, is neither YAML nor JSON, is not a map, repeats a key, or exceeds a
/// limit.
pub fn load(name: &str, bytes: &[u8]) -> Result<Document> {
    match std::str::from_utf8(bytes) {
        Ok(text) => {
            let text = text.strip_prefix('\u{feff}').unwrap_or(text);
            let is_json = text.trim_start().starts_with('{') && serde_json::from_str::<IgnoredAny>(text).is_ok();
            let text = if is_json { without_surrogates(text) } else { text.into() };
            read(name, &text, is_json).map_err(|error| error.in_file(name).in_text(&text.as_ref().into()))
        }
        Err(error) => {
            let before = bytes.get(..error.valid_up_to()).unwrap_or_default();
            let text = String::from_utf8_lossy(bytes);
            let error = Diagnostic::error("the file is not UTF-8 text").on(end_of(&String::from_utf8_lossy(before)));
            Err(error.help("save the document as UTF-8").in_file(name).in_text(&text.as_ref().into()))
        }
    }
}

fn read(name: &str, text: &str, is_json: bool) -> Result<Document> {
    let start = text.trim_start();
    if start.is_empty() {
        return Err(Diagnostic::error("the file is empty").on_line(1).help("check that the file is complete"));
    }
    if is_markup(start) {
        return Err(Diagnostic::error("the file is HTML or XML, not an OpenAPI document")
            .on_line(end_of(&text[..text.len() - start.len()]).line)
            .help("download the document itself, not the page that shows it"));
    }
    let spans = spans(text)?;
    // A YAML parser could read JSON as well, but it limits the length of keys and takes ten times as long.
    let value = match is_json.then(|| serde_json::from_str(text)) {
        Some(Ok(value)) => value,
        _ => yaml_value(text, &spans)?,
    };
    if !value.is_object() {
        return Err(Diagnostic::error("the document is not a map of keys and values")
            .at("")
            .on_line(1)
            .help("check that the file is an OpenAPI document or an overlay"));
    }
    Ok(Document { name: name.to_owned(), value, spans, text: text.into() })
}

/// Returns whether `text` begins like HTML or XML. If another character follows the first `<`, it can be YAML.
fn is_markup(text: &str) -> bool {
    let next = text.strip_prefix('<').and_then(|rest| rest.chars().next());
    next.is_some_and(|next| next.is_alphabetic() || ['!', '?', '/'].contains(&next))
}

fn yaml_value(text: &str, spans: &HashMap<String, Span>) -> Result<Value> {
    let parse = || -> Result<serde_yaml::Value, serde_yaml::Error> {
        let mut yaml: serde_yaml::Value = serde_yaml::from_str(text)?;
        yaml.apply_merge()?;
        Ok(yaml)
    };
    let yaml = parse().map_err(|error| match error.location() {
        Some(place) => {
            let span = Span { line: place.line(), column: place.column(), length: 1 };
            invalid(&error.to_string(), within(span, text))
        }
        // Errors have no location only if the file has too many aliases.
        None => Diagnostic::error(format!("the file is not valid YAML: {error}"))
            .on_line(1)
            .help("replace the aliases (`*name`) with the values that they repeat"),
    })?;
    json_value(yaml, "").map_err(|error| {
        let span = error.pointer.as_deref().and_then(|pointer| spans.get(pointer)).copied();
        error.on(span.unwrap_or(Span::line(1)))
    })
}

fn invalid(reason: &str, span: Span) -> Diagnostic {
    Diagnostic::error(format!("the file is not valid YAML: {reason}")).on(span).help("correct the text at this line")
}

/// Returns the span, or the end of the text if the span is beyond the end.
fn within(span: Span, text: &str) -> Span {
    let end = end_of(text.trim_end());
    if span.line <= end.line { span } else { end }
}

/// Returns the position after the last character of `before`.
fn end_of(before: &str) -> Span {
    let line = before.rsplit('\n').next().unwrap_or_default();
    Span { line: before.matches('\n').count() + 1, column: line.chars().count() + 1, length: 1 }
}

/// Converts a YAML value to JSON. Keys become strings, tags are dropped, and numbers must be finite.
fn json_value(value: serde_yaml::Value, pointer: &str) -> Result<Value> {
    use serde_yaml::Value as Yaml;
    Ok(match value {
        Yaml::Null => Value::Null,
        Yaml::Bool(value) => Value::Bool(value),
        Yaml::String(value) => Value::String(value),
        Yaml::Number(number) => {
            let exact = number.as_i64().map(Number::from).or_else(|| number.as_u64().map(Number::from));
            let number = exact.or_else(|| number.as_f64().and_then(Number::from_f64));
            Value::Number(number.ok_or_else(|| {
                Diagnostic::error("a number is infinite or NaN")
                    .at(pointer)
                    .help("write a finite number, or quote the value if it is a string")
            })?)
        }
        Yaml::Sequence(items) => {
            let items = items.into_iter().enumerate();
            let items = items.map(|(index, item)| json_value(item, &format!("{pointer}/{index}")));
            Value::Array(items.collect::<Result<_>>()?)
        }
        Yaml::Mapping(entries) => {
            let mut map = Map::new();
            for (key, value) in entries {
                let key = key_text(&key).ok_or_else(|| {
                    Diagnostic::error("a key is neither a string nor a number")
                        .at(pointer)
                        .help("write the key as a string")
                })?;
                let place = child(pointer, &key);
                map.insert(key, json_value(value, &place)?);
            }
            Value::Object(map)
        }
        Yaml::Tagged(tagged) => json_value(tagged.value, pointer)?,
    })
}

fn key_text(key: &serde_yaml::Value) -> Option<String> {
    match key {
        serde_yaml::Value::String(text) => Some(text.clone()),
        serde_yaml::Value::Number(number) => Some(number.to_string()),
        serde_yaml::Value::Bool(value) => Some(value.to_string()),
        serde_yaml::Value::Null => Some("null".to_owned()),
        _ => None,
    }
}

/// Finds the spans of all values in a file. The span of a map entry covers its key, and also its value if both are on one line.
/// Each list item has its own span.
fn spans(text: &str) -> Result<HashMap<String, Span>> {
    let mut reader = SpanReader { spans: HashMap::new(), open: Vec::new(), budget: Budget::new(text) };
    let mut documents = 0_usize;
    for event in Parser::new_from_str(text) {
        let (event, span) = event.map_err(|error| {
            let place = error.marker();
            let span = Span { line: place.line(), column: place.col() + 1, length: 1 };
            invalid(error.info(), within(span, text))
        })?;
        if matches!(event, Event::DocumentStart(_)) {
            documents += 1;
        }
        if documents > 1 {
            let error = Diagnostic::error("the file contains more than one document").on_line(span.start.line());
            return Err(error.help("keep one document in each file"));
        }
        reader.event(event, span)?;
    }
    // `serde_yaml` treats U+0085 as a line ending, but `saphyr_parser` doesn't. Therefore `saphyr_parser` may find no values at
    // all.
    reader.spans.entry(String::new()).or_insert(Span { line: 1, column: 1, length: 0 });
    Ok(reader.spans)
}

struct SpanReader {
    spans: HashMap<String, Span>,
    /// The open lists and maps, outermost first.
    open: Vec<Open>,
    budget: Budget,
}

/// An open list or map.
enum Open {
    List { pointer: String, next: usize },
    Map { pointer: String, keys: HashSet<String>, key: Option<String> },
}

impl SpanReader {
    fn event(&mut self, event: Event<'_>, span: EventSpan) -> Result<()> {
        match event {
            Event::Scalar(value, _, anchor, _) => {
                self.budget.scalar(anchor, &value);
                let pointer = self.enter(Some(&value), span)?;
                if let Some(place) = pointer.and_then(|pointer| self.spans.get_mut(&pointer)) {
                    extend(place, span);
                }
            }
            Event::Alias(anchor) => {
                self.budget.alias(anchor).map_err(|error| error.on(start_of(span, None)))?;
                self.enter(None, span)?;
            }
            Event::SequenceStart(anchor, _) => {
                self.budget.begin(anchor);
                let pointer = self.enter(None, span)?.unwrap_or_default();
                self.open(Open::List { pointer, next: 0 }, span)?;
            }
            Event::MappingStart(anchor, _) => {
                self.budget.begin(anchor);
                let pointer = self.enter(None, span)?.unwrap_or_default();
                self.open(Open::Map { pointer, keys: HashSet::new(), key: None }, span)?;
            }
            Event::SequenceEnd | Event::MappingEnd => {
                self.budget.end();
                self.open.pop();
            }
            _ => {}
        }
        Ok(())
    }

    fn open(&mut self, container: Open, span: EventSpan) -> Result<()> {
        if self.open.len() >= MAX_DEPTH {
            let (Open::List { pointer, .. } | Open::Map { pointer, .. }) = container;
            return Err(Diagnostic::error(format!("the document nests deeper than {MAX_DEPTH} levels"))
                .at(shortened(&pointer))
                .on(start_of(span, None))
                .help("flatten the document; OpenAPI descriptions nest a few dozen levels at most"));
        }
        self.open.push(container);
        Ok(())
    }

    /// Adds a node to the innermost open list or map. Returns the pointer of the node, unless the node is a key.
    fn enter(&mut self, scalar: Option<&str>, span: EventSpan) -> Result<Option<String>> {
        let span = start_of(span, scalar);
        let (pointer, is_key) = match self.open.last_mut() {
            None => (String::new(), false),
            Some(Open::List { pointer, next }) => {
                *next += 1;
                (format!("{pointer}/{}", *next - 1), false)
            }
            Some(Open::Map { pointer, keys, key }) => {
                if let Some(name) = key.take() {
                    return Ok(Some(child(pointer, &name)));
                }
                let Some(name) = scalar else {
                    let error = Diagnostic::error("a key is a list or a map").at(pointer.clone()).on(span);
                    return Err(error.help("write the key as a string"));
                };
                let place = child(pointer, name);
                if !keys.insert(name.to_owned()) {
                    let error = Diagnostic::error(format!("the key `{name}` occurs twice in one map"));
                    let error = error.at(&place).on(span).related(place, "first occurrence");
                    let error = error.locate_related(|place| self.spans.get(place).copied());
                    return Err(error.help("keep one of the two entries"));
                }
                *key = Some(name.to_owned());
                (place, true)
            }
        };
        self.budget.pointer(&pointer).map_err(|error| error.on(span))?;
        self.spans.insert(pointer.clone(), span);
        Ok(Some(pointer).filter(|_| !is_key))
    }
}

/// Extends a span to the end of a value, if both are on one line.
fn extend(span: &mut Span, value: EventSpan) {
    if span.line == value.start.line() && span.line == value.end.line() {
        span.length = (value.end.col() + 1).saturating_sub(span.column);
    }
}

/// Returns the span of a node. If the node is a scalar on one line, the span covers exactly the scalar. Otherwise, it covers the
/// rest of the line.
fn start_of(span: EventSpan, scalar: Option<&str>) -> Span {
    let one_line = span.start.line() == span.end.line();
    let length = if scalar.is_some() && one_line { span.end.col().saturating_sub(span.start.col()) } else { 0 };
    Span { line: span.start.line(), column: span.start.col() + 1, length }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_has_a_span_even_if_the_parsers_disagree() {
        let document =
            load("a.yaml", "# a comment?\u{85}s: {t: 1}".as_bytes()).expect("`serde_yaml` should find a value");
        assert_eq!((document.line(""), document.line("/s/t")), (Some(1), Some(1)));
    }

    #[test]
    fn keys_can_begin_with_an_angle_bracket() {
        for text in ["{<< ?>?: 1}", "<< ?>?: 1", "<: 1", "---\n<a: 1"] {
            let document = load("a.yaml", text.as_bytes()).expect("the text should be valid YAML");
            assert_eq!(document.value.as_object().map(Map::len), Some(1), "{text}");
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
        assert_eq!(document.line("/a/b/1/deeper"), Some(4), "should be the line of the closest parent");
    }

    #[test]
    fn spans_cover_keys_and_values_on_the_same_line() {
        let text =
            "a: {b:   text, 'é': [x]}\nc: |\n  long\n\"d\": 'q'\n- 1\n".replace("- 1\n", "e:\n  - f: 1\n    g: 2\n");
        let document = load("a.yaml", text.as_bytes()).expect("the text should be valid YAML");
        let spanned = |pointer: &str| {
            let span = document.spans.get(pointer).copied().expect("it is there");
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
