//! Randomly mutated documents, and the invariants of each stage on any input.
//!
//! All randomness comes from bytes (see [`Choices`]), which property tests generate and the fuzzer evolves. The stage `load` reads the
//! bytes themselves. Later stages start from a valid document with a few mutations: most keep it a valid if odd description, and every
//! fourth document has arbitrary values anywhere.
//!
//! ```
//! let ran = mutation::stages::infer(b"some bytes");
//! assert!(ran.reached || ran.refusal.is_some());
//! ```

pub mod choices;
pub mod count;
pub mod mutate;
pub mod places;
pub mod seeds;
pub mod stages;
pub mod values;

pub use choices::Choices;
pub use mutate::{mutate, mutate_overlay};
