//! The fields of a request body. The payload is decoded only after the security key is verified.
//!
//! In a form, only the field names, the key and the site are decoded before verification. JSON is scanned completely, but its
//! payload is not decoded, and syntax errors are reported only to senders with a valid key.

mod form;
mod json;

use std::borrow::Cow;

use super::fingerprint::Fingerprint;
use super::rejection::Rejection;
use super::verifier::Verifier;

/// The first bytes of gzip data, which neither a form nor JSON can start with.
const GZIP: &[u8] = b"\x1f\x8b";

const FIELD_NAMES: [&str; 5] = ["key", "site", "type", "extras", "payload"];

/// The fields of a verified webhook. The payload is not decoded yet.
#[derive(Debug)]
pub(crate) struct Fields<'a> {
    pub(crate) site: Option<Cow<'a, str>>,
    pub(crate) kind: Option<Cow<'a, str>>,
    /// The `extras` field, as JSON.
    pub(crate) extras: Option<Cow<'a, str>>,
    /// The payload, as JSON.
    pub(crate) payload: Cow<'a, str>,
}

type Decode<'a> = dyn FnOnce(Option<Cow<'a, str>>) -> Result<Fields<'a>, Rejection> + 'a;

/// A body whose security key is not verified yet.
pub(crate) struct UnverifiedBody<'a> {
    /// The security key, or the rejection of a body without a key.
    key: Result<Cow<'a, str>, Rejection>,
    site: Option<Cow<'a, str>>,
    /// The function that decodes the other fields. Its argument is the site.
    decode: Box<Decode<'a>>,
}

impl<'a> Fields<'a> {
    /// Splits a body into its fields, depending on the content type, and verifies the security key.
    pub(super) fn verify(content_type: Option<&str>, body: &'a [u8], verifier: &Verifier) -> Result<Self, Rejection> {
        let media_type = content_type.and_then(|text| text.split(';').next()).unwrap_or_default().trim();
        let is_form = media_type.eq_ignore_ascii_case("application/x-www-form-urlencoded");
        if !is_form && !media_type.eq_ignore_ascii_case("application/json") {
            return Err(Rejection::unsupported_media_type());
        }
        if body.starts_with(GZIP) {
            return Err(Rejection::compressed());
        }
        verifier.check_size(body)?;
        let unverified = if is_form { UnverifiedBody::from_form(body)? } else { UnverifiedBody::from_json(body) };
        let UnverifiedBody { key, site, decode } = unverified;
        if !verifier.accepts_key(&key?, site.as_deref()) {
            return Err(Rejection::unauthorized("the security key is wrong"));
        }
        decode(site)
    }

    pub(super) fn fingerprint(&self) -> Fingerprint {
        Fingerprint::new(self.kind.as_deref(), self.site.as_deref(), &self.payload)
    }
}

impl<'a> UnverifiedBody<'a> {
    /// Returns the fields without verifying the security key.
    pub(crate) fn without_verification(self) -> Result<Fields<'a>, Rejection> {
        (self.decode)(self.site)
    }
}

fn missing_key() -> Rejection {
    Rejection::unauthorized("the security key is missing")
}
