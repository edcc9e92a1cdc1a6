//! Hooks for requests, attempts and calls, and `tracing` spans.

#[cfg_attr(not(feature = "tracing"), path = "observe/call_span/off.rs")]
mod call_span;
mod hooks;

use reqwest::Url;

pub(crate) use call_span::CallSpan;
pub(crate) use hooks::Hooks;
pub use hooks::{Attempt, CallOutcome};

/// The host of a URL, without the brackets of an IPv6 address.
pub(crate) fn host(url: &Url) -> &str {
    url.host_str().unwrap_or_default().trim_matches(['[', ']'])
}
