//! Compares recorded payloads with the bindings, for the program `conform` and the tests.
//!
//! A payload is decoded, encoded again and compared with the original. A field that is lost is unknown to the bindings; a value that
//! differs is a bug in them.

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
#[allow(deprecated, reason = "it also lists types that the API deprecates")]
mod table;
