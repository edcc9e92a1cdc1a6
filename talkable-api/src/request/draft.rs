//! Requests that hooks can change before they are sent.

use std::fmt;

use super::{Request, RequestParts};
use crate::error::InvalidError;
use crate::observe::{Panicked, guarded};

type OnRequest = Box<dyn Fn(&mut RequestDraft<'_>) + Send + Sync>;

/// The hooks of a client that run before a call is sent.
#[derive(Default)]
pub(crate) struct RequestHooks(pub(crate) Vec<OnRequest>);

/// A request before it is sent, for [`ClientBuilder::on_request`](crate::ClientBuilder::on_request).
///
/// A hook can add headers, but not change the URL, the body or the key.
pub struct RequestDraft<'a> {
    parts: &'a mut RequestParts,
    site_slug: &'a str,
}

impl RequestDraft<'_> {
    /// The request, with the headers of the call and of earlier hooks.
    pub fn request(&self) -> Request<'_> {
        Request::new(self.parts, self.site_slug)
    }

    /// Adds a header, or replaces one of the same name, like [`Call::header`](crate::Call::header).
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
    /// Runs all hooks. Fails if one panics, because the request may lack a required header.
    pub(crate) fn run(&self, parts: &mut RequestParts, site_slug: &str) -> Result<(), InvalidError> {
        for hook in &self.0 {
            let mut draft = RequestDraft { parts: &mut *parts, site_slug };
            guarded(|| hook(&mut draft)).map_err(|Panicked| InvalidError::new("on_request", "a hook panicked"))?;
        }
        Ok(())
    }
}
