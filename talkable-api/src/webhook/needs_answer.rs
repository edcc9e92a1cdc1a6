//! The payloads of webhooks to which the reply must contain an answer.

use std::ops::Deref;

use super::payload::{FromPayload, Payload};
use super::rejection::Rejection;
use super::reply::{IntoReply as _, Reply};

/// The payload of a webhook that needs an answer. [`answer`](Self::answer) converts it to a reply.
#[derive(Clone, Debug, PartialEq)]
#[must_use = "Talkable needs an answer to this webhook"]
pub struct NeedsAnswer<E>(Box<E>);

impl<E: Payload> NeedsAnswer<E> {
    /// Creates a reply that contains the answer.
    pub fn answer(self, answer: E::Answer) -> Reply {
        answer.into_reply()
    }
}

impl<P: Payload> FromPayload for NeedsAnswer<P> {
    fn from_payload(kind: Option<&str>, payload: &str) -> Result<Self, Rejection> {
        P::from_payload(kind, payload).map(Self::from)
    }
}

impl<E> Deref for NeedsAnswer<E> {
    type Target = E;

    fn deref(&self) -> &E {
        &self.0
    }
}

impl<E> From<E> for NeedsAnswer<E> {
    fn from(event: E) -> Self {
        Self(Box::new(event))
    }
}
