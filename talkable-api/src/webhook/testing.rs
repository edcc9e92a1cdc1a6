//! Requests for tests, like those sent by Talkable.
//!
//! ```
//! use talkable_api::webhook::testing::WebhookBuilder;
//! use talkable_api::webhook::{Delivery, Event, RewardEvent, Verifier};
//!
//! let webhook = WebhookBuilder::sample::<RewardEvent>().set("/reward/amount", "5.00");
//! let request = webhook.form("the-security-key");
//!
//! let verifier = Verifier::new("the-security-key")?;
//! let delivery: Delivery = verifier.verify(Some(request.content_type), &request.body)?;
//! let Event::Reward(event) = delivery.event else { panic!("not a reward") };
//! assert_eq!(event.reward.unwrap().amount.unwrap().to_string(), "5.00");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use bytes::Bytes;
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde::Serialize;
use serde_json::{Value, json};
use sha2::Sha256;

use super::payload::Payload;
use super::signed::encode_signature;

/// A builder for webhook requests.
#[derive(Clone, Debug, PartialEq)]
#[must_use]
pub struct WebhookBuilder {
    kind: Option<String>,
    site: Option<String>,
    payload: Value,
}

/// The parts of a request that are needed to handle it.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct WebhookRequest {
    /// The `Content-Type` header.
    pub content_type: &'static str,
    /// The [`SIGNATURE_HEADER` header](super::SIGNATURE_HEADER), which is present only in requests from Custom Apps.
    pub signature: Option<String>,
    /// The body.
    pub body: Bytes,
}

impl WebhookBuilder {
    /// Creates a webhook for the site `my-store` with a sample value in every field of the payload.
    pub fn sample<P: Payload>() -> Self {
        // The `SAMPLE` of a user-defined type may be invalid JSON.
        let payload = serde_json::from_str(P::SAMPLE).unwrap_or_else(|_| json!({}));
        Self::new(P::KIND, payload)
    }

    /// Creates a webhook of any kind, for the site `my-store`.
    pub fn new(kind: impl Into<String>, payload: impl Into<Value>) -> Self {
        Self { kind: Some(kind.into()), site: Some("my-store".to_owned()), payload: payload.into() }
    }

    /// Sets the site.
    pub fn site(mut self, site: impl Into<String>) -> Self {
        self.site = Some(site.into());
        self
    }

    /// Removes the kind and the site, which were not part of webhooks before 2019.
    pub fn legacy(mut self) -> Self {
        (self.kind, self.site) = (None, None);
        self
    }

    /// Sets the value at a JSON pointer of the payload. Missing objects are created.
    pub fn set(mut self, pointer: &str, value: impl Into<Value>) -> Self {
        let mut target = &mut self.payload;
        for segment in pointer.split('/').skip(1) {
            let segment = segment.replace("~1", "/").replace("~0", "~");
            target = match target {
                Value::Array(items) => {
                    let index = segment.parse().unwrap_or(items.len()).min(items.len());
                    if index == items.len() {
                        items.push(Value::Null);
                    }
                    &mut items[index]
                }
                other => {
                    if !other.is_object() {
                        *other = json!({});
                    }
                    &mut other[segment]
                }
            };
        }
        *target = value.into();
        self
    }

    /// Builds a request whose body is a form, the format sent by Talkable.
    pub fn form(&self, security_key: &str) -> WebhookRequest {
        let payload = self.payload.to_string();
        let fields = [
            ("key", Some(security_key)),
            ("site", self.site.as_deref()),
            ("type", self.kind.as_deref()),
            ("extras", Some("{}")),
            ("payload", Some(payload.as_str())),
        ];
        let fields: Vec<(&str, &str)> = fields.into_iter().filter_map(|(name, value)| Some((name, value?))).collect();
        // Pairs of strings always serialize.
        let body = serde_html_form::to_string(fields).unwrap_or_default();
        WebhookRequest { content_type: "application/x-www-form-urlencoded", signature: None, body: body.into() }
    }

    /// Builds a request whose body is JSON, the format in Talkable's webhooks document.
    pub fn json(&self, security_key: &str) -> WebhookRequest {
        let mut body = json!({"key": security_key, "extras": {}, "payload": self.payload});
        for (name, value) in [("site", &self.site), ("type", &self.kind)] {
            if let Some(value) = value {
                body[name] = json!(value);
            }
        }
        WebhookRequest { content_type: "application/json", signature: None, body: body.to_string().into() }
    }
}

/// Builds a signed request like those from Custom Apps.
pub fn signed_request(content: &impl Serialize, security_key: &str) -> WebhookRequest {
    let body = serde_json::to_vec(content).unwrap_or_default();
    let signature = Hmac::<Sha256>::new_from_slice(security_key.as_bytes())
        .map(|mac| encode_signature(&mac.chain_update(&body).finalize().into_bytes()));
    WebhookRequest { content_type: "application/json", signature: signature.ok(), body: body.into() }
}
