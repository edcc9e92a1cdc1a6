//! What stands in for the span of a call when the feature `tracing` is off: nothing.
//!
//! ```no_run
//! # async fn example(call: talkable_api::Call<String>) -> Result<(), talkable_api::Error> {
//! let value = call.await?; // the same with the feature and without it
//! # Ok(())
//! # }
//! ```

use crate::client::Client;
use crate::error::{CallStats, Error};
use crate::observe::Attempt;
use crate::operation::Operation;

pub(crate) struct CallSpan;

#[allow(clippy::unused_self, reason = "the methods are those of the span that this stands in for")]
impl CallSpan {
    pub(crate) fn open(_: &Client, _: &'static Operation) -> Self {
        Self
    }

    pub(crate) fn is_open(&self) -> bool {
        false
    }

    pub(crate) fn around<F: Future>(&self, future: F) -> F {
        future
    }

    pub(crate) fn attempted(&self, _: &Attempt<'_>) {}

    pub(crate) fn hook_panicked(&self) {}

    pub(crate) fn answered(&self, _: u16, _: CallStats) {}

    pub(crate) fn failed(&self, _: &Error) {}
}
