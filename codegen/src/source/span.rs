//! Where something stands in the text of a file, so that whoever reads an error can be shown it.

use std::fmt;
use std::sync::Arc;

/// A stretch of one line. Lines and columns count characters, from one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Span {
    /// The line.
    pub line: usize,
    /// The column of the first character.
    pub column: usize,
    /// How many characters; zero stands for all up to the end of the line.
    pub length: usize,
}

impl Span {
    /// A whole line.
    #[must_use]
    pub fn line(line: usize) -> Self {
        Self { line, column: 1, length: 0 }
    }
}

/// The text of a file, shared by all that point into it.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Text(Arc<str>);

impl Text {
    /// The text itself.
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

/// The length is enough: a document in a panic's message helps nobody.
impl fmt::Debug for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Text({} bytes)", self.0.len())
    }
}
