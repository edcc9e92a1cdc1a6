//! A token bucket that limits the rate of requests.

use chrono::{DateTime, Utc};
use rust_decimal::prelude::ToPrimitive as _;

#[derive(Debug)]
pub(super) struct TokenBucket {
    tokens: f64,
    refilled_at: DateTime<Utc>,
}

impl TokenBucket {
    pub(super) fn new(tokens: f64, now: DateTime<Utc>) -> Self {
        Self { tokens, refilled_at: now }
    }

    /// Refills the bucket and takes a token. Returns false if the bucket is empty.
    pub(super) fn take(&mut self, tokens_per_second: f64, capacity: f64, now: DateTime<Utc>) -> bool {
        let milliseconds = (now - self.refilled_at).num_milliseconds().max(0).to_f64().unwrap_or_default();
        self.tokens = (self.tokens + milliseconds / 1000.0 * tokens_per_second).min(capacity);
        self.refilled_at = now;
        let has_token = self.tokens >= 1.0;
        if has_token {
            self.tokens -= 1.0;
        }
        has_token
    }
}
