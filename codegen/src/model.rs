//! The API as plain data: operations, webhooks and types with their Rust names.

pub mod api;
mod bodies;
mod equal_schemas;
pub mod events;
mod headers;
pub mod lower;
pub mod name_collisions;
mod name_types;
pub(crate) mod names;
pub mod normalize;
mod path;
mod progenitor;
mod query;
mod results;
mod root;
pub mod schema;
pub mod types;
mod uploads;
