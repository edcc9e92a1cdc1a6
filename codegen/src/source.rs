//! Reads files into values with their positions in the text, and creates diagnostics that point to these positions.

pub mod diagnostic;
pub mod document;
mod json;
pub(crate) mod large_stack;
pub(crate) mod limits;
pub mod load;
pub mod span;
mod tree;
mod yaml;
