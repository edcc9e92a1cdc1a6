//! The future of a call.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use crate::error::Error;

/// The future of a [`Call`](crate::Call), returned by [`Call::send`](crate::Call::send).
///
/// The future is `Send`, `Unpin` and `'static`, so it works with `tokio::spawn`, `JoinSet`, `join_all`, `try_join!` and `select!`.
///
/// # Cancel safety
///
/// The future can be polled in `select!` by reference, which preserves the progress of the call. Dropping the future cancels the
/// call: it gives up its place in the throttle's queue, and nothing more is sent. A request that is already in flight may still be
/// processed, and no error states whether it was. To avoid this uncertainty, spawn the call and detach the task, or limit it with
/// [`deadline`](crate::Call::deadline) and check the [`verdict`](crate::Error::verdict).
#[must_use = "futures do nothing unless you `.await` or poll them"]
pub struct CallFuture<T>(pub(crate) Pin<Box<dyn Future<Output = Result<T, Error>> + Send>>);

impl<T> Future for CallFuture<T> {
    type Output = Result<T, Error>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        self.0.as_mut().poll(context)
    }
}

impl<T> fmt::Debug for CallFuture<T> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("CallFuture").finish_non_exhaustive()
    }
}
