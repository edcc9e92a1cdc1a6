//! Reports on documents: the differences between two documents, the origin of a method, and the elements that the bindings don't
//! use.

mod bindings;
pub mod coverage;
pub mod diff;
pub mod explain;
mod overlay_changes;
pub mod result_examples;
mod stages;
mod suggest;

use std::fmt;

use serde::Serialize;
pub use suggest::suggest;

/// A location in a file.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Location {
    /// The file name, as the user gave it.
    pub file: String,
    /// The line number, starting at 1.
    pub line: Option<usize>,
    /// The JSON pointer.
    pub pointer: Option<String>,
}

/// Writes `FILE:LINE POINTER`. The line and the pointer are omitted if they are unknown.
impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.file)?;
        if let Some(line) = self.line {
            write!(f, ":{line}")?;
        }
        if let Some(pointer) = &self.pointer {
            write!(f, " {pointer}")?;
        }
        Ok(())
    }
}
