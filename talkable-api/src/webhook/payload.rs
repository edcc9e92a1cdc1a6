//! What a kind of webhook is: its name on the wire, its payload, and what it expects as an answer.
//!
//! ```
//! use talkable_api::webhook::{Payload, RewardEvent};
//!
//! assert_eq!(RewardEvent::KIND, "reward_web_hook");
//! ```

use std::ops::Deref;

use serde::de::DeserializeOwned;

use super::rejection::Rejection;
use super::reply::Reply;
use crate::decode::envelope::Object;
use crate::decode::location::Mismatch;

/// A payload of one kind of webhook.
///
/// Each kind that the description has is one. A kind that is newer can be added by hand:
///
/// ```
/// use talkable_api::webhook::{Delivery, Guard, Payload, testing::Draft};
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
/// let guard = Guard::new("the-security-key")?;
/// let sent = Draft::of::<PointsEvent>().set("/points", 25).form("the-security-key");
/// let delivery: Delivery<PointsEvent> = guard.open(Some(sent.content_type), &sent.body)?;
/// assert_eq!(delivery.event.points, 25);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub trait Payload: DeserializeOwned + Send + 'static {
    /// What `type` says on the wire.
    const KIND: &'static str;
    /// The operationId in the description.
    const OPERATION: &'static str = Self::KIND;
    /// A payload with every field, as JSON.
    const SAMPLE: &'static str = "{}";
    /// What Talkable expects as an answer; `()` if a status is enough.
    type Answer: Answer;
}

/// What can be answered.
///
/// ```
/// use talkable_api::webhook::{Answer, UnsubscribeAnswer};
///
/// let reply = UnsubscribeAnswer::new(true).into_reply();
/// assert_eq!(&reply.body()[..], br#"{"result":{"unsubscribed":true}}"#);
/// ```
pub trait Answer: Send + 'static {
    /// Whether there is more to it than a status.
    const EXPECTED: bool = true;

    /// The answer as it is sent.
    fn into_reply(self) -> Reply;
}

/// 200 is all that Talkable waits for.
impl Answer for () {
    const EXPECTED: bool = false;

    fn into_reply(self) -> Reply {
        Reply::delivered()
    }
}

/// What a delivery can hold: a [`Payload`], or an [`Event`](super::Event) of any kind.
///
/// ```
/// use talkable_api::webhook::{Delivery, FromPayload, Guard, Rejection};
///
/// fn receive<E: FromPayload>(body: &[u8], guard: &Guard) -> Result<Delivery<E>, Rejection> {
///     guard.open(Some("application/json"), body)
/// }
/// ```
pub trait FromPayload: Sized {
    /// Reads a payload, which is JSON, of a kind that may be unknown.
    ///
    /// # Errors
    ///
    /// If the kind is another one, or the JSON isn't its payload.
    fn from_payload(kind: Option<&str>, payload: &str) -> Result<Self, Rejection>;
}

impl<P: Payload> FromPayload for P {
    fn from_payload(kind: Option<&str>, payload: &str) -> Result<Self, Rejection> {
        match kind {
            // Before 2019 no kind was sent; whoever asks for one kind knows what the address is for.
            None => read(payload),
            Some(kind) if kind == P::KIND => read(payload),
            Some(_) => Err(Rejection::malformed(format!("it is not of the kind `{}`", P::KIND))),
        }
    }
}

/// A kind that has to be answered, as a delivery of that kind alone.
///
/// ```
/// use talkable_api::webhook::{CheckUnsubscribeEvent, Delivery, Guard, Question, Rejection, Reply, UnsubscribeAnswer};
///
/// fn receive(body: &[u8], guard: &Guard) -> Result<Reply, Rejection> {
///     let delivery: Delivery<Question<CheckUnsubscribeEvent>> = guard.open(Some("application/json"), body)?;
///     Ok(delivery.event.answer(UnsubscribeAnswer::new(false)))
/// }
/// ```
impl<P: Payload> FromPayload for Question<P> {
    fn from_payload(kind: Option<&str>, payload: &str) -> Result<Self, Rejection> {
        P::from_payload(kind, payload).map(Self::from)
    }
}

/// Reads a payload. Only an object is one.
pub(crate) fn read<T: DeserializeOwned>(payload: &str) -> Result<T, Rejection> {
    let read = serde_json::from_str(payload).map(|Object(value)| value);
    read.map_err(|error| Rejection::mismatch("/payload", Mismatch::new(payload.as_bytes(), &error)))
}

/// A webhook that Talkable expects an answer to, and not only a status.
///
/// It gives access to the payload, and is used up by the answer.
///
/// ```
/// use talkable_api::webhook::{Event, Reply, UnsubscribeAnswer};
///
/// fn handle(event: Event) -> Reply {
///     match event {
///         Event::CheckUnsubscribe(question) => {
///             let email = question.recipient.as_ref().and_then(|person| person.email.as_deref());
///             let unsubscribed = email == Some("jane@example.com");
///             question.answer(UnsubscribeAnswer::new(unsubscribed))
///         }
///         _ => Reply::delivered(),
///     }
/// }
/// ```
#[derive(Clone, Debug, PartialEq)]
#[must_use = "Talkable waits for the answer"]
pub struct Question<E>(Box<E>);

impl<E: Payload> Question<E> {
    /// The answer, ready to be sent.
    ///
    /// ```
    /// # use talkable_api::webhook::*;
    /// # fn example(question: Question<CheckUnsubscribeEvent>) -> Reply {
    /// question.answer(UnsubscribeAnswer::new(false))
    /// # }
    /// ```
    pub fn answer(self, answer: E::Answer) -> Reply {
        answer.into_reply()
    }
}

impl<E> Deref for Question<E> {
    type Target = E;

    fn deref(&self) -> &E {
        &self.0
    }
}

impl<E> From<E> for Question<E> {
    fn from(event: E) -> Self {
        Self(Box::new(event))
    }
}

/// Implements reading for the enum of all kinds, which has a variant `Unknown { kind, payload }` for any other.
macro_rules! any_of {
    ($name:ident { $($variant:ident($payload:ty)),* $(,)? }) => {
        impl $crate::webhook::FromPayload for $name {
            fn from_payload(kind: Option<&str>, payload: &str) -> Result<Self, $crate::webhook::Rejection> {
                match kind.unwrap_or_default() {
                    $(<$payload as $crate::webhook::Payload>::KIND => {
                        $crate::webhook::payload::read::<$payload>(payload).map(|event| Self::$variant(event.into()))
                    })*
                    kind => Ok(Self::Unknown {
                        kind: kind.to_owned(),
                        payload: $crate::webhook::payload::read(payload)?,
                    }),
                }
            }
        }
    };
}
pub(crate) use any_of;
