//! Mutates documents at random, and checks the invariants of each stage on them.
//!
//! All choices are determined by bytes (see [`Choices`]). Property tests generate the bytes at random, and the fuzzer evolves
//! them. The `load` stage reads the bytes directly. The other stages get a valid document with a few mutations. In three
//! quarters of the runs, the mutations keep the document valid; in the other runs, they can insert arbitrary values anywhere.
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
