//! Reading files: values with their positions in the text, and diagnostics that point to them.

pub mod diagnostic;
pub mod document;
pub(crate) mod large_stack;
pub(crate) mod limits;
pub mod load;
pub mod span;
mod surrogates;
