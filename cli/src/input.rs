//! Reads and checks arguments.

pub(crate) mod body;
pub(crate) mod check;
pub(crate) mod read;
pub(crate) mod value;
