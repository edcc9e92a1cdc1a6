//! Verified and decoded webhooks.

use std::borrow::Cow;
use std::fmt;

use serde::de::DeserializeOwned;

use super::body::Fields;
use super::fingerprint::Fingerprint;
use super::payload::{FromPayload, decode};
use super::rejection::Rejection;
use super::verifier::Verifier;
use crate::generated::webhooks::Event;

/// A verified and decoded webhook of any kind, or of the kind whose payload type is `E`.
#[derive(Clone, PartialEq)]
#[non_exhaustive]
pub struct Delivery<E = Event> {
    /// The payload.
    pub event: E,
    /// The kind, such as `reward_web_hook`. `None` for webhooks in the format used before 2019.
    pub kind: Option<String>,
    /// The slug of the site. `None` for webhooks in the format used before 2019.
    pub site: Option<String>,
    extras: Option<String>,
    payload: String,
}

impl Verifier {
    /// Verifies and decodes a webhook of any kind, or of the kind whose payload type is `E`.
    ///
    /// The required `Content-Type` header determines whether the body is a form or JSON.
    ///
    /// ```
    /// use talkable_api::webhook::{Delivery, Event, Rejection, Reply};
    /// use talkable_api::webhook::{UnsubscribeAnswer, Verifier};
    ///
    /// fn receive(
    ///     content_type: Option<&str>,
    ///     body: &[u8],
    ///     verifier: &Verifier,
    /// ) -> Result<Reply, Rejection> {
    ///     // A rejection converts to a reply.
    ///     let delivery: Delivery = verifier.verify(content_type, body)?;
    ///     match delivery.event {
    ///         Event::Reward(event) => println!("pay {:?}", event.reward),
    ///         Event::CheckUnsubscribe(event) => {
    ///             return Ok(event.answer(UnsubscribeAnswer::new(false)));
    ///         }
    ///         _ => return Ok(Reply::unhandled()), // Talkable resends it
    ///     }
    ///     Ok(Reply::delivered())
    /// }
    /// ```
    ///
    /// # Errors
    ///
    /// If the content type is missing or unsupported, the body exceeds a limit, the security key is missing or wrong, the
    /// webhook is of another kind, or the body doesn't decode.
    pub fn verify<E: FromPayload>(&self, content_type: Option<&str>, body: &[u8]) -> Result<Delivery<E>, Rejection> {
        Delivery::decode(Fields::verify(content_type, body, self)?, self)
    }
}

impl<E> Delivery<E> {
    /// The payload as received, in JSON. It includes all fields, even those that are missing in `event`.
    pub fn payload_json(&self) -> &str {
        &self.payload
    }

    /// Decodes the payload to a type of your own, to read fields that are missing in `event`.
    ///
    /// # Errors
    ///
    /// If the payload doesn't decode to that type.
    pub fn payload_as<T: DeserializeOwned>(&self) -> Result<T, Rejection> {
        decode(&self.payload)
    }

    /// The `extras` field, as JSON. `None` for webhooks in the format used before 2022. So far, the field has always been an empty
    /// object.
    pub fn extras_json(&self) -> Option<&str> {
        self.extras.as_deref()
    }

    /// Computes the fingerprint, which is the same whenever Talkable resends the webhook.
    ///
    /// This takes about as long as decoding the payload. Share webhooks contain neither an id nor a time, so identical shares
    /// have the same fingerprint.
    pub fn fingerprint(&self) -> Fingerprint {
        Fingerprint::new(self.kind.as_deref(), self.site.as_deref(), &self.payload)
    }
}

impl<E: FromPayload> Delivery<E> {
    /// Decodes the payload of a verified webhook.
    pub(super) fn decode(fields: Fields<'_>, verifier: &Verifier) -> Result<Self, Rejection> {
        let Fields { site, kind, extras, payload } = fields;
        if !payload.trim_start_matches([' ', '\t', '\r', '\n']).starts_with('{') {
            return Err(Rejection::malformed("the payload is not a JSON object"));
        }
        verifier.check_depth("payload", payload.as_bytes())?;
        Ok(Self {
            event: E::from_payload(kind.as_deref(), &payload)?,
            kind: kind.map(Cow::into_owned),
            site: site.map(Cow::into_owned),
            extras: extras.map(Cow::into_owned),
            payload: payload.into_owned(),
        })
    }
}

/// Omits the payload, which contains personal data.
impl<E> fmt::Debug for Delivery<E> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Delivery").field("kind", &self.kind).field("site", &self.site).finish_non_exhaustive()
    }
}
