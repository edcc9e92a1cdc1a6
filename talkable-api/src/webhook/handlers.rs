//! A function for each kind of webhook: what it returns is answered.
//!
//! ```
//! use talkable_api::webhook::{CheckUnsubscribeEvent, Delivery, Guard, Handlers, RewardEvent, UnsubscribeAnswer};
//!
//! # async fn pay(_: &RewardEvent) -> Result<(), std::io::Error> { Ok(()) }
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! let handlers = Handlers::new(Guard::new("the-security-key")?)
//!     .on(|delivery: Delivery<RewardEvent>| async move { pay(&delivery.event).await })
//!     .on(|_: Delivery<CheckUnsubscribeEvent>| async move { Ok::<_, std::io::Error>(UnsubscribeAnswer::new(false)) });
//!
//! // From any web framework:
//! let reply = handlers.answer(Some("application/x-www-form-urlencoded"), b"key=guessed&payload=%7B%7D").await;
//! assert_eq!(reply.status(), 401);
//! # Ok(())
//! # }
//! ```

mod deduplicate;
mod failure;

use std::collections::HashMap;
use std::error::Error as StdError;
use std::fmt;
use std::pin::Pin;
use std::sync::Arc;

use self::deduplicate::Store;
pub use self::deduplicate::{Deduplicate, Recent};
pub use self::failure::Failure;
use super::delivery::{Delivery, Opened};
use super::guard::Guard;
use super::payload::{Answer, FromPayload, Payload};
use super::reply::Reply;
use crate::generated::webhooks::Event;

type BoxError = Box<dyn StdError + Send + Sync>;
type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Is told of failures.
type Hook = Arc<dyn Fn(&Failure) + Send + Sync>;

/// Reads the payload and hands it on.
type Run = Box<dyn for<'a> Fn(&Guard, Opened<'a>) -> BoxFuture<'static, Result<Reply, Failure>> + Send + Sync>;

/// A function for each kind of webhook.
///
/// A kind that has none, and that no [`fallback`](Handlers::fallback) takes, is answered with 501: Talkable goes on sending it,
/// and nothing is lost. Handlers may be called for several deliveries at once. If one panics, so does
/// [`answer`](Handlers::answer); Talkable gets no answer then, and sends the webhook again.
///
/// ```
/// use talkable_api::webhook::{CreateCouponEvent, Delivery, Guard, Handlers};
///
/// # async fn store(_: Option<String>) -> Result<(), std::io::Error> { Ok(()) }
/// let handlers = Handlers::new(Guard::new("the-security-key")?)
///     .on(|delivery: Delivery<CreateCouponEvent>| store(delivery.event.coupon_code));
/// # Ok::<(), talkable_api::InvalidError>(())
/// ```
#[derive(Clone)]
#[must_use]
pub struct Handlers {
    guard: Guard,
    by_kind: HashMap<&'static str, Handler>,
    fallback: Option<Handler>,
    store: Option<Arc<dyn Store>>,
    on_failure: Option<Hook>,
}

#[derive(Clone)]
struct Handler {
    run: Arc<Run>,
    /// Whether the same may be asked again, and has to be answered again.
    is_question: bool,
}

impl Handlers {
    /// Without any function yet.
    ///
    /// ```
    /// # use talkable_api::webhook::{Guard, Handlers};
    /// let handlers = Handlers::new(Guard::new("the-security-key")?);
    /// # Ok::<(), talkable_api::InvalidError>(())
    /// ```
    pub fn new(guard: Guard) -> Self {
        Self { guard, by_kind: HashMap::new(), fallback: None, store: None, on_failure: None }
    }

    /// Calls a function for every webhook of a kind, in the place of one that was there for it before.
    ///
    /// What it returns is answered: the kind's [`Answer`], or 500 for an error, after which Talkable sends the webhook again.
    ///
    /// ```
    /// # use talkable_api::webhook::*;
    /// # fn example(handlers: Handlers) -> Handlers {
    /// handlers.on(|delivery: Delivery<ReferralEvent>| async move {
    ///     println!("{:?}", delivery.event.referrer);
    ///     Ok::<(), std::io::Error>(())
    /// })
    /// # }
    /// ```
    pub fn on<E, F, Answered, Problem>(mut self, handler: F) -> Self
    where
        E: Payload,
        F: Fn(Delivery<E>) -> Answered + Send + Sync + 'static,
        Answered: Future<Output = Result<E::Answer, Problem>> + Send + 'static,
        Problem: Into<BoxError>,
    {
        let handler = Handler::new(handler, E::Answer::EXPECTED, E::Answer::into_reply);
        self.by_kind.insert(E::KIND, handler);
        self
    }

    /// Calls a function for every webhook of a kind that has none of its own, be it known or newer than these bindings.
    ///
    /// ```
    /// # use talkable_api::webhook::*;
    /// # fn example(handlers: Handlers) -> Handlers {
    /// handlers.fallback(|delivery: Delivery| async move {
    ///     println!("passed over {:?}", delivery.kind);
    ///     Ok::<_, std::io::Error>(Reply::delivered())
    /// })
    /// # }
    /// ```
    pub fn fallback<F, Answered, Problem>(mut self, handler: F) -> Self
    where
        F: Fn(Delivery) -> Answered + Send + Sync + 'static,
        Answered: Future<Output = Result<Reply, Problem>> + Send + 'static,
        Problem: Into<BoxError>,
    {
        // Whether it answers a question only the kind can tell, so nothing is taken for answered.
        self.fallback = Some(Handler::new::<Event, _, _, _, _>(handler, true, |reply| reply));
        self
    }

