//! Checks recorded payloads against the bindings, for the `conform` program and the tests.
//!
//! A payload is decoded, encoded again and compared with the original. A field that is missing afterwards is unknown to the
//! bindings; a changed value is a bug in the bindings.

pub mod arguments;
pub mod compare;
pub mod entry;
pub mod examples;
pub mod json;
pub mod judge;
pub mod mutate;
pub mod number;
pub mod program;
pub mod report;
#[rustfmt::skip]
#[allow(deprecated, reason = "the table also lists deprecated types")]
mod table;
