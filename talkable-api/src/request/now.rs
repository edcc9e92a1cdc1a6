//! The current time.

use std::time::{SystemTime, UNIX_EPOCH};

use chrono::{DateTime, FixedOffset};

/// The current time in UTC, as the type that setters for times accept.
///
/// ```
/// # #[cfg(feature = "origins")] {
/// use rust_decimal::dec;
/// use talkable_api::{now, types::NewPurchase};
///
/// let purchase = NewPurchase::new("jane@example.com", "1042", dec!(99.50));
/// let purchase = purchase.created_at(now());
/// # }
/// ```
#[must_use]
pub fn now() -> DateTime<FixedOffset> {
    let elapsed = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let seconds = i64::try_from(elapsed.as_secs()).unwrap_or(i64::MAX);
    DateTime::from_timestamp(seconds, elapsed.subsec_nanos()).unwrap_or_default().fixed_offset()
}
