//! Reading text: values that know where they are in the file, and diagnostics that show the place.

pub mod diagnostic;
pub mod document;
pub(crate) mod large_stack;
pub(crate) mod limits;
pub mod load;
pub mod span;
mod surrogates;
