//! What went wrong, where in which document, and what to do about it.
//!
//! ```
//! use codegen::Error;
//!
//! let error = Error::new("`/paths` is missing").cure("check that the file is an OpenAPI document");
//! assert!(error.to_string().contains("/paths"));
//! ```

use std::fmt;

/// The result of a stage.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// A refusal of a stage: the message, the place in the document, and the cure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    message: String,
    file: Option<String>,
    line: Option<usize>,
    pointer: Option<String>,
    cure: Option<String>,
}

impl Error {
    /// An error that says what happened; the place and the cure follow by [`at`](Self::at) and [`cure`](Self::cure).
    pub fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), file: None, line: None, pointer: None, cure: None }
    }

    /// Names the JSON pointer of the offending place.
    #[must_use]
    pub fn at(mut self, pointer: impl Into<String>) -> Self {
        self.pointer = Some(pointer.into());
        self
    }

    /// Names the file, as the user called it.
    #[must_use]
    pub fn in_file(mut self, file: impl Into<String>) -> Self {
        self.file = Some(file.into());
        self
    }

    /// Names the line, counted from one.
    #[must_use]
    pub fn on_line(mut self, line: usize) -> Self {
        self.line = Some(line);
        self
    }

    /// Says in plain words what the reader can do.
    #[must_use]
    pub fn cure(mut self, cure: impl Into<String>) -> Self {
        self.cure = Some(cure.into());
        self
    }

    /// What happened.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.message
    }

    /// The JSON pointer of the offending place, if there is one.
    #[must_use]
    pub fn pointer(&self) -> Option<&str> {
        self.pointer.as_deref()
    }

    /// The line of the offending place, counted from one, if it is known.
    #[must_use]
    pub fn line(&self) -> Option<usize> {
        self.line
    }

    /// Whether the file is already known.
    #[must_use]
    pub fn has_file(&self) -> bool {
        self.file.is_some()
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(file) = &self.file {
            write!(f, "{file}:")?;
            if let Some(line) = self.line {
                write!(f, "{line}:")?;
            }
            f.write_str(" ")?;
        }
        f.write_str(&self.message)?;
        if let Some(pointer) = &self.pointer {
            let pointer = if pointer.is_empty() { "(the whole document)" } else { pointer };
            write!(f, "\n  at {pointer}")?;
        }
        if let Some(cure) = &self.cure {
            write!(f, "\n  cure: {cure}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Error {}
