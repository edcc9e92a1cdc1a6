//! Connections and routing.

pub(crate) mod host;
mod router;
pub(crate) mod server;
