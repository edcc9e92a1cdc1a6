//! Code of the caller's that looks at requests, attempts and outcomes, and adds headers.
//!
//! ```
//! use std::sync::atomic::{AtomicU64, Ordering};
//! use talkable_api::Client;
//!
//! static REFUSED: AtomicU64 = AtomicU64::new(0);
//!
//! let client = Client::builder()
//!     .api_key("a-key-of-your-site")
//!     .site_slug("my-store")
//!     .on_request(|draft| {
//!         draft.header("X-Correlation-Id", "order-1042");
//!     })
//!     .on_attempt(|attempt| {
//!         if attempt.status() == Some(429) {
//!             REFUSED.fetch_add(1, Ordering::Relaxed);
//!         }
//!     })
//!     .build()?;
//! # Ok::<(), talkable_api::Error>(())
//! ```

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::error::InvalidError;
use crate::observe::Attempt;
use crate::observe::Outcome;
use crate::request::Request;
use crate::request::RequestParts;

type OnRequest = Box<dyn Fn(&mut Draft<'_>) + Send + Sync>;
type OnAttempt = Box<dyn Fn(&Attempt<'_>) + Send + Sync>;
type OnCall = Box<dyn Fn(&Outcome<'_>) + Send + Sync>;

/// All hooks of a client, each kind in the order in which they were given.
#[derive(Default)]
pub(crate) struct Hooks {
    on_request: Vec<OnRequest>,
    on_attempt: Vec<OnAttempt>,
    on_call: Vec<OnCall>,
}

/// A hook that panicked. The panic itself has been reported by Rust's own panic hook.
#[derive(Debug)]
pub(crate) struct Panicked;

/// A request that is about to be sent, in the hands of [`ClientBuilder::on_request`](crate::ClientBuilder::on_request).
///
/// Headers can be added to it. Nothing else can be changed: neither where it goes, nor what it carries, nor the key.
///
/// ```
/// use talkable_api::Draft;
///
/// fn correlate(draft: &mut Draft<'_>) {
///     let id = format!("{}-{}", draft.request().operation(), draft.request().site_slug());
///     draft.header("X-Correlation-Id", id);
/// }
///
/// let builder = talkable_api::Client::builder().on_request(correlate);
/// ```
pub struct Draft<'a> {
    parts: &'a mut RequestParts,
}

impl Draft<'_> {
    /// The request as it is so far, with the headers that the call and earlier hooks have added.
    ///
    /// ```
    /// let builder = talkable_api::Client::builder().on_request(|draft| {
    ///     println!("{} {}", draft.request().method(), draft.request().template());
    /// });
    /// ```
    pub fn request(&self) -> Request<'_> {
        Request::new(self.parts)
    }

    /// Adds a header, in place of one of the same name, as [`Call::header`](crate::Call::header) does. If it is unfit,
    /// nothing is sent, and the call ends with [`Error::Invalid`](crate::Error::Invalid).
    ///
    /// ```
    /// let builder = talkable_api::Client::builder().on_request(|draft| {
    ///     draft.header("X-Correlation-Id", "order-1042").header("X-Tenant", "7");
    /// });
    /// ```
    pub fn header(&mut self, name: impl AsRef<str>, value: impl AsRef<str>) -> &mut Self {
        self.parts.set_header(name.as_ref(), value.as_ref());
        self
    }
}

impl fmt::Debug for Draft<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Draft").field("request", &self.request()).finish()
    }
}

impl Hooks {
    pub(crate) fn push_on_request(&mut self, hook: OnRequest) {
        self.on_request.push(hook);
    }

    pub(crate) fn push_on_attempt(&mut self, hook: OnAttempt) {
        self.on_attempt.push(hook);
    }

    pub(crate) fn push_on_call(&mut self, hook: OnCall) {
        self.on_call.push(hook);
    }

    pub(crate) fn watches_calls(&self) -> bool {
        !self.on_call.is_empty()
    }

    pub(crate) fn watches_attempts(&self) -> bool {
        !self.on_attempt.is_empty()
    }

    /// A request that a hook has panicked over may lack what the hook was there for, so it isn't sent.
    pub(crate) fn prepare(&self, parts: &mut RequestParts) -> Result<(), InvalidError> {
        for hook in &self.on_request {
            let mut draft = Draft { parts: &mut *parts };
            guarded(|| hook(&mut draft)).map_err(|Panicked| InvalidError::new("on_request", "a hook panicked"))?;
        }
        Ok(())
    }

    /// What has been answered stays answered, so a panic over it goes no further than this.
    pub(crate) fn attempted(&self, attempt: &Attempt<'_>) -> Result<(), Panicked> {
        self.on_attempt.iter().map(|hook| guarded(|| hook(attempt))).fold(Ok(()), Result::and)
    }

    /// The same for the end of a call, whose span is closed by then.
    pub(crate) fn ended(&self, outcome: &Outcome<'_>) {
        for hook in &self.on_call {
            let _ = guarded(|| hook(outcome));
        }
    }
}

/// Hooks get nothing that a panic could leave half-done: a draft that is dropped, or an attempt that can't be changed.
fn guarded(hook: impl FnOnce()) -> Result<(), Panicked> {
    catch_unwind(AssertUnwindSafe(hook)).map_err(|_| Panicked)
}
