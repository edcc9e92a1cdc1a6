//! The bindings: recorded payloads, path arguments, the throttle's figures, and webhooks.
#![allow(clippy::unwrap_used, reason = "a test that can't go on has failed")]

mod conform;
mod path_arguments;
mod throttle;
mod webhooks;
