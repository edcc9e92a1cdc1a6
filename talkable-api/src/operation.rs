//! Operations of the API as constants: the generated code declares them, and a [`Call`](crate::Call) sends one.

use reqwest::Method;

/// An operation: its name, its address, and whether it may be repeated.
#[derive(Debug)]
pub struct Operation {
    id: &'static str,
    method: Method,
    template: &'static str,
    site: SitePlace,
    is_idempotent: bool,
}

/// The part of a request that names the site.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SitePlace {
    /// The query parameter `site_slug`.
    Query,
    /// The key `site_slug` of the body.
    Body,
    Nowhere,
}

impl Operation {
    /// Declares an operation that takes no site and is not idempotent.
    #[must_use]
    pub const fn new(id: &'static str, method: Method, template: &'static str) -> Self {
        Self { id, method, template, site: SitePlace::Nowhere, is_idempotent: false }
    }

    /// Sends the site as the query parameter `site_slug`.
    #[must_use]
    pub const fn site_in_query(mut self) -> Self {
        self.site = SitePlace::Query;
        self
    }

    /// Sends the site as the key `site_slug` of the body.
    #[must_use]
    pub const fn site_in_body(mut self) -> Self {
        self.site = SitePlace::Body;
        self
    }

    /// Allows retries after failures that may have happened after the API processed the request.
    #[must_use]
    pub const fn idempotent(mut self) -> Self {
        self.is_idempotent = true;
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

    /// The path with its arguments in braces.
    pub const fn template(&self) -> &'static str {
        self.template
    }

    pub(crate) const fn site(&self) -> SitePlace {
        self.site
    }

    pub(crate) const fn is_idempotent(&self) -> bool {
        self.is_idempotent
    }
}
