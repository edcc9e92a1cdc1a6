//! Stores of handled webhooks.

use super::{BoxError, BoxFuture};
use crate::webhook::Fingerprint;

/// A store of handled webhooks, such as a table of your database.
///
/// A webhook is marked as handled after its handler has succeeded. If the process exits before the webhook is marked, the
/// handler runs again for the resent webhook.
///
/// Implementations can declare both methods as `async fn`. [`Fingerprint::as_bytes`] returns the key to store.
pub trait DeduplicationStore: Send + Sync + 'static {
    /// The error type of the store.
    type Error: Into<BoxError> + Send;

    /// Whether a webhook is marked as handled.
    fn is_handled(&self, fingerprint: Fingerprint) -> impl Future<Output = Result<bool, Self::Error>> + Send;

    /// Marks a webhook as handled.
    fn mark_handled(&self, fingerprint: Fingerprint) -> impl Future<Output = Result<(), Self::Error>> + Send;
}

/// A version of [`DeduplicationStore`] for trait objects.
pub(super) trait ErasedStore: Send + Sync {
    fn is_handled(&self, fingerprint: Fingerprint) -> BoxFuture<'_, Result<bool, BoxError>>;
    fn mark_handled(&self, fingerprint: Fingerprint) -> BoxFuture<'_, Result<(), BoxError>>;
}

impl<S: DeduplicationStore> ErasedStore for S {
    fn is_handled(&self, fingerprint: Fingerprint) -> BoxFuture<'_, Result<bool, BoxError>> {
        Box::pin(async move { DeduplicationStore::is_handled(self, fingerprint).await.map_err(Into::into) })
    }

    fn mark_handled(&self, fingerprint: Fingerprint) -> BoxFuture<'_, Result<(), BoxError>> {
        Box::pin(async move { DeduplicationStore::mark_handled(self, fingerprint).await.map_err(Into::into) })
    }
}
