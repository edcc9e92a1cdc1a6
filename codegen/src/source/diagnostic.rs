//! What went wrong, where in which document, and what to do about it.
//!
//! ```
//! use codegen::Error;
//!
//! let error = Error::new("`/paths` is missing").cure("check that the file is an OpenAPI document");
//! assert!(error.to_string().contains("/paths"));
//! ```

use std::fmt;

use crate::source::span::{Span, Text};

/// The result of a stage.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What a stage refuses or warns of: the message, the place in the document, and the cure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    // In a box, so that a `Result` is no larger than what it holds.
    about: Box<About>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct About {
    message: String,
    file: Option<String>,
    text: Text,
    mark: Option<Span>,
    pointer: Option<String>,
    others: Vec<Other>,
    notes: Vec<String>,
    cure: Option<String>,
}

/// Another place of the same file that has to do with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Other {
    /// The JSON pointer.
    pub pointer: String,
    /// Where it stands in the file, if that is known.
    pub mark: Option<Span>,
    /// What it has to do with it.
    pub label: String,
}

impl Error {
    /// An error that says what happened; the place and the cure follow by [`at`](Self::at) and [`cure`](Self::cure).
    pub fn new(message: impl Into<String>) -> Self {
        Self { about: Box::new(About { message: message.into(), ..About::default() }) }
    }

    /// Names the JSON pointer of the offending place.
    #[must_use]
    pub fn at(mut self, pointer: impl Into<String>) -> Self {
        self.about.pointer = Some(pointer.into());
        self
    }

    /// Names the file, as the user called it.
    #[must_use]
    pub fn in_file(mut self, file: impl Into<String>) -> Self {
        self.about.file = Some(file.into());
        self
    }

    /// Gives the file's text, to be shown.
    #[must_use]
    pub fn in_text(mut self, text: &Text) -> Self {
        self.about.text = text.clone();
        self
    }

    /// Names the line, counted from one.
    #[must_use]
    pub fn on_line(self, line: usize) -> Self {
        self.on(Span::line(line))
    }

    /// Names the place in the file.
    #[must_use]
    pub fn on(mut self, mark: Span) -> Self {
        self.about.mark = Some(mark);
        self
    }

    /// Names another place of the document, and what it has to do with the error.
    #[must_use]
    pub fn beside(mut self, pointer: impl Into<String>, label: impl Into<String>) -> Self {
        self.about.others.push(Other { pointer: pointer.into(), mark: None, label: label.into() });
        self
    }

    /// Adds something that the reader should know.
    #[must_use]
    pub fn note(mut self, note: impl Into<String>) -> Self {
        self.about.notes.push(note.into());
        self
    }

    /// Says in plain words what the reader can do.
    #[must_use]
    pub fn cure(mut self, cure: impl Into<String>) -> Self {
        self.about.cure = Some(cure.into());
        self
    }

    /// Looks the other places up in the file.
    pub(crate) fn find_others(mut self, find: impl Fn(&str) -> Option<Span>) -> Self {
        for other in &mut self.about.others {
            other.mark = other.mark.or_else(|| find(&other.pointer));
        }
        self
    }

    /// What happened.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.about.message
    }

    /// The JSON pointer of the offending place, if there is one.
    #[must_use]
    pub fn pointer(&self) -> Option<&str> {
        self.about.pointer.as_deref()
    }

    /// The file, if it is known.
    #[must_use]
    pub fn file(&self) -> Option<&str> {
        self.about.file.as_deref()
    }

    /// The file's text; empty if nobody has it.
    #[must_use]
    pub fn text(&self) -> &str {
        self.about.text.as_str()
    }

    /// The offending place in the file, if it is known.
    #[must_use]
    pub fn mark(&self) -> Option<Span> {
        self.about.mark
    }

    /// The line of the offending place, counted from one, if it is known.
    #[must_use]
    pub fn line(&self) -> Option<usize> {
        self.about.mark.map(|mark| mark.line)
    }

    /// Other places of the file that have to do with it.
    #[must_use]
    pub fn others(&self) -> &[Other] {
        &self.about.others
    }

    /// What else the reader should know.
    #[must_use]
    pub fn notes(&self) -> &[String] {
        &self.about.notes
    }

    /// What the reader can do, in plain words.
    #[must_use]
    pub fn remedy(&self) -> Option<&str> {
        self.about.cure.as_deref()
    }
}

/// The error without the lines that it is about: for a log, or inside another message.
impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(file) = self.file() {
            write!(f, "{file}:")?;
            if let Some(mark) = self.mark() {
                write!(f, "{}:{}:", mark.line, mark.column)?;
            }
            f.write_str(" ")?;
        }
        f.write_str(self.message())?;
        if let Some(pointer) = self.pointer() {
            let pointer = if pointer.is_empty() { "(the whole document)" } else { pointer };
            write!(f, "\n  at {pointer}")?;
        }
        for note in self.notes() {
            write!(f, "\n  note: {note}")?;
        }
        if let Some(cure) = self.remedy() {
            write!(f, "\n  cure: {cure}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Error {}
