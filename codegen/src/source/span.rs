//! Positions in the text of a file, for diagnostics.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

/// A range of characters on one line. Lines and columns are counted from one.
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
    /// Creates a span of the whole line with the given number.
    #[must_use]
    pub fn line(line: usize) -> Self {
        Self { line, column: 1, length: 0 }
    }

    /// Returns the span of the first character after `text`.
    pub(super) fn after(text: &str) -> Self {
        let line = text.rsplit('\n').next().unwrap_or_default();
        Self { line: text.matches('\n').count() + 1, column: line.chars().count() + 1, length: 1 }
    }
}

/// A position that moves forward in the text of a file.
pub(super) struct Cursor<'t> {
    text: &'t str,
    offset: usize,
    line: usize,
    column: usize,
}

impl<'t> Cursor<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        Self { text, offset: 0, line: 1, column: 1 }
    }

    /// Returns the span of a byte range, and moves to its end. The length is zero if the range covers several lines.
    pub(super) fn span(&mut self, range: Range<usize>) -> Span {
        self.advance(range.start);
        let Self { line, column, .. } = *self;
        self.advance(range.end);
        Span { line, column, length: if self.line == line { self.column - column } else { 0 } }
    }

    /// Returns the current position.
    pub(super) fn here(&self) -> Span {
        Span { line: self.line, column: self.column, length: 1 }
    }

    fn advance(&mut self, offset: usize) {
        if offset < self.offset {
            *self = Self::new(self.text);
        }
        for character in self.text.get(self.offset..offset).unwrap_or_default().chars() {
            (self.line, self.column) =
                if character == '\n' { (self.line + 1, 1) } else { (self.line, self.column + 1) };
        }
        self.offset = offset;
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
