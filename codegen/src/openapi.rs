//! Reading OpenAPI: walking a document, following references, and classifying schemas.

pub(crate) mod node;
pub(crate) mod schema;
pub(crate) mod schema_limits;
pub(crate) mod tagged_union;
pub mod validate;
pub mod walk;
pub mod words;
