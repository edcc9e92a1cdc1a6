//! Views of a request before it is sent, for callers and hooks.

use std::fmt;

use bytes::Bytes;
use reqwest::Method;

use super::RequestParts;
use crate::error::InvalidError;
use crate::observe::{Panicked, guarded};

/// A view of the request of a [`Call`](crate::Call) before it is sent.
///
/// The path, the query and the body can contain personal data. For logs, use the method and the template.
#[derive(Clone, Copy)]
pub struct Request<'a> {
    pub(crate) parts: &'a RequestParts,
}

impl<'a> Request<'a> {
    /// The `operationId`, such as `findPerson`.
    pub fn operation(&self) -> &'static str {
        self.parts.operation.id
    }

    /// The HTTP method.
    pub fn method(&self) -> &'static Method {
        &self.parts.operation.method
    }

    /// The path template, such as `/api/v2/people/{person_slug}`.
    pub fn template(&self) -> &'static str {
        self.parts.operation.template
    }

    /// The path with its percent-encoded arguments, such as `/api/v2/people/jane%40example.com`. If an argument is
    /// invalid, its placeholder remains in the path.
    pub fn path(&self) -> String {
        self.parts.path()
    }

    /// The query without its question mark, or an empty string.
    pub fn query(&self) -> &'a str {
        &self.parts.query
    }

    /// The slug of the site.
    pub fn site_slug(&self) -> &'a str {
        &self.parts.site_slug
    }

    /// The value of a header added by the caller. Names are case-insensitive. Headers set by the client, such as
    /// `Authorization`, are not included.
    pub fn header(&self, name: &str) -> Option<&'a str> {
        self.parts.headers.get(name)
    }

    /// The JSON body. `None` if the request has no body or is an upload.
    pub fn body(&self) -> Option<Bytes> {
        self.parts.json()
    }
}

/// A request before it is sent, passed to [`ClientBuilder::on_request`](crate::ClientBuilder::on_request) hooks.
///
/// A hook can add headers. It cannot change the URL, the body or the key.
pub struct RequestDraft<'a> {
    parts: &'a mut RequestParts,
}

impl RequestDraft<'_> {
    /// The request, including the headers of the call and of earlier hooks.
    pub fn request(&self) -> Request<'_> {
        Request { parts: self.parts }
    }

    /// Adds a header, or replaces an existing header with the same name, like [`Call::header`](crate::Call::header).
    pub fn header(&mut self, name: impl AsRef<str>, value: impl AsRef<str>) -> &mut Self {
        self.parts.set_header(name.as_ref(), value.as_ref());
        self
    }
}

type OnRequest = Box<dyn Fn(&mut RequestDraft<'_>) + Send + Sync>;

/// The hooks of a client that run before a call is sent.
#[derive(Default)]
pub(crate) struct RequestHooks(pub(crate) Vec<OnRequest>);

impl RequestHooks {
    /// Runs all hooks. Fails if a hook panics, because the request might then lack a required header.
    pub(crate) fn run(&self, parts: &mut RequestParts) -> Result<(), InvalidError> {
        for hook in &self.0 {
            let mut draft = RequestDraft { parts: &mut *parts };
            guarded(|| hook(&mut draft)).map_err(|Panicked| InvalidError::new("on_request", "a hook panicked"))?;
        }
        Ok(())
    }
}

impl fmt::Debug for Request<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = formatter.debug_struct("Request");
        shown.field("operation", &self.operation()).field("method", self.method());
        shown.field("template", &self.template()).finish_non_exhaustive()
    }
}

impl fmt::Debug for RequestDraft<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("RequestDraft").field("request", &self.request()).finish()
    }
}
