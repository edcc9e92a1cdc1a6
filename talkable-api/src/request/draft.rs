//! Requests in the hands of the hooks that run before they are sent.

use std::fmt;

use super::{Request, RequestParts};
use crate::error::InvalidError;
use crate::observe::{Panicked, guarded};

type OnRequest = Box<dyn Fn(&mut RequestDraft<'_>) + Send + Sync>;

/// The hooks of a client that run before a request is sent, in the order in which they were added.
#[derive(Default)]
pub(crate) struct RequestHooks(Vec<OnRequest>);

/// A request that is about to be sent, for [`ClientBuilder::on_request`](crate::ClientBuilder::on_request).
///
/// A hook can add headers. It can change neither the address, nor the body, nor the key.
///
/// ```
/// use talkable_api::RequestDraft;
///
/// fn correlate(draft: &mut RequestDraft<'_>) {
///     let id = format!("{}-{}", draft.request().operation(), draft.request().site_slug());
///     draft.header("X-Correlation-Id", id);
/// }
///
/// let builder = talkable_api::Client::builder().on_request(correlate);
/// ```
pub struct RequestDraft<'a> {
    parts: &'a mut RequestParts,
    site_slug: &'a str,
}

impl RequestDraft<'_> {
    /// The request with the headers that the call and earlier hooks have added.
    pub fn request(&self) -> Request<'_> {
        Request::new(self.parts, self.site_slug)
    }

    /// Adds a header, or replaces one of the same name, as [`Call::header`](crate::Call::header) does. If it is invalid,
    /// nothing is sent, and the call fails with [`Error::Invalid`](crate::Error::Invalid).
    pub fn header(&mut self, name: impl AsRef<str>, value: impl AsRef<str>) -> &mut Self {
        self.parts.set_header(name.as_ref(), value.as_ref());
        self
    }
}

impl fmt::Debug for RequestDraft<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("RequestDraft").field("request", &self.request()).finish()
    }
}

impl RequestHooks {
    pub(crate) fn push(&mut self, hook: OnRequest) {
        self.0.push(hook);
    }

    /// Runs all hooks. A request that a hook panicked over may lack a header that it needs, so it is not sent.
    pub(crate) fn run(&self, parts: &mut RequestParts, site_slug: &str) -> Result<(), InvalidError> {
        for hook in &self.0 {
            let mut draft = RequestDraft { parts: &mut *parts, site_slug };
            guarded(|| hook(&mut draft)).map_err(|Panicked| InvalidError::new("on_request", "a hook panicked"))?;
        }
        Ok(())
    }
}
