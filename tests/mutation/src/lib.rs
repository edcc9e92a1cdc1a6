//! Randomly mutated documents, and the invariants of each stage on any input.
//!
//! Bytes determine all choices (see [`Choices`]); property tests generate them, and the fuzzer evolves them. The stage `load` reads
//! the bytes themselves. The other stages get a valid document with a few mutations. Most mutated documents are still valid
//! descriptions; a quarter of them can have arbitrary values anywhere.
//!
//! ```
//! let run = mutation::stages::infer(b"some bytes");
//! assert!(run.reached || run.error.is_some());
//! ```

pub mod choices;
pub mod count;
pub mod mutate;
pub mod nodes;
pub mod seeds;
pub mod stages;
pub mod values;

pub use choices::Choices;
pub use mutate::{mutate, mutate_overlay};
