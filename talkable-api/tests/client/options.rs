//! The options of a client and of a single call.

mod api_key;
mod builder;
mod headers;
mod hooks;
mod limits;
#[cfg(feature = "tracing")]
mod tracing;
