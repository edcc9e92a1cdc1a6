//! Problems in a document. Each problem identifies the smallest part that has to be removed or replaced so that code can be
//! generated for the rest of the document.

use std::collections::HashMap;

use serde_json::{Value, json};

use crate::openapi::node::Node;
use crate::openapi::schema_limits::Limits;
use crate::source::document::child;
use crate::{Diagnostic, Result};

/// The keyword that marks a schema as the replacement for a schema with a problem.
pub(crate) const UNTYPED: &str = "x-untyped";

/// A problem in a document, and the change that leaves out the affected part.
#[derive(Clone, Debug)]
pub struct Problem {
    /// The warning about the problem.
    pub warning: Diagnostic,
    /// The part that is left out.
    pub(crate) part: Part,
}

/// A part of a document that is removed or replaced before types are generated. The complete description still contains the
/// original.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Part {
    pub(crate) pointer: String,
    /// The replacement. If it is `None`, an entry of an object is removed, and an item of an array becomes null.
    pub(crate) replacement: Option<Value>,
}

impl Problem {
    /// Creates a problem that is solved by removing the entry or item at `pointer`. `consequence` becomes a note.
    pub(crate) fn remove(error: Diagnostic, pointer: impl Into<String>, consequence: &str) -> Self {
        let part = Part { pointer: pointer.into(), replacement: None };
        Self { warning: error.into_warning().part(&part.pointer).note(consequence), part }
    }

    /// Creates a problem that is solved by replacing the value at `pointer`.
    pub(crate) fn replace(error: Diagnostic, pointer: impl Into<String>, value: Value, consequence: &str) -> Self {
        let part = Part { pointer: pointer.into(), replacement: Some(value) };
        Self { warning: error.into_warning().part(&part.pointer).note(consequence), part }
    }

    /// Creates a problem with a schema. The values of the schema become untyped JSON.
    pub(crate) fn untyped(error: Diagnostic, pointer: impl Into<String>) -> Self {
        Self::replace(error, pointer, json!({UNTYPED: true}), "the values of this schema are untyped JSON")
    }
}

/// Collects the problems in a document.
#[derive(Debug, Default)]
pub(crate) struct Checker {
    pub(crate) problems: Vec<Problem>,
    pub(crate) limits: Limits,
    /// For each operation ID, the pointer to the first operation with that ID.
    ids: HashMap<String, String>,
}

impl Checker {
    /// Adds a problem.
    pub(crate) fn push(&mut self, problem: Problem) {
        self.problems.push(problem);
    }

    /// Returns the pointer to another operation with this ID, if there is one. Otherwise records the operation.
    pub(crate) fn first_with_id(&mut self, id: &str, operation: &Node<'_>) -> Option<String> {
        let first = self.ids.entry(id.to_owned()).or_insert_with(|| operation.pointer.clone());
        // Several paths can refer to one path item, so an operation can be checked repeatedly.
        Some(first.clone()).filter(|first| *first != operation.pointer)
    }

    /// Returns the given value, which was read from the entry under `key`. If the value is an error, adds a problem that leaves
    /// out the entry, and returns the default value.
    pub(crate) fn keyword<T: Default>(&mut self, node: &Node<'_>, key: &str, value: Result<T>) -> T {
        value.unwrap_or_else(|error| {
            self.push(Problem::remove(error, child(&node.pointer, key), &format!("this `{key}` is ignored")));
            T::default()
        })
    }

    /// Checks that the values under `keys` are strings.
    pub(crate) fn texts(&mut self, node: &Node<'_>, keys: &[&str]) {
        for key in keys {
            let text = node.text_of(key).map(drop);
            self.keyword(node, key, text);
        }
    }

    /// Checks that the values under `keys` are booleans.
    pub(crate) fn flags(&mut self, node: &Node<'_>, keys: &[&str]) {
        for key in keys {
            let flag = node.flag_of(key).map(drop);
            self.keyword(node, key, flag);
        }
    }
}
