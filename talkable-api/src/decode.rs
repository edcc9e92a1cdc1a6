//! Decoding of responses.

#[allow(dead_code, reason = "a build may leave out every resource with such a field")]
pub(crate) mod decimal;
pub(crate) mod envelope;
pub(crate) mod json_depth;
#[allow(dead_code, reason = "a build may leave out every resource with such a field")]
mod lenient;
pub(crate) mod location;
mod open_enum;

pub use lenient::integer;
pub(crate) use lenient::*;
#[allow(unused_imports, reason = "a build may leave out every resource that has an enum")]
pub(crate) use open_enum::open_enum;
