//! What is answered: a status, and a body where Talkable waits for one.
//!
//! ```
//! use talkable_api::webhook::Reply;
//!
//! let reply = Reply::delivered();
//! assert_eq!((reply.status(), reply.body().len()), (200, 0));
//! ```

use bytes::Bytes;
use serde::Serialize;

use super::rejection::Rejection;

/// What to answer a delivery, for any web framework.
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
#[must_use = "Talkable sends the webhook again until it is answered"]
pub struct Reply {
    status: u16,
    content_type: Option<&'static str>,
    body: Bytes,
}

impl Reply {
    /// 200: the delivery has been dealt with, and Talkable need not send it again.
    ///
    /// ```
    /// assert_eq!(talkable_api::webhook::Reply::delivered().status(), 200);
    /// ```
    pub fn delivered() -> Self {
        Self { status: 200, content_type: None, body: Bytes::new() }
    }

    /// 500: it could not be dealt with, and Talkable is to send it again.
    ///
    /// ```
    /// assert_eq!(talkable_api::webhook::Reply::failed().status(), 500);
    /// ```
    pub fn failed() -> Self {
        Self { status: 500, ..Self::delivered() }
    }

    /// 501: nobody here deals with this kind. Talkable goes on sending it, so nothing is lost.
    ///
    /// ```
    /// assert_eq!(talkable_api::webhook::Reply::unhandled().status(), 501);
    /// ```
    pub fn unhandled() -> Self {
        Self { status: 501, ..Self::delivered() }
    }

    /// 200 with a JSON body.
    ///
    /// ```
    /// let reply = talkable_api::webhook::Reply::json(&[1, 2]);
    /// assert_eq!((reply.content_type(), &reply.body()[..]), (Some("application/json"), &b"[1,2]"[..]));
    /// ```
    pub fn json(value: &impl Serialize) -> Self {
        match serde_json::to_vec(value) {
            Ok(body) => Self { status: 200, content_type: Some("application/json"), body: body.into() },
            // A value that can't be written is a mistake of this side.
            Err(_) => Self::failed(),
        }
    }

    /// 200 with `{"result": …}`, the form in which Talkable expects answers.
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
    ///
    /// ```
    /// assert_eq!(talkable_api::webhook::Reply::delivered().status(), 200);
    /// ```
    pub fn status(&self) -> u16 {
        self.status
    }

    /// The content type, if there is a body.
    ///
    /// ```
    /// assert_eq!(talkable_api::webhook::Reply::delivered().content_type(), None);
    /// ```
    pub fn content_type(&self) -> Option<&'static str> {
        self.content_type
    }

    /// The body, which may be empty.
    ///
    /// ```
    /// assert!(talkable_api::webhook::Reply::delivered().body().is_empty());
    /// ```
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
