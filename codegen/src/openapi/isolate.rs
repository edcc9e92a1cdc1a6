//! Leaves out the parts of a document that can't be expressed in the bindings, so that everything else can be generated.

use std::collections::{HashMap, HashSet};

use serde_json::Value;

use crate::openapi::problem::{Part, Problem};
use crate::source::document::{Document, unescape};
use crate::{Diagnostic, Result};

/// The parts that were left out of a document, with their original values.
#[derive(Debug, Default)]
pub(crate) struct Isolated {
    /// A warning for each part that was left out.
    warnings: Vec<Diagnostic>,
    /// For each location and message, the index of the warning in `warnings`.
    reported: HashMap<(Option<String>, String), usize>,
    originals: Vec<Original>,
    /// The number of changes at each pointer.
    changes: HashMap<String, usize>,
}

/// The maximum number of changes at one pointer. A few are needed, because a replacement can have a problem itself. More would
/// mean that the changes for two problems keep undoing each other.
const MAX_CHANGES: usize = 10;

/// The original value of a part of the document, or `None` if the part was absent.
#[derive(Debug)]
struct Original {
    pointer: String,
    value: Option<Value>,
    /// The position of the entry among its siblings, if the parent is an object.
    index: usize,
}

impl Isolated {
    /// Runs `attempt` until it finds no problems, and returns its result. After each run, leaves out the parts of the document in
    /// which problems were found.
    ///
    /// # Errors
    ///
    /// Returns the first error from `attempt`. Also returns an error if `attempt` still finds problems in parts that were already
    /// left out.
    pub(crate) fn repeat<T>(
        &mut self,
        document: &mut Document,
        mut attempt: impl FnMut(&Document) -> Result<Result<T, Vec<Problem>>>,
    ) -> Result<T> {
        loop {
            let problems = match attempt(document).map_err(|error| document.locate(error))? {
                Ok(value) => return Ok(value),
                Err(problems) => problems,
            };
            let (mut changed, mut parts) = (false, HashSet::new());
            let first = problems.first().map(|problem| problem.warning.clone());
            for Problem { warning, part } in problems {
                let changes = self.changes.entry(part.pointer.clone()).or_default();
                *changes += 1;
                if *changes <= MAX_CHANGES
                    && parts.insert(part.pointer.clone())
                    && self.leave_out(&mut document.value, part)
                {
                    changed = true;
                    // A mistake that affects several parts is reported only once.
                    let next = self.warnings.len();
                    let key = (warning.pointer.clone(), warning.message.clone());
                    match self.warnings.get_mut(*self.reported.entry(key).or_insert(next)) {
                        Some(known) => known.add_parts(warning),
                        None => self.warnings.push(document.locate(warning)),
                    }
                }
            }
            if !changed {
                let error = first.unwrap_or_else(|| Diagnostic::error("the document has a problem without a location"));
                return Err(document.locate(error.into_error()));
            }
        }
    }

    /// Puts the original values back, and returns a warning for each part that was left out.
    pub(crate) fn restore(self, document: &mut Value) -> Vec<Diagnostic> {
        for Original { pointer, value, index } in self.originals.into_iter().rev() {
            let Some((parent, key)) = parent(document, &pointer) else { continue };
            match (parent, value) {
                (Value::Object(entries), Some(value)) if !entries.contains_key(&key) => {
                    entries.shift_insert(index, key, value);
                }
                (Value::Object(entries), Some(value)) => drop(entries.insert(key, value)),
                (Value::Object(entries), None) => drop(entries.shift_remove(&key)),
                (Value::Array(items), Some(value)) => {
                    if let Some(item) = key.parse().ok().and_then(|index: usize| items.get_mut(index)) {
                        *item = value;
                    }
                }
                _ => {}
            }
        }
        self.warnings
    }

    /// Removes or replaces a part of the document. Returns whether the document changed.
    fn leave_out(&mut self, document: &mut Value, Part { pointer, replacement }: Part) -> bool {
        let Some((parent, key)) = parent(document, &pointer) else { return false };
        let original = match parent {
            Value::Object(entries) => {
                let index = entries.keys().position(|known| *known == key).unwrap_or(entries.len());
                let value = match &replacement {
                    Some(replacement) => entries.insert(key, replacement.clone()),
                    None => entries.shift_remove(&key),
                };
                Original { pointer, value, index }
            }
            Value::Array(items) => {
                let Some(item) = key.parse().ok().and_then(|index: usize| items.get_mut(index)) else { return false };
                let value = std::mem::replace(item, replacement.clone().unwrap_or_default());
                Original { pointer, value: Some(value), index: 0 }
            }
            _ => return false,
        };
        if original.value == replacement {
            return false;
        }
        self.originals.push(original);
        true
    }
}

/// Returns the parent of the value at a pointer, and the last step of the pointer, unescaped.
fn parent<'v>(document: &'v mut Value, pointer: &str) -> Option<(&'v mut Value, String)> {
    let (parent, key) = pointer.rsplit_once('/')?;
    Some((document.pointer_mut(parent)?, unescape(key)))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn restores_the_document() {
        let value = json!({"a": 1, "b": [{"c": 2}, 3], "d/e": {}});
        let mut document = Document::new("a.yaml", value.clone());
        let problem = |pointer: &str, replacement| Problem {
            warning: Diagnostic::warning(pointer),
            part: Part { pointer: pointer.to_owned(), replacement },
        };
        let mut rounds = vec![
            vec![problem("/b/0/c", None), problem("/d~1e", None), problem("/f", Some(json!(true)))],
            vec![problem("/b/0", None), problem("/a", None), problem("/b/1", Some(json!({})))],
        ];
        let mut isolated = Isolated::default();
        let found =
            isolated.repeat(&mut document, |document| Ok(rounds.pop().map_or_else(|| Ok(document.value.clone()), Err)));
        assert_eq!(found.unwrap(), json!({"b": [null, {}], "f": true}));
        assert_eq!(isolated.restore(&mut document.value).len(), 5);
        assert_eq!(document.value, value);
        assert_eq!(document.value.to_string(), value.to_string());
    }

    #[test]
    fn stops_if_a_problem_remains() {
        let mut document = Document::new("a.yaml", json!({"a": 1}));
        let problem = Problem::remove(Diagnostic::error("the value is wrong"), "/a", "the value is left out");
        let error = Isolated::default().repeat(&mut document, |_| Ok(Err::<(), _>(vec![problem.clone()]))).unwrap_err();
        assert_eq!((error.message.as_str(), error.severity), ("the value is wrong", crate::Severity::Error));
    }
    #[test]
    fn stops_if_two_problems_undo_each_other() {
        let mut document = Document::new("a.yaml", json!({"a": 1}));
        let attempt = |document: &Document| {
            let error = Diagnostic::error("the value is wrong");
            let replacement = if document.value["a"] == 1 { json!(2) } else { json!(1) };
            Ok(Err::<(), _>(vec![Problem::replace(error, "/a", replacement, "another value is used")]))
        };
        let error = Isolated::default().repeat(&mut document, attempt).unwrap_err();
        assert_eq!(error.message, "the value is wrong");
    }
}
