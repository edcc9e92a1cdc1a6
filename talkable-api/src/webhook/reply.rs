//! Replies: a status, and a body if the webhook needs an answer.

use bytes::Bytes;
use serde::Serialize;

use super::rejection::Rejection;

/// The reply to a webhook, for any web framework.
///
/// ```
/// # fn example(reply: &talkable_api::webhook::Reply) {
/// println!("HTTP/1.1 {}", reply.status());
/// if let Some(content_type) = reply.content_type() {
///     println!("Content-Type: {content_type}");
/// }
/// println!("Content-Length: {}", reply.body().len());
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use = "Talkable resends the webhook until it receives a reply"]
pub struct Reply {
    status: u16,
    content_type: Option<&'static str>,
    body: Bytes,
}

impl Reply {
    /// 200: the webhook is processed.
    pub fn delivered() -> Self {
        Self { status: 200, content_type: None, body: Bytes::new() }
    }

    /// 500: processing failed, and Talkable resends the webhook.
    pub fn failed() -> Self {
        Self { status: 500, ..Self::delivered() }
    }

    /// 501: no handler for this kind. Talkable resends the webhook, so nothing is lost.
    pub fn unhandled() -> Self {
        Self { status: 501, ..Self::delivered() }
    }

    /// 200 with a JSON body; 500 if the value doesn't serialize.
    pub fn json(value: &impl Serialize) -> Self {
        match serde_json::to_vec(value) {
            Ok(body) => Self { status: 200, content_type: Some("application/json"), body: body.into() },
            Err(_) => Self::failed(),
        }
    }

    /// 200 with `{"result": …}`, the format in which Talkable expects answers.
    ///
    /// ```
    /// let reply = talkable_api::webhook::Reply::result(&true);
    /// assert_eq!(&reply.body()[..], br#"{"result":true}"#);
    /// ```
    pub fn result(value: &impl Serialize) -> Self {
        #[derive(Serialize)]
        struct Envelope<'a, T> {
            result: &'a T,
        }

        Self::json(&Envelope { result: value })
    }

    /// The status.
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

/// The status and the reason, as text.
impl From<&Rejection> for Reply {
    fn from(rejection: &Rejection) -> Self {
        Self {
            status: rejection.status(),
            content_type: Some("text/plain; charset=utf-8"),
            body: rejection.to_string().into(),
        }
    }
}

/// The status and the reason, as text.
impl From<Rejection> for Reply {
    fn from(rejection: Rejection) -> Self {
        Self::from(&rejection)
    }
}

/// An answer to a webhook, or `()` where the status is enough.
pub trait IntoReply: Send + 'static {
    /// Whether the reply has a body.
    const HAS_BODY: bool = true;

    /// Makes the reply.
    fn into_reply(self) -> Reply;
}

impl IntoReply for () {
    const HAS_BODY: bool = false;

    fn into_reply(self) -> Reply {
        Reply::delivered()
    }
}
