//! Tests of the bindings: recorded payloads, path arguments, error reasons, throttling and webhooks.
#![allow(clippy::unwrap_used, reason = "a panic fails the test")]

mod conform;
mod path_arguments;
mod reasons;
mod throttle;
mod webhooks;
