//! The public view of a request, for callers and hooks.

use std::fmt;

use bytes::Bytes;
use reqwest::Method;

use super::Request;
use crate::operation::RetryClass;

impl Request {
    /// The `operationId`, such as `findPerson`.
    pub fn operation(&self) -> &'static str {
        self.operation.id
    }

    /// The HTTP method.
    pub fn method(&self) -> &'static Method {
        &self.operation.method
    }

    /// The path template, such as `/api/v2/people/{person_slug}`.
    pub fn template(&self) -> &'static str {
        self.operation.template
    }

    /// Whether the operation may be repeated after the API may have processed it.
    pub fn retry_class(&self) -> RetryClass {
        self.operation.retry_class
    }

    /// The path with its percent-encoded arguments, such as `/api/v2/people/jane%40example.com`. If an argument is
    /// invalid, its placeholder remains in the path.
    pub fn path(&self) -> String {
        format!("{}{}", self.path, self.rest)
    }

    /// The query without its question mark, or an empty string.
    pub fn query(&self) -> &str {
        &self.query
    }

    /// The slug of the site.
    pub fn site_slug(&self) -> &str {
        &self.site_slug
    }

    /// The value of a header added by the caller, if there is one. Names are case-insensitive. Headers set by the client, such as
    /// `Authorization`, are not included.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// The JSON body or the form. `None` if the request has no body or is an upload.
    pub fn body(&self) -> Option<Bytes> {
        self.body.text(self.site_in_body(), self.operation.encoding)
    }
}

impl fmt::Debug for Request {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = formatter.debug_struct("Request");
        shown.field("operation", &self.operation()).field("method", self.method());
        shown.field("template", &self.template()).finish_non_exhaustive()
    }
}
