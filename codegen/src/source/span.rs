//! A place in the text of a file, for diagnostics.

use std::fmt;
use std::sync::Arc;

/// A range of one line. Lines and columns count characters, from one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Span {
    /// The line.
    pub line: usize,
    /// The column of the first character.
    pub column: usize,
    /// The number of characters; zero extends the range to the end of the line.
    pub length: usize,
}

impl Span {
    /// A whole line.
    #[must_use]
    pub fn line(line: usize) -> Self {
        Self { line, column: 1, length: 0 }
    }
}

/// The text of a file, shared by its document and the diagnostics.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Text(Arc<str>);

impl Text {
    /// The text as a slice.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<&str> for Text {
    fn from(text: &str) -> Self {
        Self(text.into())
    }
}

/// Prints the length instead of the text, which would fill a panic message with a whole document.
impl fmt::Debug for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Text({} bytes)", self.0.len())
    }
}
