//! Builds the values of a document from parser events, with the span of each value.
//!
//! The builder returns an error as soon as a document nests too deeply, repeats a key or exceeds a limit, so that an oversized
//! document can't take much memory.

use std::collections::HashMap;
use std::mem::take;
use std::ops::Range;

use serde_json::{Map, Value};

use crate::source::document::child;
use crate::source::limits::{Budget, MAX_DEPTH, shortened};
use crate::source::span::{Cursor, Span};
use crate::{Diagnostic, Result};

/// The root value of a document, and the span for each JSON pointer.
pub(super) type Read = (Value, HashMap<String, Span>);

/// The values read so far. The methods take positions in the text as byte offsets.
pub(super) struct Tree<'t> {
    cursor: Cursor<'t>,
    spans: HashMap<String, Span>,
    /// The open lists and maps, outermost first.
    open: Vec<Open>,
    budget: Budget,
    anchors: HashMap<String, Anchored>,
    root: Value,
}

/// An open list or map.
struct Open {
    pointer: String,
    anchor: Option<String>,
    /// The number of values read before the list or map.
    before: usize,
    /// The number of levels inside the list or map.
    height: usize,
    content: Content,
}

enum Content {
    List(Vec<Value>),
    Map { entries: Map<String, Value>, merged: Map<String, Value>, key: Option<Key> },
}

/// The key of the value that is read next.
struct Key {
    name: String,
    pointer: String,
    span: Span,
}

/// A copy of a value that has an anchor. Aliases of the anchor repeat this copy.
struct Anchored {
    value: Value,
    count: usize,
    height: usize,
}

