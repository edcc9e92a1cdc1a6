//! The operations of the API, declared as statics by generated code.

use std::fmt;

use reqwest::{Method, StatusCode};

/// An operation of the API.
pub struct Operation {
    /// The `operationId`, such as `findPerson`.
    pub(crate) id: &'static str,
    pub(crate) method: Method,
    /// The path template.
    pub(crate) template: &'static str,
    pub(crate) site: SiteParameter,
    /// The origin of the server, if it differs from the API's.
    pub(crate) server: Option<&'static str>,
    pub(crate) retry_class: RetryClass,
    pub(crate) envelope: Envelope,
    /// Whether the arguments in the body are inside a `data` object.
    pub(crate) has_data: bool,
    /// How the body is encoded.
    pub(crate) encoding: Encoding,
    /// The styles of the form fields whose style is not the default.
    pub(crate) styles: &'static [(&'static str, FieldStyle)],
    /// The media type of the body, unless it is `application/json`.
    pub(crate) content_type: Option<&'static str>,
    /// The value of the `Accept` header, unless it is `application/json`.
    pub(crate) accept: Option<&'static str>,
    /// Whether a redirect counts as a success.
    pub(crate) is_redirect: bool,
    /// Whether the caller reads the body of a successful response in chunks.
    pub(crate) is_download: bool,
}

/// Whether an operation may be repeated after the API may have processed it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum RetryClass {
    /// Repeating the operation has no further effect, so it is retried after every temporary failure.
    Idempotent,
    /// Repeating the operation can have an effect, such as a second e-mail. It is retried only if the API certainly did not
    /// process it: after a 429, or if no connection was made.
    RefusedOnly,
}

/// How the body of a request is encoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Encoding {
    Json,
    /// `application/x-www-form-urlencoded`.
    Form,
    /// `multipart/form-data`.
    Multipart,
}

/// How a field of a form is sent. By default, objects and lists are nested as in Rails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FieldStyle {
    /// The value is sent as JSON.
    Json,
    /// Each item of a list is sent as a field with the name of the list.
    Repeated,
    /// The items of a list are joined with this separator and sent as one value.
    Joined(&'static str),
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
            server: None,
            retry_class: RetryClass::RefusedOnly,
            envelope: Envelope::Required,
            has_data: false,
            encoding: Encoding::Json,
            styles: &[],
            content_type: None,
            accept: None,
            is_redirect: false,
            is_download: false,
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

    /// Sends the requests to another server, given by its origin.
    #[must_use]
    pub const fn server(mut self, origin: &'static str) -> Self {
        self.server = Some(origin);
        self
    }

    /// Declares the operation idempotent, so that it is retried even if the API may have processed the request.
    #[must_use]
    pub const fn idempotent(mut self) -> Self {
        self.retry_class = RetryClass::Idempotent;
        self
    }

    /// Sends the body as `application/x-www-form-urlencoded`.
    #[must_use]
    pub const fn form(mut self) -> Self {
        self.encoding = Encoding::Form;
        self.content_type = Some("application/x-www-form-urlencoded");
        self
    }

    /// Sends the body as `multipart/form-data`.
    #[must_use]
    pub const fn multipart(mut self) -> Self {
        self.encoding = Encoding::Multipart;
        self
    }

    /// Sets the styles of form fields.
    #[must_use]
    pub const fn styles(mut self, styles: &'static [(&'static str, FieldStyle)]) -> Self {
        self.styles = styles;
        self
    }

    /// Sets the media type of the body.
    #[must_use]
    pub const fn content_type(mut self, content_type: &'static str) -> Self {
        self.content_type = Some(content_type);
        self
    }

    /// Sets the value of the `Accept` header.
    #[must_use]
    pub const fn accept(mut self, accept: &'static str) -> Self {
        self.accept = Some(accept);
        self
    }

    /// Declares that the operation responds with a redirect.
    #[must_use]
    pub const fn redirect(mut self) -> Self {
        self.is_redirect = true;
        self
    }

    /// Declares that the caller reads the body of a successful response in chunks.
    #[must_use]
    pub const fn download(mut self) -> Self {
        self.is_download = true;
        self
    }

    /// Whether the status counts as a success of this operation.
    pub(crate) fn is_success(&self, status: StatusCode) -> bool {
        status.is_success() || (self.is_redirect && status.is_redirection())
    }
}

/// Writes only the id, so that the `Debug` output of errors contains no paths.
impl fmt::Debug for Operation {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.id)
    }
}
