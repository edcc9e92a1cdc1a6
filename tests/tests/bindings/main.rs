//! Tests of the bindings: recorded payloads, path arguments, throttling and webhooks.
#![allow(clippy::unwrap_used, reason = "a panic fails the test")]

mod conform;
mod path_arguments;
mod throttle;
mod webhooks;
