//! Handlers: one function for each kind of webhook. The function's return value becomes the reply.

mod failure;
mod handler;
mod memory_store;
mod store;

use std::collections::HashMap;
use std::error::Error as StdError;
use std::fmt;
use std::pin::Pin;
use std::sync::Arc;

pub use self::failure::Failure;
use self::handler::Handler;
pub use self::memory_store::MemoryStore;
pub use self::store::DeduplicationStore;
use self::store::ErasedStore;
use super::body::Fields;
use super::delivery::Delivery;
use super::payload::Payload;
use super::reply::{IntoReply, Reply};
use super::verifier::Verifier;
use crate::generated::webhooks::Event;

type BoxError = Box<dyn StdError + Send + Sync>;
type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;
type FailureHook = Arc<dyn Fn(&Failure) + Send + Sync>;

/// A set of webhook handlers, one for each kind. See [the module](super) for an example.
///
/// A webhook whose kind has no handler is passed to the [`fallback`](Self::fallback). Without a fallback, the reply is 501, and
/// Talkable resends the webhook. Handlers may run concurrently. If a handler panics, so does [`handle`](Self::handle).
#[derive(Clone)]
#[must_use]
pub struct Handlers {
    pub(super) verifier: Verifier,
    by_kind: HashMap<&'static str, Handler>,
    fallback: Option<Handler>,
    store: Option<Arc<dyn ErasedStore>>,
    on_failure: Option<FailureHook>,
}

impl Handlers {
    /// Creates an empty set of handlers.
    pub fn new(verifier: Verifier) -> Self {
        Self { verifier, by_kind: HashMap::new(), fallback: None, store: None, on_failure: None }
    }

    /// Sets the handler for a kind.
    ///
    /// The reply is 200 with the [`Answer`](Payload::Answer), or 500 if the handler returns an error.
    pub fn on<E, F, Output, Error>(mut self, handler: F) -> Self
    where
        E: Payload,
        F: Fn(Delivery<E>) -> Output + Send + Sync + 'static,
        Output: Future<Output = Result<E::Answer, Error>> + Send + 'static,
        Error: Into<BoxError>,
    {
        self.by_kind.insert(E::KIND, Handler::new(handler, E::Answer::HAS_BODY, E::Answer::into_reply));
        self
    }

    /// Sets the handler for all kinds that have no handler of their own, including kinds that this version of the crate does
    /// not support. The handler returns the reply.
    pub fn fallback<F, Output, Error>(mut self, handler: F) -> Self
    where
        F: Fn(Delivery) -> Output + Send + Sync + 'static,
        Output: Future<Output = Result<Reply, Error>> + Send + 'static,
        Error: Into<BoxError>,
    {
        // The fallback runs even for resent webhooks, because some kinds need an answer.
        self.fallback = Some(Handler::new::<Event, _, _, _, _>(handler, true, |reply| reply));
        self
    }

    /// Skips webhooks that are marked as handled in the store, and replies to them with 200.
    ///
    /// Webhooks that [need an answer](super::NeedsAnswer) and those passed to the fallback are never skipped. A webhook that
    /// Talkable sends twice at the same time may still be handled twice.
    pub fn deduplicate(mut self, store: impl DeduplicationStore) -> Self {
        self.store = Some(Arc::new(store));
        self
    }

    /// Sets a hook that runs after each [`Failure`], for logs and alerts.
    pub fn on_failure(mut self, hook: impl Fn(&Failure) + Send + Sync + 'static) -> Self {
        self.on_failure = Some(Arc::new(hook));
        self
    }

    /// Verifies a request, calls the handler for its kind, and returns the reply. Failures are converted to replies.
    ///
    /// # Panics
    ///
    /// If the handler panics.
    pub async fn handle(&self, content_type: Option<&str>, body: &[u8]) -> Reply {
        match self.try_handle(content_type, body).await {
            Ok(reply) => reply,
            Err(failure) => self.report(&failure),
        }
    }

    async fn try_handle(&self, content_type: Option<&str>, body: &[u8]) -> Result<Reply, Failure> {
        let fields = Fields::verify(content_type, body, &self.verifier).map_err(Failure::Rejected)?;
        let kind = fields.kind.as_deref().unwrap_or_default().to_owned();
        let Some(handler) = self.by_kind.get(kind.as_str()).or(self.fallback.as_ref()) else {
            return Err(Failure::Unhandled { kind });
        };
        let store = self.store.as_deref().filter(|_| !handler.needs_answer);
        let store = store.map(|store| (store, fields.fingerprint()));
        if let Some((store, fingerprint)) = &store {
            let is_handled = store.is_handled(*fingerprint).await;
            if is_handled.map_err(|source| Failure::StoreRead { kind: kind.clone(), source })? {
                return Ok(Reply::delivered());
            }
        }
        let reply = (handler.call)(&self.verifier, fields).await?;
        if let Some((store, fingerprint)) = store
            && let Err(source) = store.mark_handled(fingerprint).await
        {
            // The handler has succeeded, so the reply remains 200.
            drop(self.report(&Failure::StoreWrite { kind, source }));
        }
        Ok(reply)
    }

    pub(super) fn report(&self, failure: &Failure) -> Reply {
        if let Some(hook) = &self.on_failure {
            hook(failure);
        }
        failure.reply()
    }
}

impl fmt::Debug for Handlers {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut kinds: Vec<_> = self.by_kind.keys().collect();
        kinds.sort_unstable();
        let mut shown = formatter.debug_struct("Handlers");
        shown.field("verifier", &self.verifier).field("kinds", &kinds).field("fallback", &self.fallback.is_some());
        shown.field("deduplicate", &self.store.is_some()).finish_non_exhaustive()
    }
}
