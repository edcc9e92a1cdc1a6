//! A document as plain values, with the line on which each of them stands.
//!
//! ```
//! let document = codegen::load("a.yaml", b"info:\n  title: Shop\n")?;
//! assert_eq!(document.value["info"]["title"], "Shop");
//! assert_eq!(document.line("/info/title"), Some(2));
//! # Ok::<(), codegen::Error>(())
//! ```

use std::borrow::Cow;
use std::collections::HashMap;

use serde_json::Value;

use crate::Error;

/// A document that was read: its values, and where each of them stands in the file.
#[derive(Clone, Debug)]
pub struct Document {
    /// The file, as the user called it.
    pub name: String,
    /// The values. JSON's model serves YAML documents too, once their keys are text.
    pub value: Value,
    /// The line of each JSON pointer, counted from one.
    pub lines: HashMap<String, usize>,
}

impl Document {
    /// The line of a pointer, or of the nearest place around it that the file has.
    #[must_use]
    pub fn line(&self, pointer: &str) -> Option<usize> {
        let mut pointer = pointer;
        loop {
            if let Some(line) = self.lines.get(pointer) {
                return Some(*line);
            }
            pointer = &pointer[..pointer.rfind('/')?];
        }
    }

    /// Adds file and line to an error that knows only its pointer.
    #[must_use]
    pub fn locate(&self, error: Error) -> Error {
        if error.has_file() {
            return error;
        }
        let line = error.line().or_else(|| self.line(error.pointer()?));
        let error = error.in_file(&self.name);
        match line {
            Some(line) => error.on_line(line),
            None => error,
        }
    }
}

/// One step of a JSON pointer, escaped as RFC 6901 asks.
#[must_use]
pub fn escape(step: &str) -> Cow<'_, str> {
    if step.contains(['~', '/']) { Cow::Owned(step.replace('~', "~0").replace('/', "~1")) } else { Cow::Borrowed(step) }
}

/// The pointer of a child.
#[must_use]
pub fn child(pointer: &str, step: &str) -> String {
    format!("{pointer}/{}", escape(step))
}