    /// Asks a store before a handler is called whether the same delivery was dealt with, and tells it afterwards.
    ///
    /// A delivery that was dealt with is answered 200. Questions are answered each time, and so is whatever the fallback takes.
    /// What Talkable sends twice at the same moment may still be dealt with twice.
    ///
    /// ```
    /// # use talkable_api::webhook::*;
    /// # fn example(handlers: Handlers) -> Handlers {
    /// handlers.deduplicate(Recent::new(10_000)) // in the memory of this process
    /// # }
    /// ```
    pub fn deduplicate(mut self, store: impl Deduplicate) -> Self {
        self.store = Some(Arc::new(store));
        self
    }

    /// Calls a function with everything that goes wrong, for logs and alarms.
    ///
    /// ```
    /// # use talkable_api::webhook::*;
    /// # fn example(handlers: Handlers) -> Handlers {
    /// handlers.on_failure(|failure| eprintln!("{failure}"))
    /// # }
    /// ```
    pub fn on_failure(mut self, hook: impl Fn(&Failure) + Send + Sync + 'static) -> Self {
        self.on_failure = Some(Arc::new(hook));
        self
    }

    /// Deals with a request, and tells what to answer. What goes wrong is an answer, too.
    ///
    /// # Panics
    ///
    /// If a handler does.
    ///
    /// ```
    /// # use talkable_api::webhook::Handlers;
    /// # async fn example(handlers: &Handlers, body: &[u8]) {
    /// let reply = handlers.answer(Some("application/x-www-form-urlencoded"), body).await;
    /// println!("HTTP/1.1 {}", reply.status());
    /// # }
    /// ```
    pub async fn answer(&self, content_type: Option<&str>, body: &[u8]) -> Reply {
        match self.attempt(content_type, body).await {
            Ok(reply) => reply,
            Err(failure) => self.report(&failure),
        }
    }

    async fn attempt(&self, content_type: Option<&str>, body: &[u8]) -> Result<Reply, Failure> {
        let opened = Opened::body(content_type, body, &self.guard).map_err(Failure::Rejected)?;
        let kind = opened.kind().unwrap_or_default().to_owned();
        let Some(handler) = self.by_kind.get(kind.as_str()).or(self.fallback.as_ref()) else {
            return Err(Failure::Unhandled { kind });
        };
        let store = self.store.as_deref().filter(|_| !handler.is_question);
        let remembered = store.map(|store| (store, opened.fingerprint()));
        if let Some((store, fingerprint)) = &remembered
            && store
                .is_handled(*fingerprint)
                .await
                .map_err(|source| Failure::Deduplication { kind: kind.clone(), source })?
        {
            return Ok(Reply::delivered());
        }
        let reply = (handler.run)(&self.guard, opened).await?;
        if let Some((store, fingerprint)) = remembered
            && let Err(source) = store.mark_handled(fingerprint).await
        {
            // It is done. That it may be done again is for people to know, and no reason to have it sent again.
            drop(self.report(&Failure::NotRemembered { kind, source }));
        }
        Ok(reply)
    }

    /// Tells of a failure, and what to answer.
    pub(super) fn report(&self, failure: &Failure) -> Reply {
        if let Some(hook) = &self.on_failure {
            hook(failure);
        }
        failure.reply()
    }

    #[cfg(feature = "webhook-axum")]
    pub(super) fn guard(&self) -> &Guard {
        &self.guard
    }
}

impl Handler {
    fn new<E, F, Answered, Answer, Problem>(handler: F, is_question: bool, into_reply: fn(Answer) -> Reply) -> Self
    where
        E: FromPayload,
        F: Fn(Delivery<E>) -> Answered + Send + Sync + 'static,
        Answered: Future<Output = Result<Answer, Problem>> + Send + 'static,
        Answer: 'static,
        Problem: Into<BoxError>,
    {
        let run: Run = Box::new(move |guard, opened| {
            let kind = opened.kind().unwrap_or_default().to_owned();
            match opened.read(guard) {
                Ok(delivery) => {
                    let answered = handler(delivery);
                    Box::pin(async move {
                        let answer = answered.await.map_err(|error| Failure::Handler { kind, source: error.into() })?;
                        Ok(into_reply(answer))
                    })
                }
                Err(rejection) => Box::pin(std::future::ready(Err(Failure::Rejected(rejection)))),
            }
        });
        Self { run: Arc::new(run), is_question }
    }
}

impl fmt::Debug for Handlers {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut kinds: Vec<_> = self.by_kind.keys().collect();
        kinds.sort_unstable();
        let mut shown = formatter.debug_struct("Handlers");
        shown.field("guard", &self.guard).field("kinds", &kinds).field("fallback", &self.fallback.is_some());
        shown.field("deduplicate", &self.store.is_some()).finish_non_exhaustive()
    }
}
