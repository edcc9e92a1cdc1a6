//! Whether recorded payloads fit the bindings: what the program `conform` is made of, and the tests that share it.
//!
//! A payload is decoded, encoded again and compared with itself. What did not come back is a field that the bindings
//! don't know; what came back different, they would falsify.

pub mod arguments;
pub mod compare;
pub mod examples;
pub mod json;
pub mod judge;
pub mod mutate;
pub mod names;
pub mod number;
pub mod program;
pub mod report;
