//! Turns Talkable's OpenAPI documents into the sources of the crate `talkable-api`.

pub mod complete;
pub mod format;
pub mod generate;
pub mod infer;
pub mod load;
pub mod overlay;
pub mod records;
pub mod repair;
pub mod sample;
pub mod shape;
pub mod transcribe;
pub mod walk;
pub mod words;
pub mod document;
pub mod error;

pub use document::Document;
pub use error::{Error, Result};
pub use generate::{Described, Inputs, Published, Source, describe, to_yaml};
pub use infer::{Inferred, infer};
pub use load::load;
pub use overlay::{Applied, overlay};
pub use repair::{Repaired, repair};
pub use transcribe::transcribe;
