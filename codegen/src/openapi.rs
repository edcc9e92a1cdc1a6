//! Reads OpenAPI documents: walks them, follows references, and classifies schemas.

pub(crate) mod example;
pub(crate) mod isolate;
pub(crate) mod media_type;
pub(crate) mod node;
pub(crate) mod parameters;
pub mod problem;
pub(crate) mod reach;
pub(crate) mod responses;
pub(crate) mod schema;
pub(crate) mod schema_limits;
pub mod servers;
mod swagger_2;
pub(crate) mod tagged_union;
pub mod union;
pub mod validate;
pub mod walk;
pub mod words;
