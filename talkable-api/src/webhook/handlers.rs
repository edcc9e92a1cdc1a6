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
use std::time::Duration;

pub use self::failure::Failure;
use self::handler::Handler;
pub use self::memory_store::MemoryStore;
use self::store::ErasedStore;
pub use self::store::{Claim, DeduplicationStore, Lease};
use super::body::Fields;
use super::delivery::Delivery;
use super::payload::{FromPayload, Payload};
use super::reply::{IntoReply, Reply};
use super::verifier::Verifier;

/// The default duration of a lease. Talkable keeps resending a webhook for longer than this.
const LEASE: Duration = Duration::from_secs(5 * 60);

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
    lease: Duration,
    on_failure: Option<FailureHook>,
}

impl Handlers {
    /// Creates an empty set of handlers.
    pub fn new(verifier: Verifier) -> Self {
        Self { verifier, by_kind: HashMap::new(), fallback: None, store: None, lease: LEASE, on_failure: None }
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

    /// Sets the handler for a kind, like [`on`](Self::on), and passes a clone of the state to each call.
    ///
    /// ```
    /// use std::sync::Arc;
    /// use talkable_api::webhook::{CreateCouponEvent, Delivery, Handlers};
    /// use talkable_api::webhook::{UnsubscribeEvent, Verifier};
    ///
    /// # struct Shop;
    /// # impl Shop {
    /// #     async fn store_coupon(&self, _: Option<String>) -> Result<(), std::io::Error> { Ok(()) }
    /// #     async fn unsubscribe(&self, _: UnsubscribeEvent) -> Result<(), std::io::Error> { Ok(()) }
    /// # }
    /// # fn example(shop: Arc<Shop>) -> Result<(), talkable_api::InvalidError> {
    /// let handlers = Handlers::new(Verifier::new("the-security-key")?)
    ///     .on_with(&shop, |shop, delivery: Delivery<CreateCouponEvent>| async move {
    ///         shop.store_coupon(delivery.event.coupon_code).await
    ///     })
    ///     .on_with(&shop, |shop, delivery: Delivery<UnsubscribeEvent>| async move {
    ///         shop.unsubscribe(delivery.event).await
    ///     });
    /// # Ok(())
    /// # }
    /// ```
    pub fn on_with<S, E, F, Output, Error>(self, state: &S, handler: F) -> Self
    where
        S: Clone + Send + Sync + 'static,
        E: Payload,
        F: Fn(S, Delivery<E>) -> Output + Send + Sync + 'static,
        Output: Future<Output = Result<E::Answer, Error>> + Send + 'static,
        Error: Into<BoxError>,
    {
        let state = state.clone();
        self.on(move |delivery| handler(state.clone(), delivery))
    }

    /// Sets the handler for all kinds that have no handler of their own, including kinds that this version of the crate does
    /// not support. The handler returns the reply. Its argument is usually a `Delivery` of any kind.
    pub fn fallback<E, F, Output, Error>(mut self, handler: F) -> Self
    where
        E: FromPayload,
        F: Fn(Delivery<E>) -> Output + Send + Sync + 'static,
        Output: Future<Output = Result<Reply, Error>> + Send + 'static,
        Error: Into<BoxError>,
    {
        // The fallback runs even for resent webhooks, because some kinds need an answer.
        self.fallback = Some(Handler::new(handler, true, |reply| reply));
        self
    }

    /// Handles each webhook only once, even if several copies arrive at the same time.
    ///
    /// A webhook is claimed in the store before its handler runs. A webhook that was handled gets a 200, and one that is being
    /// handled gets a 503, so that Talkable resends it. After a failure, the claim is released. If the process crashes, the claim
    /// expires after the [`lease`](Self::lease). A handler that takes longer than its lease may run twice.
    ///
    /// Webhooks that [need an answer](super::NeedsAnswer) and those passed to the fallback are never skipped.
    ///
    /// If your handlers write to a database, [one transaction](super#duplicates) is safer than a store.
    pub fn deduplicate(mut self, store: impl DeduplicationStore) -> Self {
        self.store = Some(Arc::new(store));
        self
    }

    /// Sets the time after which a crashed handler counts as failed. The default is 5 minutes.
    pub fn lease(self, lease: Duration) -> Self {
        Self { lease, ..self }
    }

    /// Sets a hook that runs after each [`Failure`], for logs and alerts.
    pub fn on_failure(mut self, hook: impl Fn(&Failure) + Send + Sync + 'static) -> Self {
        self.on_failure = Some(Arc::new(hook));
        self
    }

    /// Verifies a request, calls the handler for its kind, and returns the reply. Failures are converted to replies.
    ///
    /// Dropping the future cancels the handler at its current `.await`. Web servers drop the future if the client disconnects. To
    /// run handlers to completion regardless, spawn them.
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
        let Some(store) = store else { return (handler.call)(&self.verifier, fields).await };
        let lease = Lease::new(fields.fingerprint(), self.lease);
        let claim = store.claim(lease).await;
        match claim.map_err(|source| Failure::StoreRead { kind: kind.clone(), source })? {
            Claim::New => {}
            Claim::InProgress => return Err(Failure::InProgress { kind }),
            Claim::Done => return Ok(Reply::delivered()),
        }
        let result = (handler.call)(&self.verifier, fields).await;
        if result.is_err() {
            if let Err(source) = store.release(lease).await {
                // The claim expires, and the handler's failure determines the reply.
                drop(self.report(&Failure::StoreRelease { kind, source }));
            }
        } else if let Err(source) = store.complete(lease).await {
            // The handler has succeeded, so the reply remains 200.
            drop(self.report(&Failure::StoreWrite { kind, source }));
        }
        result
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
