//! A document as plain values, with the place in the file where each of them stands.
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
use crate::source::span::{Span, Text};

/// A document that was read: its values, and where each of them stands in the file.
#[derive(Clone, Debug)]
pub struct Document {
    /// The file, as the user called it.
    pub name: String,
    /// The values. JSON's model serves YAML documents too, once their keys are text.
    pub value: Value,
    /// The place of each JSON pointer: of a map's entry its key, and a short value beside it.
    pub marks: HashMap<String, Span>,
    /// The file's text.
    pub text: Text,
}

impl Document {
    /// Values that stand in no file.
    pub fn new(name: impl Into<String>, value: Value) -> Self {
        Self { name: name.into(), value, marks: HashMap::new(), text: Text::default() }
    }

    /// The place of a pointer, or of the nearest one around it that the file has.
    #[must_use]
    pub fn mark(&self, pointer: &str) -> Option<Span> {
        let mut pointer = pointer;
        loop {
            if let Some(mark) = self.marks.get(pointer) {
                return Some(*mark);
            }
            pointer = &pointer[..pointer.rfind('/')?];
        }
    }

    /// The line of a pointer, or of the nearest place around it that the file has.
    #[must_use]
    pub fn line(&self, pointer: &str) -> Option<usize> {
        self.mark(pointer).map(|mark| mark.line)
    }

    /// Adds the file and the place in it to an error that knows only its pointer.
    #[must_use]
    pub fn locate(&self, error: Error) -> Error {
        if error.file().is_some() {
            return error;
        }
        let mark = error.mark().or_else(|| self.mark(error.pointer()?));
        let error = error.find_others(|pointer| self.mark(pointer)).in_file(&self.name).in_text(&self.text);
        match mark {
            Some(mark) => error.on(mark),
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
