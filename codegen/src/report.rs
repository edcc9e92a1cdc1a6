//! Reports about a run: the differences between two documents, the origin of a method, and the unused parts of a document.

mod bindings;
pub mod coverage;
pub mod diff;
pub mod explain;
mod overlay_changes;
mod reach;
mod stages;
mod suggest;

use std::fmt;

use crate::describe::{Inputs, Published};

pub use suggest::suggest;

/// The two kinds of documents.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DocumentKind {
    /// The operations of the API.
    Api,
    /// The webhooks.
    Webhooks,
}

impl<'a> Inputs<'a> {
    /// The document of one kind, with its overlay.
    #[must_use]
    pub fn published(&self, kind: DocumentKind) -> &Published<'a> {
        match kind {
            DocumentKind::Api => &self.v2,
            DocumentKind::Webhooks => &self.webhooks,
        }
    }
}

/// A place in a file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Location {
    /// The file, as the user spelled it.
    pub file: String,
    /// The line, counted from one.
    pub line: Option<usize>,
    /// The JSON pointer.
    pub pointer: Option<String>,
}

/// `FILE:LINE POINTER`, without the parts that are unknown.
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
