//! Turns Talkable's OpenAPI documents into the sources of the crate `talkable-api`.

pub mod document;
pub mod error;

pub use document::Document;
pub use error::{Error, Result};
