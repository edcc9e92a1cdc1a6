//! The fields of a request body. The payload is decoded only after the security key is verified.
//!
//! In a form, only the field names, the key and the site are decoded before verification. JSON is scanned completely, but its
//! payload is not decoded, and syntax errors are reported only to senders with a valid key.

mod form;
mod json;

use std::borrow::Cow;

use self::form::FormFields;
use self::json::JsonFields;
use super::fingerprint::Fingerprint;
use super::rejection::Rejection;
use super::verifier::Verifier;

const FIELD_NAMES: [&str; 5] = ["key", "site", "type", "extras", "payload"];

/// The fields of a verified webhook. The payload is not decoded yet.
#[derive(Debug)]
pub(crate) struct Fields<'a> {
    pub(crate) site: Option<Cow<'a, str>>,
    pub(crate) kind: Option<Cow<'a, str>>,
    /// The extras, as JSON.
    pub(crate) extras: Option<Cow<'a, str>>,
    /// The payload, as JSON.
    pub(crate) payload: Cow<'a, str>,
}

/// The fields of a body whose security key is not verified yet.
pub(crate) struct UnverifiedBody<'a> {
    key: Option<Cow<'a, str>>,
    site: Option<Cow<'a, str>>,
    rest: Rest<'a>,
}

/// The fields that must not be read before verification.
enum Rest<'a> {
    Form(FormFields<'a>),
    Json(JsonFields<'a>),
    /// A syntax error, which is reported only if the key is valid.
    InvalidJson(Rejection),
}

impl<'a> Fields<'a> {
    /// Splits a body into its fields, depending on the content type, and verifies the security key.
    pub(super) fn verify(content_type: Option<&str>, body: &'a [u8], verifier: &Verifier) -> Result<Self, Rejection> {
        let media_type = content_type.and_then(|text| text.split(';').next()).unwrap_or_default().trim();
        let is_form = media_type.eq_ignore_ascii_case("application/x-www-form-urlencoded");
        if !is_form && !media_type.eq_ignore_ascii_case("application/json") {
            return Err(Rejection::unsupported_media_type());
        }
        verifier.check_size(body)?;
        let unverified = if is_form { UnverifiedBody::from_form(body)? } else { UnverifiedBody::from_json(body) };
        unverified.verify(verifier)
    }

    pub(super) fn fingerprint(&self) -> Fingerprint {
        Fingerprint::new(self.kind.as_deref(), self.site.as_deref(), &self.payload)
    }
}

impl<'a> UnverifiedBody<'a> {
    pub(crate) fn from_form(body: &'a [u8]) -> Result<Self, Rejection> {
        let (key, site, fields) = FormFields::parse(body)?;
        Ok(Self { key, site, rest: Rest::Form(fields) })
    }

    pub(crate) fn from_json(body: &'a [u8]) -> Self {
        let (mut fields, result) = JsonFields::parse(body);
        let (key, site) = (fields.key.take().map(Cow::Owned), fields.site.take().map(Cow::Owned));
        let rest = result.map_or_else(Rest::InvalidJson, |()| Rest::Json(fields));
        Self { key, site, rest }
    }

    fn verify(self, verifier: &Verifier) -> Result<Fields<'a>, Rejection> {
        let Some(key) = self.key.as_deref() else {
            return Err(match self.rest {
                Rest::InvalidJson(_) => Rejection::malformed("the body is not a JSON object with webhook fields"),
                Rest::Form(_) | Rest::Json(_) => Rejection::unauthorized("the security key is missing"),
            });
        };
        if !verifier.accepts_key(key, self.site.as_deref()) {
            return Err(Rejection::unauthorized("the security key is wrong"));
        }
        self.without_verification()
    }

    /// Returns the fields without verifying the security key.
    pub(crate) fn without_verification(self) -> Result<Fields<'a>, Rejection> {
        match self.rest {
            Rest::Form(fields) => fields.decode(self.site),
            Rest::Json(fields) => fields.decode(self.site),
            Rest::InvalidJson(rejection) => Err(rejection),
        }
    }
}
