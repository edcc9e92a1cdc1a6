//! Options for clients and individual calls.

mod api_key;
mod builder;
mod headers;
mod hooks;
mod limits;
#[cfg(feature = "tracing")]
mod tracing;
