//! Positions in the text of a file, for diagnostics.

use std::fmt;
use std::sync::Arc;

/// A range of characters within one line. Lines and columns are counted from one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Span {
    /// The line number.
    pub line: usize,
    /// The column of the first character.
    pub column: usize,
    /// The number of characters. Zero means the rest of the line.
    pub length: usize,
}

impl Span {
    /// Creates a span of a whole line.
    #[must_use]
    pub fn line(line: usize) -> Self {
        Self { line, column: 1, length: 0 }
    }
}

/// The text of a file, shared by the document and its diagnostics.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Text(Arc<str>);

impl Text {
    /// Returns the text as a slice.
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

/// Prints only the length, since the whole document would fill a panic message.
impl fmt::Debug for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Text({} bytes)", self.0.len())
    }
}
