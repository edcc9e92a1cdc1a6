//! Arguments: how they are read and checked.

pub(crate) mod body;
pub(crate) mod check;
pub(crate) mod read;
pub(crate) mod value;
