//! Documents that are changed at random, and what must hold of each stage whatever it is given.
//!
//! All that is random comes from bytes, see [`Choices`]: the property tests draw them, and the fuzzing breeds them. The stage
//! `load` reads the bytes themselves. The later ones would never see a document that way, so they start from a document that is
//! sound, changed in a few places: mostly so that it stays a description, if an odd one, and in every fourth document so that
//! anything may stand anywhere.
//!
//! ```
//! let ran = mutation::stages::infer(b"some bytes");
//! assert!(ran.reached || ran.refusal.is_some());
//! ```

pub mod anything;
pub mod choices;
pub mod count;
pub mod mutate;
pub mod places;
pub mod seeds;
pub mod stages;

pub use choices::Choices;
pub use mutate::{mutate, mutate_overlay};
