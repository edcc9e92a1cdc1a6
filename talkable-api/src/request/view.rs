//! A read-only view of a request before it is sent.

use std::fmt;

use bytes::Bytes;
use reqwest::Method;

use super::RequestParts;

/// A view of the request of a [`Call`](crate::Call).
///
/// Paths, queries and bodies contain what the caller put into them, personal data included, so consider logging only the
/// method and the template.
///
/// ```
/// # use talkable_api::__private::{Method, Operation};
/// # use talkable_api::{Call, Client};
/// # static FIND: Operation =
/// #     Operation::new("findPerson", Method::GET, "/api/v2/people/{person_slug}").site_in_query();
/// # let client = Client::new("key-0123", "my-store")?;
/// # let find = |person_slug| -> Call<()> { Call::enveloped(&client, &FIND).segment(person_slug) };
/// let call = find("jane@example.com");
/// let request = call.request();
/// assert_eq!(request.path(), "/api/v2/people/jane%40example.com");
/// assert_eq!(request.template(), "/api/v2/people/{person_slug}");
/// assert_eq!(request.query(), "site_slug=my-store");
/// # Ok::<(), talkable_api::Error>(())
/// ```
#[derive(Clone, Copy)]
pub struct Request<'a> {
    parts: &'a RequestParts,
    site_slug: &'a str,
}

impl<'a> Request<'a> {
    pub(crate) fn new(parts: &'a RequestParts, site_slug: &'a str) -> Self {
        Self { parts, site_slug }
    }

    /// The `operationId` of the API's description, such as `findPerson`.
    pub fn operation(&self) -> &'static str {
        self.parts.operation().id()
    }

    /// The HTTP method.
    pub fn method(&self) -> &'static Method {
        self.parts.operation().method()
    }

    /// The path with its arguments in braces.
    pub fn template(&self) -> &'static str {
        self.parts.operation().template()
    }

    /// The path with its arguments, percent-encoded. An invalid argument leaves its braces in place.
    pub fn path(&self) -> String {
        self.parts.path()
    }

    /// The query without its question mark; empty if there is none.
    pub fn query(&self) -> &'a str {
        self.parts.query()
    }

    /// The site of the request.
    pub fn site_slug(&self) -> &'a str {
        self.site_slug
    }

    /// A header that [`Call::header`](crate::Call::header) added, by its name in any case. The headers of the client, the
    /// key among them, are not included.
    pub fn header(&self, name: &str) -> Option<&'a str> {
        self.parts.header(name)
    }

    /// The JSON body; `None` if there is no body, or if it is an upload.
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
