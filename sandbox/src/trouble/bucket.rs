//! A token bucket: it fills at a rate, and each request takes one token out.

use chrono::{DateTime, Utc};
use rust_decimal::prelude::ToPrimitive as _;

#[derive(Debug)]
pub(super) struct Bucket {
    tokens: f64,
    filled_at: DateTime<Utc>,
}

impl Bucket {
    pub(super) fn full(tokens: f64, now: DateTime<Utc>) -> Self {
        Self { tokens, filled_at: now }
    }

    /// Takes a token, if there is one.
    pub(super) fn take(&mut self, rate: f64, most: f64, now: DateTime<Utc>) -> bool {
        let milliseconds = (now - self.filled_at).num_milliseconds().max(0).to_f64().unwrap_or_default();
        self.tokens = (self.tokens + milliseconds / 1000.0 * rate).min(most);
        self.filled_at = now;
        let has_token = self.tokens >= 1.0;
        if has_token {
            self.tokens -= 1.0;
        }
        has_token
    }
}
