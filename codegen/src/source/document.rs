//! A document as untyped JSON values, with the span of every value.
//!
//! ```
//! let document = codegen::load("a.yaml", b"info:\n  title: Shop\n")?;
//! assert_eq!(document.value["info"]["title"], "Shop");
//! assert_eq!(document.line("/info/title"), Some(2));
//! # Ok::<(), codegen::Diagnostic>(())
//! ```

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::Arc;

use serde_json::Value;

use crate::Diagnostic;
use crate::source::span::{Span, Text};

/// The values in a file, with their spans.
#[derive(Clone, Debug, Default)]
pub struct Document {
    /// The name of the file, as the user spelled it.
    pub name: String,
    /// The root value. YAML is converted to JSON, so all keys are strings.
    pub value: Value,
    /// The span for each JSON pointer. The span of an entry covers its key, and also its value if both are on the same line.
    /// Copies of the document share the spans.
    pub spans: Arc<HashMap<String, Span>>,
    /// The text of the file.
    pub text: Text,
}

impl Document {
    /// Creates a document that was not read from a file. It has neither text nor spans.
    pub fn new(name: impl Into<String>, value: Value) -> Self {
        Self { name: name.into(), value, spans: Arc::default(), text: Text::default() }
    }

    /// Returns the span of the value at a pointer. If the value is not in the file, returns the span of its closest ancestor, or
    /// `None` if the document has no spans.
    #[must_use]
    pub fn span(&self, pointer: &str) -> Option<Span> {
        let mut pointer = pointer;
        loop {
            if let Some(span) = self.spans.get(pointer) {
                return Some(*span);
            }
            pointer = &pointer[..pointer.rfind('/')?];
        }
    }

    /// Returns the line of the value at a pointer. If the value is not in the file, returns the line of its closest ancestor, or
    /// `None` if the document has no spans.
    #[must_use]
    pub fn line(&self, pointer: &str) -> Option<usize> {
        self.span(pointer).map(|span| span.line)
    }

    /// Adds the file name, text and spans to a diagnostic that only has JSON pointers.
    #[must_use]
    pub fn locate(&self, diagnostic: Diagnostic) -> Diagnostic {
        if diagnostic.file.is_some() {
            return diagnostic;
        }
        let span = diagnostic.span.or_else(|| self.span(diagnostic.pointer.as_deref()?));
        let located = diagnostic.locate_related(|pointer| self.span(pointer)).in_file(&self.name).in_text(&self.text);
        match span {
            Some(span) => located.on(span),
            None => located,
        }
    }
}

/// Escapes one step of a JSON pointer (RFC 6901, section 3).
#[must_use]
pub fn escape(step: &str) -> Cow<'_, str> {
    if step.contains(['~', '/']) { Cow::Owned(step.replace('~', "~0").replace('/', "~1")) } else { Cow::Borrowed(step) }
}

/// Returns the key of which a step of a JSON pointer is the escaped form.
pub(crate) fn unescape(step: &str) -> String {
    step.replace("~1", "/").replace("~0", "~")
}

/// Returns the pointer to a child: the pointer to its parent, followed by a slash and the escaped `step`.
#[must_use]
pub fn child(pointer: &str, step: &str) -> String {
    let step = escape(step);
    let mut child = String::with_capacity(pointer.len() + 1 + step.len());
    child.extend([pointer, "/", &step]);
    child
}

/// Calls `visit` with the pointer to a child, which is valid only during the call. This is faster than [`child`], because it does
/// not allocate a pointer.
pub(crate) fn with_child<R>(pointer: &mut String, step: &str, visit: impl FnOnce(&mut String) -> R) -> R {
    let length = pointer.len();
    pointer.push('/');
    pointer.push_str(&escape(step));
    let result = visit(pointer);
    pointer.truncate(length);
    result
}
