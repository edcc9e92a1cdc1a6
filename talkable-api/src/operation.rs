//! One operation of the API as data: what the generated code declares and [`Call`](crate::Call) sends.
//!
//! ```
//! use talkable_api::__private::{Method, Operation, Retry, SiteSlug};
//!
//! static FIND_PERSON: Operation = Operation::new("findPerson", Method::GET, "/api/v2/people/{person_slug}")
//!     .site_slug(SiteSlug::Query)
//!     .retry(Retry::Safe);
//! assert_eq!(FIND_PERSON.id(), "findPerson");
//! ```

pub use reqwest::Method;

/// An operation of the API: its name, how it is addressed, and how often it may be sent.
#[derive(Debug)]
pub struct Operation {
    id: &'static str,
    method: Method,
    template: &'static str,
    site_slug: SiteSlug,
    retry: Retry,
}

/// Where an operation wants to be told which site it is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SiteSlug {
    /// As the query parameter `site_slug`.
    Query,
    /// As the key `site_slug` of the body.
    Body,
    /// Nowhere.
    None,
}

/// When an operation may be sent again.
///
/// An answer of 429 was refused before any work was done, so it allows another attempt whatever the class.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Retry {
    /// Doing it twice is the same as doing it once: also after a 500, 502, 503 or 504, a timeout or a broken connection.
    Safe,
    /// Only when it was certainly not carried out: after a 429, or when no connection came about.
    RefusedOnly,
}

impl Operation {
    /// Declares an operation that is told no site and is only sent again when it was refused.
    #[must_use]
    pub const fn new(id: &'static str, method: Method, template: &'static str) -> Self {
        Self { id, method, template, site_slug: SiteSlug::None, retry: Retry::RefusedOnly }
    }

    /// Says where the site goes.
    #[must_use]
    pub const fn site_slug(mut self, site_slug: SiteSlug) -> Self {
        self.site_slug = site_slug;
        self
    }

    /// Says when it may be sent again.
    #[must_use]
    pub const fn retry(mut self, retry: Retry) -> Self {
        self.retry = retry;
        self
    }

    /// The `operationId` of the API's description.
    pub const fn id(&self) -> &'static str {
        self.id
    }

    /// The HTTP method.
    pub const fn method(&self) -> &Method {
        &self.method
    }

    /// The path with its arguments still in braces.
    pub const fn template(&self) -> &'static str {
        self.template
    }

    pub(crate) const fn place_of_site(&self) -> SiteSlug {
        self.site_slug
    }

    pub(crate) const fn class(&self) -> Retry {
        self.retry
    }
}
