//! Internals for the tests and benchmarks of this workspace, exempt from semantic versioning.

use serde::de::{DeserializeOwned, Deserializer};

use crate::decode;
use crate::decode::envelope::{self, DecodeFailure};
use crate::decode::location::Mismatch;
pub use crate::operation::Operation;
pub use crate::send::throttle;
pub use reqwest::Method;

/// The JSON pointer to a decoding failure, and the reason for the failure.
pub type PointerAndReason = (String, String);

/// Decodes an envelope with a required result. Returns `None` for `ok: false`.
pub fn enveloped<T: DeserializeOwned>(body: &[u8]) -> Result<Option<T>, PointerAndReason> {
    unless_refused(envelope::enveloped(body))
}

/// Decodes an envelope with an optional result. Returns `None` for `ok: false`.
pub fn enveloped_or_default<T: DeserializeOwned + Default>(body: &[u8]) -> Result<Option<T>, PointerAndReason> {
    unless_refused(envelope::enveloped_or_default(body))
}

/// Decodes a response without an envelope. Returns `None` for `ok: false`.
pub fn whole_body<T: DeserializeOwned>(body: &[u8]) -> Result<Option<T>, PointerAndReason> {
    unless_refused(envelope::whole_body(body))
}

/// Reads an integer like an integer field of a result.
pub fn integer<'de, D: Deserializer<'de>>(deserializer: D) -> Result<i64, D::Error> {
    decode::scalar(deserializer)
}

/// Decodes JSON.
pub fn json<T: DeserializeOwned>(body: &[u8]) -> Result<T, PointerAndReason> {
    serde_json::from_slice(body).map_err(|error| {
        let Mismatch { pointer, reason } = Mismatch::new(body, &error);
        (pointer, reason)
    })
}

/// Returns the kind of a webhook, if it has one, and its payload. Does not verify the security key.
#[cfg(feature = "webhooks")]
pub fn unverified_webhook(body: &[u8], is_form: bool) -> Result<(Option<String>, String), String> {
    use crate::webhook::body::UnverifiedBody;

    let body = if is_form { UnverifiedBody::from_form(body) } else { Ok(UnverifiedBody::from_json(body)) };
    let fields = body.and_then(UnverifiedBody::without_verification);
    let fields = fields.map_err(|rejection| rejection.reason().to_owned())?;
    Ok((fields.kind.map(Into::into), fields.payload.into_owned()))
}

fn unless_refused<T>(result: Result<T, DecodeFailure>) -> Result<Option<T>, PointerAndReason> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(DecodeFailure::Refused) => Ok(None),
        Err(DecodeFailure::Mismatch(Mismatch { pointer, reason })) => Err((pointer, reason)),
    }
}
