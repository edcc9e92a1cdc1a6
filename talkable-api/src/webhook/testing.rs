//! Deliveries made by hand, to test handlers without Talkable.
//!
//! ```
//! use talkable_api::webhook::{Delivery, Event, Guard, RewardEvent, testing::Draft};
//!
//! let sent = Draft::of::<RewardEvent>().set("/reward/amount", "5.00").form("the-security-key");
//!
//! let guard = Guard::new("the-security-key")?;
//! let delivery = Delivery::from_body(Some(sent.content_type), &sent.body, &guard)?;
//! let Event::Reward(event) = delivery.event else { panic!("it is a reward") };
//! assert_eq!(event.reward.unwrap().amount.unwrap().to_string(), "5.00");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use bytes::Bytes;
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde::Serialize;
use serde_json::{Value, json};
use sha2::Sha256;

use super::payload::Payload;
use super::signed::spelled;

/// A webhook before it is sent.
///
/// ```
/// use talkable_api::webhook::{UnsubscribeEvent, testing::Draft};
///
/// let draft = Draft::of::<UnsubscribeEvent>().site("my-store-eu").set("/person/email", "jane@example.com");
/// ```
#[derive(Clone, Debug, PartialEq)]
#[must_use]
pub struct Draft {
    kind: Option<String>,
    site: Option<String>,
    payload: Value,
}

/// A request as it is sent.
///
/// ```
/// # use talkable_api::webhook::{UnsubscribeEvent, testing::Draft};
/// let sent = Draft::of::<UnsubscribeEvent>().json("the-security-key");
/// assert_eq!(sent.content_type, "application/json");
/// ```
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct Sent {
    /// The header `Content-Type`.
    pub content_type: &'static str,
    /// The header [`SIGNATURE_HEADER`](super::SIGNATURE_HEADER), which only a Custom App sends.
    pub signature: Option<String>,
    /// The body.
    pub body: Bytes,
}

impl Draft {
    /// A webhook of a kind that these bindings know, with a sample in every field.
    ///
    /// ```
    /// # use talkable_api::webhook::{RewardEvent, testing::Draft};
    /// let draft = Draft::of::<RewardEvent>();
    /// ```
    pub fn of<P: Payload>() -> Self {
        // A sample that is no JSON would be a mistake of whoever wrote it; an empty payload shows it.
        let payload = serde_json::from_str(P::SAMPLE).unwrap_or_else(|_| json!({}));
        Self { kind: Some(P::KIND.to_owned()), site: Some("my-store".to_owned()), payload }
    }

    /// A webhook of any kind.
    ///
    /// ```
    /// # use talkable_api::webhook::testing::Draft;
    /// let draft = Draft::new("newer_web_hook", serde_json::json!({"points": 25}));
    /// ```
    pub fn new(kind: impl Into<String>, payload: impl Into<Value>) -> Self {
        Self { kind: Some(kind.into()), site: Some("my-store".to_owned()), payload: payload.into() }
    }

    /// The site that it is about; `my-store` unless set.
    ///
    /// ```
    /// # use talkable_api::webhook::{RewardEvent, testing::Draft};
    /// let draft = Draft::of::<RewardEvent>().site("my-store-eu");
    /// ```
    pub fn site(mut self, site: impl Into<String>) -> Self {
        self.site = Some(site.into());
        self
    }

    /// Without kind and site, as webhooks were before 2019.
    ///
    /// ```
    /// # use talkable_api::webhook::{RewardEvent, testing::Draft};
    /// let draft = Draft::of::<RewardEvent>().bare();
    /// ```
    pub fn bare(mut self) -> Self {
        (self.kind, self.site) = (None, None);
        self
    }

    /// Puts a value into the payload, at a JSON pointer; objects that it leads through are made if they aren't there.
    ///
    /// ```
    /// # use talkable_api::webhook::{RewardEvent, testing::Draft};
    /// let draft = Draft::of::<RewardEvent>().set("/reward/coupon", serde_json::json!({})).set("/person", None::<&str>);
    /// ```
    pub fn set(mut self, pointer: &str, value: impl Into<Value>) -> Self {
        let mut place = &mut self.payload;
        for step in pointer.split('/').skip(1) {
            let step = step.replace("~1", "/").replace("~0", "~");
            place = match place {
                Value::Array(items) => {
                    let index = step.parse().unwrap_or(items.len()).min(items.len());
                    if index == items.len() {
                        items.push(Value::Null);
                    }
                    &mut items[index]
                }
                other => {
                    if !other.is_object() {
                        *other = json!({});
                    }
                    &mut other[step]
                }
            };
        }
        *place = value.into();
        self
    }

    /// As Talkable sends it: a form, whose payload is a JSON text.
    ///
    /// ```
    /// # use talkable_api::webhook::{UnsubscribeEvent, testing::Draft};
    /// let sent = Draft::of::<UnsubscribeEvent>().form("the-security-key");
    /// assert!(sent.body.starts_with(b"key=the-security-key&site=my-store&type=unsubscribe_web_hook&extras="));
    /// ```
    pub fn form(&self, key: &str) -> Sent {
        let payload = self.payload.to_string();
        let fields = [("site", self.site.as_deref()), ("type", self.kind.as_deref())];
        let fields = fields.into_iter().filter_map(|(name, value)| Some((name, value?)));
        let fields: Vec<(&str, &str)> =
            [("key", key)].into_iter().chain(fields).chain([("extras", "{}"), ("payload", payload.as_str())]).collect();
        // Pairs of texts can always be written.
        let body = serde_html_form::to_string(fields).unwrap_or_default();
        Sent { content_type: "application/x-www-form-urlencoded", signature: None, body: body.into() }
    }

    /// As the description shows it: a JSON object.
    ///
    /// ```
    /// # use talkable_api::webhook::{UnsubscribeEvent, testing::Draft};
    /// let sent = Draft::of::<UnsubscribeEvent>().json("the-security-key");
    /// assert!(sent.body.starts_with(b"{"));
    /// ```
    pub fn json(&self, key: &str) -> Sent {
        let mut body = json!({"key": key, "extras": {}, "payload": self.payload});
        for (name, value) in [("site", &self.site), ("type", &self.kind)] {
            if let Some(value) = value {
                body[name] = json!(value);
            }
        }
        Sent { content_type: "application/json", signature: None, body: body.to_string().into() }
    }
}

/// What a Custom App sends: JSON with its signature.
///
/// ```
/// use talkable_api::webhook::{Guard, Signed, testing};
///
/// let sent = testing::signed(&serde_json::json!({"order_number": "1042"}), "the-key-of-the-app");
/// let guard = Guard::new("the-key-of-the-app")?;
/// assert!(Signed::<serde_json::Value>::from_body(sent.signature.as_deref(), &sent.body, &guard).is_ok());
/// # Ok::<(), talkable_api::InvalidError>(())
/// ```
pub fn signed(content: &impl Serialize, key: &str) -> Sent {
    let body = serde_json::to_vec(content).unwrap_or_default();
    let signature = Hmac::<Sha256>::new_from_slice(key.as_bytes())
        .map(|mac| spelled(&mac.chain_update(&body).finalize().into_bytes()));
    Sent { content_type: "application/json", signature: signature.ok(), body: body.into() }
}
