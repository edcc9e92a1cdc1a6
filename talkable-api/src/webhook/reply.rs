//! Replies: a status, and a body if the webhook needs an answer.

use std::collections::BTreeMap;

use bytes::Bytes;
use serde::Serialize;

use super::rejection::Rejection;

/// The reply to a webhook, for any web framework.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use = "Talkable resends the webhook until it receives a reply"]
pub struct Reply {
    status: u16,
    content_type: Option<&'static str>,
    body: Bytes,
}

impl Reply {
    /// Creates a 200 reply, which reports that the webhook was processed.
    pub fn delivered() -> Self {
        Self { status: 200, content_type: None, body: Bytes::new() }
    }

    /// Creates a 500 reply, which reports that processing failed. Talkable resends the webhook.
    pub fn failed() -> Self {
        Self { status: 500, ..Self::delivered() }
    }

    /// Creates a 503 reply, which reports that the webhook can't be processed now. Talkable resends the webhook.
    pub fn busy() -> Self {
        Self { status: 503, ..Self::delivered() }
    }

    /// Creates a 501 reply, which reports that there is no handler for the kind of webhook. Talkable resends the webhook.
    pub fn unhandled() -> Self {
        Self { status: 501, ..Self::delivered() }
    }

    /// Creates a 200 reply with a JSON body, or a 500 reply if the value does not serialize.
    pub fn json(value: &impl Serialize) -> Self {
        match serde_json::to_vec(value) {
            Ok(body) => Self { status: 200, content_type: Some("application/json"), body: body.into() },
            Err(_) => Self::failed(),
        }
    }

    /// Creates a 200 reply with the body `{"result": …}`, the format of answers to webhooks.
    pub fn result(value: &impl Serialize) -> Self {
        Self::json(&BTreeMap::from([("result", value)]))
    }

    /// The HTTP status.
    pub fn status(&self) -> u16 {
        self.status
    }

    /// The content type, if there is a body.
    pub fn content_type(&self) -> Option<&'static str> {
        self.content_type
    }

    /// The body, which may be empty.
    pub fn body(&self) -> &Bytes {
        &self.body
    }
}

/// Creates a reply with the status and the reason of the rejection.
impl From<&Rejection> for Reply {
    fn from(rejection: &Rejection) -> Self {
        Self {
            status: rejection.status(),
            content_type: Some("text/plain; charset=utf-8"),
            body: rejection.to_string().into(),
        }
    }
}

/// Creates a reply with the status and the reason of the rejection.
impl From<Rejection> for Reply {
    fn from(rejection: Rejection) -> Self {
        Self::from(&rejection)
    }
}

/// An answer to a webhook, or `()` if the status is enough.
pub trait IntoReply: Send + 'static {
    /// Whether the reply has a body.
    const HAS_BODY: bool = true;

    /// Converts the answer to a reply.
    fn into_reply(self) -> Reply;
}

impl IntoReply for () {
    const HAS_BODY: bool = false;

    fn into_reply(self) -> Reply {
        Reply::delivered()
    }
}
