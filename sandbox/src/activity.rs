//! The recent requests and webhooks, for the log and for the page that shows them.

use std::borrow::Cow;
use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::{Value, json};

/// The maximum number of requests, and of webhooks, that are kept.
const MAX_ENTRIES: usize = 200;

/// The maximum number of bytes that are kept of each body. Payloads of webhooks are kept whole, so that they can be resent.
const MAX_BODY_BYTES: usize = 16 * 1024;

/// An API call, stored as an extension of its response.
#[derive(Clone, Debug)]
pub(crate) struct Exchange {
    pub(crate) request: Bytes,
    pub(crate) response: Bytes,
}

/// A request and its response. The status is `None` if the connection was closed without a response.
#[derive(Debug, Serialize)]
pub(crate) struct RequestEntry {
    pub(crate) id: u64,
    pub(crate) time: DateTime<Utc>,
    pub(crate) method: String,
    /// The template of the path, because paths can contain personal data.
    pub(crate) path: Cow<'static, str>,
    pub(crate) status: Option<u16>,
    #[serde(rename = "milliseconds", serialize_with = "milliseconds")]
    pub(crate) duration: Duration,
    #[serde(skip)]
    pub(crate) bodies: [Bytes; 2],
}

/// An attempt to deliver a webhook.
#[derive(Debug, Serialize)]
pub(crate) struct WebhookEntry {
    pub(crate) id: u64,
    pub(crate) time: DateTime<Utc>,
    pub(crate) site_slug: String,
    #[serde(rename = "type")]
    pub(crate) kind: &'static str,
    /// The status of the response, or the reason for the failure.
    pub(crate) result: String,
    pub(crate) is_delivered: bool,
    #[serde(rename = "milliseconds", serialize_with = "milliseconds")]
    pub(crate) duration: Duration,
    #[serde(skip)]
    pub(crate) payload: String,
    /// The response, or the beginning of its text if it is too long.
    #[serde(skip)]
    pub(crate) response: Value,
}

fn milliseconds<S: serde::Serializer>(duration: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_f64((duration.as_secs_f64() * 10_000.0).round() / 10.0)
}

impl RequestEntry {
    /// Returns the entry as JSON, with the bodies.
    pub(crate) fn details(&self) -> Value {
        let [request, response] = self.bodies.each_ref().map(|body| String::from_utf8_lossy(body));
        let mut details = json!(self);
        (details["request"], details["response"]) = (request.into(), response.into());
        details
    }
}

impl WebhookEntry {
    /// Returns the entry as JSON, with the payload and the response.
    pub(crate) fn details(&self) -> Value {
        let mut details = json!(self);
        details["payload"] = serde_json::from_str(&self.payload).unwrap_or_default();
        details["response"] = self.response.clone();
        details
    }
}

/// The most recent entries, oldest first.
#[derive(Debug)]
pub(crate) struct History<T>(Mutex<(u64, VecDeque<T>)>);

impl<T> Default for History<T> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<T> History<T> {
    /// Adds an entry with the next id. If there are too many entries, drops the oldest one.
    pub(crate) fn add(&self, build: impl FnOnce(u64) -> T) {
        let mut guard = self.lock();
        let (last_id, entries) = &mut *guard;
        *last_id += 1;
        if entries.len() == MAX_ENTRIES {
            entries.pop_front();
        }
        entries.push_back(build(*last_id));
    }

    /// Reads the entries.
    pub(crate) fn read<R>(&self, read: impl FnOnce(&VecDeque<T>) -> R) -> R {
        read(&self.lock().1)
    }

    fn lock(&self) -> MutexGuard<'_, (u64, VecDeque<T>)> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Returns the beginning of a body, without keeping the rest in memory.
pub(crate) fn shorten(body: &Bytes) -> Bytes {
    body.get(..MAX_BODY_BYTES).map_or_else(|| body.clone(), Bytes::copy_from_slice)
}

/// Returns a JSON body, or the beginning of its text if it is too long.
pub(crate) fn shorten_json(body: &Value) -> Value {
    let text = Bytes::from(body.to_string());
    if text.len() <= MAX_BODY_BYTES { body.clone() } else { String::from_utf8_lossy(&shorten(&text)).into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_the_most_recent_entries() {
        let history = History::default();
        for _ in 0..=MAX_ENTRIES {
            history.add(|id| id);
        }
        assert_eq!(history.read(|entries| (entries.len(), entries.front().copied())), (MAX_ENTRIES, Some(2)));
    }

    #[test]
    fn shortens_long_bodies() {
        assert_eq!(shorten(&Bytes::from_static(b"short")), "short");
        assert_eq!(shorten(&Bytes::from(vec![0; MAX_BODY_BYTES + 1])).len(), MAX_BODY_BYTES);
        assert_eq!(shorten_json(&json!({ "a": 1 })), json!({ "a": 1 }));
        let long = shorten_json(&json!(["x".repeat(MAX_BODY_BYTES)]));
        assert_eq!(long.as_str().map(str::len), Some(MAX_BODY_BYTES));
    }
}
