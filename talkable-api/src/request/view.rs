//! Views of requests before they are sent.

use std::fmt;

use bytes::Bytes;
use reqwest::Method;

use super::RequestParts;

/// A view of the request of a [`Call`](crate::Call), before it is sent.
///
/// The path, the query and the body may contain personal data. For logs, use the method and the template.
#[derive(Clone, Copy)]
pub struct Request<'a> {
    parts: &'a RequestParts,
    site_slug: &'a str,
}

impl<'a> Request<'a> {
    pub(crate) fn new(parts: &'a RequestParts, site_slug: &'a str) -> Self {
        Self { parts, site_slug }
    }

    /// The `operationId`, such as `findPerson`.
    pub fn operation(&self) -> &'static str {
        self.parts.operation().id()
    }

    /// The HTTP method.
    pub fn method(&self) -> &'static Method {
        self.parts.operation().method()
    }

    /// The path template, such as `/api/v2/people/{person_slug}`.
    pub fn template(&self) -> &'static str {
        self.parts.operation().template()
    }

    /// The path with its percent-encoded arguments, such as `/api/v2/people/jane%40example.com`. Invalid arguments are not
    /// filled in.
    pub fn path(&self) -> String {
        self.parts.path()
    }

    /// The query without its question mark, or an empty string.
    pub fn query(&self) -> &'a str {
        self.parts.query()
    }

    /// The slug of the site.
    pub fn site_slug(&self) -> &'a str {
        self.site_slug
    }

    /// The value of a header that the caller has added. Names are case-insensitive. The headers of the client, such as
    /// `Authorization`, are not included.
    pub fn header(&self, name: &str) -> Option<&'a str> {
        self.parts.header(name)
    }

    /// The JSON body. `None` for uploads, and if there is no body.
    pub fn body(&self) -> Option<Bytes> {
        self.parts.json(self.site_slug)
    }
}

impl fmt::Debug for Request<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = formatter.debug_struct("Request");
        shown.field("operation", &self.operation()).field("method", self.method());
        shown.field("template", &self.template()).finish_non_exhaustive()
    }
}
