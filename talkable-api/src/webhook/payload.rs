//! Payloads of webhooks: their kinds, decoding and answers.

use serde::de::DeserializeOwned;

use super::rejection::Rejection;
use super::reply::IntoReply;
use crate::decode::envelope::Object;
use crate::decode::location::Mismatch;

/// The payload of one kind of webhook.
///
/// Implement this trait for kinds that are not supported by this version of the crate:
///
/// ```
/// use talkable_api::webhook::testing::WebhookBuilder;
/// use talkable_api::webhook::{Delivery, Payload, Verifier};
///
/// #[derive(serde::Deserialize)]
/// struct PointsEvent {
///     points: i64,
/// }
///
/// impl Payload for PointsEvent {
///     const KIND: &'static str = "points_web_hook";
///     type Answer = ();
/// }
///
/// let verifier = Verifier::new("the-security-key")?;
/// let webhook = WebhookBuilder::sample::<PointsEvent>().set("/points", 25);
/// let request = webhook.form("the-security-key");
/// let content_type = Some(request.content_type);
/// let delivery: Delivery<PointsEvent> = verifier.verify(content_type, &request.body)?;
/// assert_eq!(delivery.event.points, 25);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub trait Payload: DeserializeOwned + Send + 'static {
    /// The kind, which is the value of the `type` field.
    const KIND: &'static str;
    /// The `operationId` in the webhooks document.
    const OPERATION: &'static str = Self::KIND;
    /// A payload with a sample value in every field, as JSON.
    const SAMPLE: &'static str = "{}";
    /// The type of the answer that Talkable needs, or `()` if a 2xx is enough.
    type Answer: IntoReply;
}

/// A type to which the payload of a [`Delivery`](super::Delivery) can be decoded: a [`Payload`], or [`Event`](super::Event).
pub trait FromPayload: Sized {
    /// Decodes the JSON payload of a webhook of the given kind. `kind` is `None` for webhooks in the format used before 2019.
    ///
    /// # Errors
    ///
    /// If the webhook is of another kind, or the JSON doesn't decode.
    fn from_payload(kind: Option<&str>, payload: &str) -> Result<Self, Rejection>;
}

impl<P: Payload> FromPayload for P {
    fn from_payload(kind: Option<&str>, payload: &str) -> Result<Self, Rejection> {
        match kind {
            Some(kind) if kind != P::KIND => {
                Err(Rejection::malformed(format!("the webhook is not of kind `{}`", P::KIND)))
            }
            // If a webhook has no kind, trust the caller, who may know the kind from the URL.
            Some(_) | None => decode(payload),
        }
    }
}

/// Decodes a payload, which must be a JSON object.
pub(crate) fn decode<T: DeserializeOwned>(payload: &str) -> Result<T, Rejection> {
    let decoded = serde_json::from_str(payload).map(|Object(value)| value);
    decoded.map_err(|error| Rejection::mismatch("/payload", Mismatch::new(payload.as_bytes(), &error)))
}

/// Implements [`FromPayload`] for the enum of all kinds. Unknown kinds decode to the `Unknown { kind, payload }` variant.
macro_rules! decode_by_kind {
    ($name:ident { $($variant:ident($payload:ty)),* $(,)? }) => {
        impl $crate::webhook::FromPayload for $name {
            fn from_payload(kind: Option<&str>, payload: &str) -> Result<Self, $crate::webhook::Rejection> {
                match kind.unwrap_or_default() {
                    $(<$payload as $crate::webhook::Payload>::KIND => {
                        $crate::webhook::payload::decode::<$payload>(payload).map(|event| Self::$variant(event.into()))
                    })*
                    kind => Ok(Self::Unknown {
                        kind: kind.to_owned(),
                        payload: $crate::webhook::payload::decode(payload)?,
                    }),
                }
            }
        }
    };
}
pub(crate) use decode_by_kind;