impl<'t> Tree<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        Self {
            cursor: Cursor::new(text),
            spans: HashMap::new(),
            open: Vec::new(),
            budget: Budget::new(text),
            anchors: HashMap::new(),
            root: Value::Null,
        }
    }

    pub(super) fn finish(self) -> Read {
        (self.root, self.spans)
    }

    /// Returns the span of a part of the text.
    pub(super) fn span(&mut self, range: Range<usize>) -> Span {
        self.cursor.span(range)
    }

    /// Returns whether the next value is a key.
    pub(super) fn expects_key(&self) -> bool {
        matches!(self.open.last(), Some(Open { content: Content::Map { key: None, .. }, .. }))
    }

    /// Adds a key to the innermost map. The key `<<` is special: instead of the key, the entries of the maps in its value are
    /// added.
    pub(super) fn key(&mut self, name: &str, range: Range<usize>) -> Result<()> {
        let span = self.cursor.span(range);
        self.budget.count(name).map_err(|error| error.on(span))?;
        let Some(Open { pointer, content: Content::Map { entries, key, .. }, .. }) = self.open.last_mut() else {
            return Ok(());
        };
        let pointer = child(pointer, name);
        if entries.contains_key(name) {
            let error = Diagnostic::error(format!("the key `{name}` occurs twice in one map"));
            let error = error.at(&pointer).on(span).related(pointer, "first occurrence");
            let error = error.locate_related(|place| self.spans.get(place).copied());
            return Err(error.help("keep one of the two entries"));
        }
        *key = Some(Key { name: name.to_owned(), pointer, span });
        Ok(())
    }

    /// Adds a value other than a list or map.
    pub(super) fn scalar(&mut self, value: Value, anchor: Option<String>, range: Range<usize>) -> Result<()> {
        let before = self.budget.values();
        let (pointer, mut span) = self.enter(range.start, value.as_str().unwrap_or_default())?;
        let end = self.cursor.span(range.end..range.end);
        if span.line == end.line {
            span.length = end.column.saturating_sub(span.column);
        }
        self.spans.insert(pointer, span);
        self.add(value, anchor, before, 0)
    }

    /// Adds a location to an error about the scalar that is read next.
    pub(super) fn reject(&mut self, error: Diagnostic, range: Range<usize>) -> Diagnostic {
        match self.enter(range.start, "") {
            Ok((pointer, _)) => error.at(pointer).on(self.cursor.span(range)),
            Err(error) => error,
        }
    }

    pub(super) fn begin_list(&mut self, anchor: Option<String>, start: usize) -> Result<()> {
        self.begin(Content::List(Vec::new()), anchor, start)
    }

    pub(super) fn begin_map(&mut self, anchor: Option<String>, start: usize) -> Result<()> {
        self.begin(Content::Map { entries: Map::new(), merged: Map::new(), key: None }, anchor, start)
    }

    fn begin(&mut self, content: Content, anchor: Option<String>, start: usize) -> Result<()> {
        let before = self.budget.values();
        let (pointer, span) = self.enter(start, "")?;
        if self.open.len() >= MAX_DEPTH {
            return Err(too_deep(&pointer).on(self.cursor.span(start..start)));
        }
        self.spans.insert(pointer.clone(), span);
        self.open.push(Open { pointer, anchor, before, height: 1, content });
        Ok(())
    }

    /// Ends the innermost list or map, and adds it to the enclosing one.
    pub(super) fn end(&mut self) -> Result<()> {
        let Some(Open { anchor, before, height, content, .. }) = self.open.pop() else { return Ok(()) };
        let value = match content {
            Content::List(mut items) => {
                items.shrink_to_fit();
                Value::Array(items)
            }
            Content::Map { mut entries, merged, .. } => {
                add_missing(&mut entries, merged);
                Value::Object(entries)
            }
        };
        self.add(value, anchor, before, height)
    }

    /// Adds a copy of the value to which an alias refers.
    pub(super) fn alias(&mut self, anchor: &str, range: Range<usize>) -> Result<()> {
        let span = self.cursor.span(range.start..range.start);
        let Some(anchored) = self.anchors.get(anchor) else {
            return Err(invalid(&format!("the alias `*{anchor}` does not refer to an earlier value"), span));
        };
        let (value, height) = (anchored.value.clone(), anchored.height);
        if self.expects_key() {
            return match value {
                Value::String(name) => self.key(&name, range),
                Value::Object(_) | Value::Array(_) => self.enter(range.start, "").map(drop),
                value => self.key(&value.to_string(), range),
            };
        }
        self.budget.alias(anchored.count).map_err(|error| error.on(span))?;
        let (pointer, entry) = self.enter(range.start, "")?;
        self.spans.insert(pointer.clone(), entry);
        if self.open.len() + height > MAX_DEPTH {
            return Err(too_deep(&pointer).on(span));
        }
        self.add(value, None, 0, height)
    }

    /// Stores a copy of a value for the aliases of an anchor. `before` is the number of values read before this value.
    pub(super) fn remember(&mut self, anchor: String, value: Value, before: usize, height: usize) -> Result<()> {
        let count = self.budget.values() - before;
        self.budget.repeat(count).map_err(|error| error.on(self.cursor.here()))?;
        self.anchors.insert(anchor, Anchored { value, count, height });
        Ok(())
    }

    /// Returns the number of values read so far.
    pub(super) fn values(&self) -> usize {
        self.budget.values()
    }

    /// Counts the next value, and returns its pointer and the span of its key. If the value has no key, the span is the start of
    /// the value.
    fn enter(&mut self, start: usize, text: &str) -> Result<(String, Span)> {
        let span = self.cursor.span(start..start);
        self.budget.count(text).map_err(|error| error.on(span))?;
        let (pointer, span) = match self.open.last_mut() {
            None => (String::new(), span),
            Some(Open { pointer, content: Content::List(items), .. }) => (format!("{pointer}/{}", items.len()), span),
            Some(Open { content: Content::Map { key: Some(key), .. }, .. }) => (take(&mut key.pointer), key.span),
            Some(Open { pointer, .. }) => {
                let error = Diagnostic::error("a key is a list or a map").at(pointer.as_str()).on(span);
                return Err(error.help("write the key as a string"));
            }
        };
        self.budget.pointer(&pointer).map_err(|error| error.on(span))?;
        Ok((pointer, span))
    }

    /// Adds a complete value to the innermost list or map.
    fn add(&mut self, value: Value, anchor: Option<String>, before: usize, height: usize) -> Result<()> {
        if let Some(anchor) = anchor {
            self.remember(anchor, value.clone(), before, height)?;
        }
        let Some(open) = self.open.last_mut() else {
            self.root = value;
            return Ok(());
        };
        open.height = open.height.max(height + 1);
        match &mut open.content {
            Content::List(items) => items.push(value),
            Content::Map { entries, merged, key } => match key.take() {
                Some(Key { name, .. }) if name != "<<" => drop(entries.insert(name, value)),
                Some(Key { name, .. }) => match merge_sources(value) {
                    // As in Ruby and Python, a later `<<` overrides an earlier one.
                    Ok(sources) => merged.extend(sources),
                    Err(value) => drop(entries.insert(name, value)),
                },
                None => {}
            },
        }
        Ok(())
    }
}

/// Returns the entries in the value of a `<<` key, which must be a map or a list of maps. In a list, earlier maps take precedence.
/// Returns any other value unchanged as an error.
fn merge_sources(value: Value) -> Result<Map<String, Value>, Value> {
    match value {
        Value::Object(entries) => Ok(entries),
        Value::Array(items) if items.iter().all(Value::is_object) => {
            let mut merged = Map::new();
            for item in items {
                if let Value::Object(entries) = item {
                    add_missing(&mut merged, entries);
                }
            }
            Ok(merged)
        }
        value => Err(value),
    }
}

/// Adds to `entries` those entries of `others` whose keys are missing from it.
fn add_missing(entries: &mut Map<String, Value>, others: Map<String, Value>) {
    for (key, value) in others {
        entries.entry(key).or_insert(value);
    }
}

/// Creates an error about text that is not YAML.
pub(super) fn invalid(reason: &str, span: Span) -> Diagnostic {
    Diagnostic::error(format!("the file is not valid YAML: {reason}")).on(span).help("correct the text on this line")
}

fn too_deep(pointer: &str) -> Diagnostic {
    Diagnostic::error(format!("the document nests deeper than {MAX_DEPTH} levels"))
        .at(shortened(pointer))
        .help("flatten the document; OpenAPI descriptions nest a few dozen levels at most")
}
