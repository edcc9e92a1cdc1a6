//! The operations of the API, declared as statics by generated code.

use std::fmt;

use reqwest::Method;

/// An operation of the API.
pub struct Operation {
    /// The `operationId`, such as `findPerson`.
    pub(crate) id: &'static str,
    pub(crate) method: Method,
    /// The path template.
    pub(crate) template: &'static str,
    pub(crate) site: SiteParameter,
    pub(crate) retry_class: RetryClass,
    pub(crate) envelope: Envelope,
    /// Whether the arguments in the body are inside a `data` object.
    pub(crate) has_data: bool,
}

/// Whether an operation may be repeated after the API may have processed it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum RetryClass {
    /// Repeating the operation has no further effect, so it is retried after every temporary failure.
    Idempotent,
    /// Repeating the operation can have an effect, such as a second e-mail. It is retried only if the API certainly did not process
    /// it: after a 429, or if no connection was made.
    RefusedOnly,
}

/// The part of a request that contains the site.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SiteParameter {
    /// The `site_slug` query parameter.
    Query,
    /// The `site_slug` field of the body.
    Body,
    None,
}

/// The envelope of a response.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Envelope {
    /// `{"ok":true,"result":…}`.
    Required,
    /// `{"ok":true,"result":…}`, whose result can be missing.
    Optional,
    /// The response has no envelope.
    None,
}

impl Operation {
    /// Declares an operation that is not idempotent and whose requests do not contain the site.
    #[must_use]
    pub const fn new(id: &'static str, method: Method, template: &'static str) -> Self {
        Self {
            id,
            method,
            template,
            site: SiteParameter::None,
            retry_class: RetryClass::RefusedOnly,
            envelope: Envelope::Required,
            has_data: false,
        }
    }

    /// Sends the site as the `site_slug` query parameter.
    #[must_use]
    pub const fn site_in_query(mut self) -> Self {
        self.site = SiteParameter::Query;
        self
    }

    /// Sends the site as the `site_slug` field of the body.
    #[must_use]
    pub const fn site_in_body(mut self) -> Self {
        self.site = SiteParameter::Body;
        self
    }

    /// Declares that the arguments in the body are inside a `data` object.
    #[must_use]
    pub const fn with_data(mut self) -> Self {
        self.has_data = true;
        self
    }

    /// Declares that the result in the envelope can be missing.
    #[must_use]
    pub const fn optional_result(mut self) -> Self {
        self.envelope = Envelope::Optional;
        self
    }

    /// Declares that responses have no envelope.
    #[must_use]
    pub const fn without_envelope(mut self) -> Self {
        self.envelope = Envelope::None;
        self
    }

    /// Declares the operation idempotent, so that it is retried even if the API may have processed the request.
    #[must_use]
    pub const fn idempotent(mut self) -> Self {
        self.retry_class = RetryClass::Idempotent;
        self
    }
}

/// Writes only the id, so that the `Debug` output of errors contains no paths.
impl fmt::Debug for Operation {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.id)
    }
}
