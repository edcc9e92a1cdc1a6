//! The bindings: recorded payloads, path arguments, the throttle's figures, and webhooks.

mod conform;
mod path_arguments;
mod throttle;
mod webhooks;
