//! Reads a YAML or JSON document into plain values, and notes where each of them stands.
//!
//! The values come from `serde_yaml`. It keeps no positions, so a second reader walks the same text event by event,
//! before it, and notes them; on the way it refuses what would hurt later: too deep nesting and doubled keys.
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
use crate::source::limits::Budget;
use crate::source::span::Span;
use crate::source::surrogates::without_surrogates;
use crate::{Diagnostic, Result};

/// Deeper documents are refused: no description nests like that, and readers recurse.
const MAX_DEPTH: usize = 100;

/// Reads a document.
///
/// # Errors
///
/// If the bytes are no UTF-8, no YAML or JSON, not a map, hold a key twice, or nest deeper than 100 levels. The error names the
/// line.
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

/// Whether a text begins as HTML and XML do. What has anything else behind its `<` may be YAML.
fn begins_with_a_tag(text: &str) -> bool {
    let next = text.strip_prefix('<').and_then(|rest| rest.chars().next());
    next.is_some_and(|next| next.is_alphabetic() || ['!', '?', '/'].contains(&next))
}

fn read(name: &str, text: &str, is_json: bool) -> Result<Document> {
    let start = text.trim_start();
    if start.is_empty() {
        return Err(Diagnostic::error("the file is empty")
            .on_line(1)
            .help("give the document itself, or download it again"));
    }
    if begins_with_a_tag(start) {
        return Err(Diagnostic::error("the file is HTML or XML, not an OpenAPI document")
            .on_line(end_of(&text[..text.len() - start.len()]).line)
            .help("download the document itself, not the page that shows it"));
    }
    let spans = spans(text)?;
    // A reader of JSON knows no limit for the length of a key, and takes a tenth of the time.
    let value = match is_json.then(|| serde_json::from_str(text)) {
        Some(Ok(value)) => value,
        _ => yaml_values(text, &spans)?,
    };
    if !value.is_object() {
        return Err(Diagnostic::error("the document is not a map of keys and values")
            .at("")
            .on_line(1)
            .help("check that the file is the OpenAPI document or overlay that you meant"));
    }
    Ok(Document { name: name.to_owned(), value, spans, text: text.into() })
}

fn yaml_values(text: &str, spans: &HashMap<String, Span>) -> Result<Value> {
    let yaml = values(text).map_err(|error| {
        let span = error.location().map(|place| Span { line: place.line(), column: place.column(), length: 1 });
        match span {
            Some(span) => unreadable(&error.to_string(), within(span, text)),
            // Only what its aliases stand for makes a document too large, and no line is to be blamed.
            None => Diagnostic::error(format!("the file can't be read as YAML: {error}"))
                .on_line(1)
                .help("write out what the aliases (`*name`) repeat"),
        }
    })?;
    plain(yaml, "").map_err(|error| {
        let span = error.pointer.as_deref().and_then(|pointer| spans.get(pointer)).copied();
        error.on(span.unwrap_or(Span::line(1)))
    })
}

/// The values, with what merge keys (`<<`) stand for.
fn values(text: &str) -> Result<serde_yaml::Value, serde_yaml::Error> {
    let mut yaml: serde_yaml::Value = serde_yaml::from_str(text)?;
    yaml.apply_merge()?;
    Ok(yaml)
}

fn unreadable(why: &str, span: Span) -> Diagnostic {
    Diagnostic::error(format!("the file can't be read as YAML: {why}")).on(span).help("correct the text at this line")
}

/// A span that lies behind the text is one at its end.
fn within(span: Span, text: &str) -> Span {
    let text = text.trim_end();
    if span.line <= end_of(text).line { span } else { end_of(text) }
}

/// The place of the character after a text.
fn end_of(before: &str) -> Span {
    let line = before.rsplit('\n').next().unwrap_or_default();
    Span { line: before.matches('\n').count() + 1, column: line.chars().count() + 1, length: 1 }
}

