//! A span that does nothing, for builds without the `tracing` feature.

use reqwest::Url;

use super::Attempt;
use crate::call_info::CallStats;
use crate::error::Error;
use crate::operation::Operation;

pub(crate) struct CallSpan;

#[allow(clippy::unused_self, reason = "the signatures match those of the real span")]
impl CallSpan {
    pub(crate) fn new(_: &'static Operation, _: &str, _: &Url) -> Self {
        Self
    }

    pub(crate) fn is_enabled(&self) -> bool {
        false
    }

    pub(crate) fn around<F: Future>(&self, future: F) -> F {
        future
    }

    pub(crate) fn attempted(&self, _: &Attempt<'_>) {}

    pub(crate) fn hook_panicked(&self) {}

    pub(crate) fn succeeded(&self, _: u16, _: CallStats) {}

    pub(crate) fn failed(&self, _: &Error) {}
}
