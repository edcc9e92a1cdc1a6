//! Stores of webhooks that are being handled or were handled.

use std::time::Duration;

use super::{BoxError, BoxFuture};
use crate::webhook::Fingerprint;

/// A store of webhooks that are being handled or were handled, such as a table of your database.
///
/// [`claim`](Self::claim) must be atomic: of several claims for one webhook at the same time, only one may get [`Claim::New`]. A
/// table with one row per fingerprint needs a single statement:
///
/// ```sql
/// INSERT INTO webhooks (fingerprint, token, leased_until, done)
/// VALUES ($1, $2, now() + $3, false)
/// ON CONFLICT (fingerprint) DO UPDATE SET token = $2, leased_until = now() + $3
/// WHERE NOT webhooks.done AND webhooks.leased_until < now()
/// ```
///
/// If the statement changes a row, the claim is [`New`](Claim::New). Otherwise, the row's `done` distinguishes
/// [`Done`](Claim::Done) from [`InProgress`](Claim::InProgress). [`complete`](Self::complete) sets `done`, and
/// [`release`](Self::release) deletes the row if it still has the token.
///
/// Implementations can declare the methods as `async fn`.
pub trait DeduplicationStore: Send + Sync + 'static {
    /// The error type of the store.
    type Error: Into<BoxError> + Send;

    /// Leases a webhook to a handler, unless the webhook was handled or has a lease that has not expired.
    fn claim(&self, lease: Lease) -> impl Future<Output = Result<Claim, Self::Error>> + Send;

    /// Marks a webhook as handled.
    fn complete(&self, lease: Lease) -> impl Future<Output = Result<(), Self::Error>> + Send;

    /// Ends the lease after the handler has failed, so that the resent webhook is handled immediately. Does nothing if another
    /// lease has replaced it.
    fn release(&self, lease: Lease) -> impl Future<Output = Result<(), Self::Error>> + Send;
}

/// The right to handle a webhook for a limited time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Lease {
    /// The fingerprint of the webhook. [`Fingerprint::as_bytes`] returns the key to store.
    pub fingerprint: Fingerprint,
    /// A random number that identifies the lease, since a handler may outlive its lease.
    pub token: i64,
    /// The time after which a crashed handler counts as failed.
    pub duration: Duration,
}

/// The result of a [claim](DeduplicationStore::claim).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Claim {
    /// The webhook is now leased to this handler.
    New,
    /// Another handler has a lease. The reply is 503, so that Talkable resends the webhook.
    InProgress,
    /// The webhook was handled. The reply is 200.
    Done,
}

impl Lease {
    /// Creates a lease with a random token, for tests of a store. Otherwise, [`Handlers`](crate::webhook::Handlers) create the
    /// leases.
    #[must_use]
    pub fn new(fingerprint: Fingerprint, duration: Duration) -> Self {
        Self { fingerprint, token: fastrand::i64(..), duration }
    }
}

/// A version of [`DeduplicationStore`] for trait objects.
pub(super) trait ErasedStore: Send + Sync {
    fn claim(&self, lease: Lease) -> BoxFuture<'_, Result<Claim, BoxError>>;
    fn complete(&self, lease: Lease) -> BoxFuture<'_, Result<(), BoxError>>;
    fn release(&self, lease: Lease) -> BoxFuture<'_, Result<(), BoxError>>;
}

impl<S: DeduplicationStore> ErasedStore for S {
    fn claim(&self, lease: Lease) -> BoxFuture<'_, Result<Claim, BoxError>> {
        Box::pin(async move { DeduplicationStore::claim(self, lease).await.map_err(Into::into) })
    }

    fn complete(&self, lease: Lease) -> BoxFuture<'_, Result<(), BoxError>> {
        Box::pin(async move { DeduplicationStore::complete(self, lease).await.map_err(Into::into) })
    }

    fn release(&self, lease: Lease) -> BoxFuture<'_, Result<(), BoxError>> {
        Box::pin(async move { DeduplicationStore::release(self, lease).await.map_err(Into::into) })
    }
}