/// Turns YAML's values into JSON's: keys become text, tags are dropped, numbers must be finite.
fn plain(value: serde_yaml::Value, pointer: &str) -> Result<Value> {
    use serde_yaml::Value as Yaml;
    Ok(match value {
        Yaml::Null => Value::Null,
        Yaml::Bool(value) => Value::Bool(value),
        Yaml::String(value) => Value::String(value),
        Yaml::Number(number) => {
            let exact = number.as_i64().map(Number::from).or_else(|| number.as_u64().map(Number::from));
            let number = exact.or_else(|| number.as_f64().and_then(Number::from_f64));
            Value::Number(number.ok_or_else(|| {
                Diagnostic::error("a number is infinite or not a number")
                    .at(pointer)
                    .help("write a finite number, or put the text in quotes")
            })?)
        }
        Yaml::Sequence(items) => {
            let items = items.into_iter().enumerate();
            Value::Array(items.map(|(index, item)| plain(item, &format!("{pointer}/{index}"))).collect::<Result<_>>()?)
        }
        Yaml::Mapping(entries) => {
            let mut map = Map::new();
            for (key, value) in entries {
                let key = key_text(&key).ok_or_else(|| {
                    Diagnostic::error("a key is neither text nor a number").at(pointer).help("write the key as text")
                })?;
                let place = child(pointer, &key);
                map.insert(key, plain(value, &place)?);
            }
            Value::Object(map)
        }
        Yaml::Tagged(tagged) => plain(tagged.value, pointer)?,
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

/// An open list or map of the walk.
enum Open {
    List { pointer: String, next: usize },
    Map { pointer: String, keys: HashSet<String>, key: Option<String> },
}

/// Walks the events and notes the place of each pointer: of a map's entry its key, with a value of one line; of an item its own.
fn spans(text: &str) -> Result<HashMap<String, Span>> {
    let mut spans = HashMap::new();
    let mut open: Vec<Open> = Vec::new();
    let mut budget = Budget::new(text);
    let mut documents = 0_usize;
    for event in Parser::new_from_str(text) {
        let (event, span) = event.map_err(|error| {
            let place = error.marker();
            let span = Span { line: place.line(), column: place.col() + 1, length: 1 };
            unreadable(error.info(), within(span, text))
        })?;
        match event {
            Event::DocumentStart(_) => {
                documents += 1;
                if documents > 1 {
                    return Err(Diagnostic::error("the file holds more than one document")
                        .on_line(span.start.line())
                        .help("keep one document a file"));
                }
            }
            Event::Scalar(value, _, anchor, _) => {
                budget.scalar(anchor, &value);
                if let Some(pointer) = enter(&mut spans, &mut budget, &mut open, Some(&value), span)? {
                    reach(&mut spans, &pointer, span);
                }
            }
            Event::Alias(anchor) => {
                budget.alias(anchor).map_err(|error| error.on(start_of(span, None)))?;
                enter(&mut spans, &mut budget, &mut open, None, span)?;
            }
            Event::SequenceStart(anchor, _) => {
                budget.begin(anchor);
                let pointer = enter(&mut spans, &mut budget, &mut open, None, span)?.unwrap_or_default();
                push(&mut open, Open::List { pointer, next: 0 }, span)?;
            }
            Event::MappingStart(anchor, _) => {
                budget.begin(anchor);
                let pointer = enter(&mut spans, &mut budget, &mut open, None, span)?.unwrap_or_default();
                push(&mut open, Open::Map { pointer, keys: HashSet::new(), key: None }, span)?;
            }
            Event::SequenceEnd | Event::MappingEnd => {
                budget.end();
                open.pop();
            }
            _ => {}
        }
    }
    // Where YAML 1.1 ends a line, as at U+0085, and 1.2 doesn't, the reader of values may see what this one takes for a comment.
    spans.entry(String::new()).or_insert(Span { line: 1, column: 1, length: 0 });
    Ok(spans)
}

/// Lets a span reach to the end of the value, if both are on one line.
fn reach(spans: &mut HashMap<String, Span>, pointer: &str, event: EventSpan) {
    if let Some(span) = spans.get_mut(pointer)
        && span.line == event.start.line()
        && span.line == event.end.line()
    {
        span.length = (event.end.col() + 1).saturating_sub(span.column);
    }
}

fn push(open: &mut Vec<Open>, container: Open, span: EventSpan) -> Result<()> {
    if open.len() >= MAX_DEPTH {
        let (Open::List { pointer, .. } | Open::Map { pointer, .. }) = container;
        // The pointer of a place that deep is longer than any reader wants to see.
        let short: String = pointer.chars().take(200).collect();
        return Err(Diagnostic::error(format!("the document nests deeper than {MAX_DEPTH} levels"))
            .at(short)
            .on(start_of(span, None))
            .help("flatten the document; OpenAPI descriptions nest a few dozen levels at most"));
    }
    open.push(container);
    Ok(())
}

/// Where a node begins. The rest of its line belongs to it, unless it is a word.
fn start_of(span: EventSpan, word: Option<&str>) -> Span {
    let one_line = span.start.line() == span.end.line();
    let length = if word.is_some() && one_line { span.end.col().saturating_sub(span.start.col()) } else { 0 };
    Span { line: span.start.line(), column: span.start.col() + 1, length }
}

/// Takes a node into the innermost open container, and returns its pointer unless it is a key.
fn enter(
    spans: &mut HashMap<String, Span>,
    budget: &mut Budget,
    open: &mut [Open],
    scalar: Option<&str>,
    span: EventSpan,
) -> Result<Option<String>> {
    let span = start_of(span, scalar);
    let pointer = match open.last_mut() {
        None => String::new(),
        Some(Open::List { pointer, next }) => {
            let index = *next;
            *next += 1;
            format!("{pointer}/{index}")
        }
        Some(Open::Map { pointer, keys, key }) => match key.take() {
            Some(name) => return Ok(Some(child(pointer, &name))),
            None => {
                let Some(name) = scalar else {
                    return Err(Diagnostic::error("a key is a list or a map")
                        .at(pointer.clone())
                        .on(span)
                        .help("write the key as text"));
                };
                let place = child(pointer, name);
                if !keys.insert(name.to_owned()) {
                    let error =
                        Diagnostic::error(format!("the key `{name}` stands twice in one map")).at(&place).on(span);
                    let error = error.related(place, "the first").locate_related(|place| spans.get(place).copied());
                    return Err(error.help("keep one of the two entries"));
                }
                *key = Some(name.to_owned());
                budget.pointer(&place).map_err(|error| error.on(span))?;
                spans.insert(place, span);
                return Ok(None);
            }
        },
    };
    budget.pointer(&pointer).map_err(|error| error.on(span))?;
    spans.insert(pointer.clone(), span);
    Ok(Some(pointer))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_only_one_reader_sees_has_a_line_all_the_same() {
        let document = load("a.yaml", "# a comment?\u{85}s: {t: 1}".as_bytes()).expect("one reader sees a key");
        assert_eq!((document.line(""), document.line("/s/t")), (Some(1), Some(1)));
    }

    #[test]
    fn a_key_may_begin_with_an_angle_bracket() {
        for text in ["{<< ?>?: 1}", "<< ?>?: 1", "<: 1", "---\n<a: 1"] {
            let document = load("a.yaml", text.as_bytes()).expect("it is YAML");
            assert_eq!(document.value.as_object().map(Map::len), Some(1), "{text}");
        }
        for text in ["<html>", "\n<!doctype html>", "<?xml version='1.0'?>", "<a: 1"] {
            let error = load("a.yaml", text.as_bytes()).expect_err(text);
            assert!(error.to_string().contains("HTML or XML"), "{error}");
        }
    }

    #[test]
    fn lines_are_those_of_the_keys_and_items() {
        let document = load("a.yaml", b"---\na:\n  b: [1,\n    2]\n  'c/d': {e: text}\n").expect("it is YAML");
        for (pointer, line) in [("/a", 2), ("/a/b", 3), ("/a/b/0", 3), ("/a/b/1", 4), ("/a/c~1d/e", 5)] {
            assert_eq!(document.line(pointer), Some(line), "{pointer}");
        }
        assert_eq!(document.line("/a/b/1/deeper"), Some(4), "the nearest place around it");
    }

    #[test]
    fn marks_are_keys_with_their_short_values() {
        let text =
            "a: {b:   text, 'é': [x]}\nc: |\n  long\n\"d\": 'q'\n- 1\n".replace("- 1\n", "e:\n  - f: 1\n    g: 2\n");
        let document = load("a.yaml", text.as_bytes()).expect("it is YAML");
        let marked = |pointer: &str| {
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
            assert_eq!(marked(pointer), expected, "{pointer}");
        }
    }

    #[test]
    fn yaml_means_what_json_can_say() {
        let document =
            load("a.yaml", b"base: &base {x: 1}\n200: !tag yes\nmore:\n  <<: *base\n  y: 1.0\n").expect("it is YAML");
        assert_eq!(document.value, serde_json::json!({"base": {"x": 1}, "200": "yes", "more": {"x": 1, "y": 1.0}}));
    }

    #[test]
    fn json_is_read_as_well() {
        let document =
            load("a.json", "\u{feff}{\"a\": [true, null, \"é\\ud83d\\ude00\"]}".as_bytes()).expect("it is JSON");
        assert_eq!(document.value, serde_json::json!({"a": [true, null, "é\u{1f600}"]}));
    }

    #[test]
    fn refusals_name_the_line() {
        for (text, line) in [
            (&b"a: 1\n\nb: [1\n"[..], 3),
            (b"a:\n  b: 1\n  b: 2\n", 3),
            (b"a: .inf\n", 1),
            (b"- a\n", 1),
            (b"a: 1\n---\nb: 2\n", 2),
            (b"a: 1\n? [b]\n: 2\n", 2),
            (b"a: 1\nb: \xff\n", 2),
        ] {
            let error = load("a.yaml", text).expect_err("it is refused");
            assert_eq!(error.line(), Some(line), "{error}");
        }
    }
}
