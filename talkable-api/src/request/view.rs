//! A look at the request of a call before it is sent.
//!
//! ```
//! # use talkable_api::__private::{Method, Operation, SiteSlug};
//! # use talkable_api::{Call, Client};
//! # static FIND: Operation =
//! #     Operation::new("findPerson", Method::GET, "/api/v2/people/{person_slug}").site_slug(SiteSlug::Query);
//! # let client = Client::new("key-0123", "my-store")?;
//! # let find = |person_slug| -> Call<()> { Call::enveloped(&client, &FIND).segment(person_slug) };
//! let call = find("jane@example.com");
//! let request = call.request();
//! assert_eq!(request.path(), "/api/v2/people/jane%40example.com");
//! assert_eq!(request.template(), "/api/v2/people/{person_slug}");
//! assert_eq!(request.query(), "site_slug=my-store");
//! # Ok::<(), talkable_api::Error>(())
//! ```

use bytes::Bytes;
use reqwest::Method;

use crate::request::RequestParts;

/// A look at the request of a [`Call`](crate::Call).
///
/// Paths, queries and bodies hold what the caller put into them, personal data included: think before you log more than
/// method and template.
///
/// ```
/// # fn example(call: &talkable_api::Call<String>) {
/// let request = call.request();
/// println!("{}: {} {}", request.operation(), request.method(), request.template());
/// # }
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    parts: &'a RequestParts,
}

impl<'a> Request<'a> {
    pub(crate) fn new(parts: &'a RequestParts) -> Self {
        Self { parts }
    }

    /// The operation, by the name that the API's description gives it.
    ///
    /// ```
    /// # fn example(request: talkable_api::Request<'_>) {
    /// println!("{}", request.operation()); // such as findPerson
    /// # }
    /// ```
    pub fn operation(&self) -> &'static str {
        self.parts.operation().id()
    }

    /// The HTTP method.
    ///
    /// ```
    /// # fn example(request: talkable_api::Request<'_>) {
    /// let is_read = request.method() == talkable_api::Method::GET;
    /// # }
    /// ```
    pub fn method(&self) -> &'a Method {
        self.parts.operation().method()
    }

    /// The path with its arguments in braces, which is the same for every call of an operation.
    ///
    /// ```
    /// # fn example(request: talkable_api::Request<'_>) {
    /// println!("{}", request.template()); // such as /api/v2/people/{person_slug}
    /// # }
    /// ```
    pub fn template(&self) -> &'static str {
        self.parts.operation().template()
    }

    /// The path with its arguments in place, percent-encoded. An argument that was refused leaves its braces behind.
    ///
    /// ```
    /// # fn example(request: talkable_api::Request<'_>) {
    /// println!("{}", request.path()); // such as /api/v2/people/jane%40example.com
    /// # }
    /// ```
    pub fn path(&self) -> String {
        self.parts.path()
    }

    /// The query without its question mark; empty if there is none.
    ///
    /// ```
    /// # fn example(request: talkable_api::Request<'_>) {
    /// println!("{}", request.query()); // such as site_slug=my-store
    /// # }
    /// ```
    pub fn query(&self) -> &'a str {
        self.parts.query()
    }

    /// The site that the request is about.
    ///
    /// ```
    /// # fn example(request: talkable_api::Request<'_>) {
    /// println!("{}", request.site_slug());
    /// # }
    /// ```
    pub fn site_slug(&self) -> &'a str {
        self.parts.site_slug()
    }

    /// A header that was added by [`Call::header`](crate::Call::header), by its name in any case. What the client adds
    /// by itself isn't told, the key least of all.
    ///
    /// ```
    /// # fn example(request: talkable_api::Request<'_>) {
    /// println!("{:?}", request.header("X-Correlation-Id"));
    /// # }
    /// ```
    pub fn header(&self, name: &str) -> Option<&'a str> {
        self.parts.header(name)
    }

    /// The JSON body; none if there is no body, or if it is an upload.
    ///
    /// ```
    /// # fn example(request: talkable_api::Request<'_>) {
    /// let length = request.body().map_or(0, |body| body.len());
    /// # }
    /// ```
    pub fn body(&self) -> Option<Bytes> {
        self.parts.json()
    }
}
