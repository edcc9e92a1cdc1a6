//! Errors, warnings and notes about a document. Each has a message, a location in the file, and help.
//!
//! ```
//! use codegen::Diagnostic;
//!
//! let error = Diagnostic::error("`/paths` is missing").help("check that the file is an OpenAPI document");
//! assert!(error.to_string().contains("help: check"));
//! ```

use std::fmt;
use std::ops::Deref;

use crate::source::span::{Span, Text};

/// The result of a stage, with a [`Diagnostic`] as its error.
pub type Result<T, E = Diagnostic> = std::result::Result<T, E>;

/// A message about a document. It is built step by step: `Diagnostic::error(…).at(pointer).help(…)`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    // Boxed to keep `Result` small.
    details: Box<Details>,
}

/// The severity of a diagnostic.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// The stage cannot continue.
    #[default]
    Error,
    /// The result is usable, but the document or the overlay needs a change. Warnings make `codegen --check` fail.
    Warning,
    /// A part of the document is left out of the bindings, and no change is needed.
    Note,
}

/// The contents of a diagnostic.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Details {
    /// The severity.
    pub severity: Severity,
    /// The message.
    pub message: String,
    /// The name of the file as the user spelled it, if known.
    pub file: Option<String>,
    /// The text of the file, which is empty if it is unknown.
    pub text: Text,
    /// The position in the file.
    pub span: Option<Span>,
    /// The JSON pointer to the value to which the diagnostic applies, if it applies to a value.
    pub pointer: Option<String>,
    /// The JSON pointers to the parts of the document that are left out of the bindings or become untyped.
    pub parts: Vec<String>,
    /// Related locations in the same file.
    pub related: Vec<Related>,
    /// Additional facts, each shown as a note.
    pub notes: Vec<String>,
    /// A suggestion for the user, if any.
    pub help: Option<String>,
}

/// A related location in the file of a diagnostic.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Related {
    /// The JSON pointer to the related value.
    pub pointer: String,
    /// The position in the file, if known.
    pub span: Option<Span>,
    /// The text shown next to the location.
    pub label: String,
}

impl Diagnostic {
    /// Creates an error.
    pub fn error(message: impl Into<String>) -> Self {
        Self::new(Severity::Error, message)
    }

    /// Creates a warning.
    pub fn warning(message: impl Into<String>) -> Self {
        Self::new(Severity::Warning, message)
    }

    /// Creates a note about a part of the document that is left out of the bindings.
    pub fn left_out(message: impl Into<String>) -> Self {
        Self::new(Severity::Note, message)
    }

    /// Turns an error into a warning.
    pub(crate) fn into_warning(mut self) -> Self {
        self.details.severity = self.details.severity.max(Severity::Warning);
        self
    }

    /// Turns a warning into an error.
    pub(crate) fn into_error(mut self) -> Self {
        self.details.severity = Severity::Error;
        self
    }

    fn new(severity: Severity, message: impl Into<String>) -> Self {
        Self { details: Box::new(Details { severity, message: message.into(), ..Details::default() }) }
    }

    /// Sets the JSON pointer to the value to which the diagnostic applies.
    #[must_use]
    pub fn at(mut self, pointer: impl Into<String>) -> Self {
        self.details.pointer = Some(pointer.into());
        self
    }

    /// Adds the JSON pointer to a part of the document that is left out of the bindings or becomes untyped.
    #[must_use]
    pub fn part(mut self, pointer: impl Into<String>) -> Self {
        self.details.parts.push(pointer.into());
        self
    }

    /// Adds the `parts` of another diagnostic to those of this diagnostic.
    pub(crate) fn add_parts(&mut self, other: Self) {
        self.details.parts.extend(other.details.parts);
    }

    /// Sets the name of the file.
    #[must_use]
    pub fn in_file(mut self, file: impl Into<String>) -> Self {
        self.details.file = Some(file.into());
        self
    }

    /// Sets the text of the file, which is needed to show an excerpt.
    #[must_use]
    pub fn in_text(mut self, text: &Text) -> Self {
        self.details.text = text.clone();
        self
    }

    /// Sets the position to the whole line with the given number, counted from one.
    #[must_use]
    pub fn on_line(self, line: usize) -> Self {
        self.on(Span::line(line))
    }

    /// Sets the position in the file.
    #[must_use]
    pub fn on(mut self, span: Span) -> Self {
        self.details.span = Some(span);
        self
    }

    /// Adds a related location with a label.
    #[must_use]
    pub fn related(mut self, pointer: impl Into<String>, label: impl Into<String>) -> Self {
        self.details.related.push(Related { pointer: pointer.into(), span: None, label: label.into() });
        self
    }

    /// Adds a note with an additional fact.
    #[must_use]
    pub fn note(mut self, note: impl Into<String>) -> Self {
        self.details.notes.push(note.into());
        self
    }

    /// Sets the suggestion for the user.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.details.help = Some(help.into());
        self
    }

    /// Sets the span of each related location that has none. `span` returns the span of a JSON pointer, if known.
    pub(crate) fn locate_related(mut self, span: impl Fn(&str) -> Option<Span>) -> Self {
        for related in &mut self.details.related {
            related.span = related.span.or_else(|| span(&related.pointer));
        }
        self
    }

    /// Returns the number of the line in the file, counted from one, if known.
    #[must_use]
    pub fn line(&self) -> Option<usize> {
        self.span.map(|span| span.line)
    }
}

impl Deref for Diagnostic {
    type Target = Details;

    fn deref(&self) -> &Details {
        &self.details
    }
}

/// Formats the diagnostic without an excerpt of the file, for logs and other messages.
impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(file) = &self.file {
            write!(f, "{file}:")?;
            if let Some(span) = self.span {
                write!(f, "{}:{}:", span.line, span.column)?;
            }
            f.write_str(" ")?;
        }
        f.write_str(&self.message)?;
        if let Some(pointer) = &self.pointer {
            let pointer = if pointer.is_empty() { "(the whole document)" } else { pointer };
            write!(f, "\n  at {pointer}")?;
        }
        for note in &self.notes {
            write!(f, "\n  note: {note}")?;
        }
        if let Some(help) = &self.help {
            write!(f, "\n  help: {help}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Diagnostic {}
