//! The JSON representation of records in responses and webhooks.

use chrono::{DateTime, FixedOffset, SecondsFormat};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive as _;
use serde_json::Value;

use crate::state::Site;

mod offers;
pub(crate) mod payloads;
mod people;
mod referrals;

pub(crate) use offers::{asset, campaign, incentive, offer, share};
pub(crate) use people::{batch, member, person, personal_data, points_action};
pub(crate) use referrals::{associated_reward, coupon, origin, referral, reward};

/// Formats a time with milliseconds and its UTC offset.
pub(crate) fn time(time: DateTime<FixedOffset>) -> String {
    time.to_rfc3339_opts(SecondsFormat::Millis, false)
}

pub(crate) fn list<'a, T: 'a>(
    site: &Site,
    records: impl Iterator<Item = &'a T>,
    view: fn(&Site, &T) -> Value,
) -> Value {
    records.map(|record| view(site, record)).collect()
}

pub(crate) fn with(mut object: Value, members: Value) -> Value {
    if let (Value::Object(object), Value::Object(members)) = (&mut object, members) {
        object.extend(members);
    }
    object
}

pub(crate) fn number(amount: Decimal) -> Value {
    amount.to_f64().map_or(Value::Null, Value::from)
}

/// The encoding of path segments, which leaves the unreserved characters and `@` unchanged.
const UNRESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~').remove(b'@');

pub(crate) fn segment(text: &str) -> String {
    utf8_percent_encode(text, UNRESERVED).to_string()
}
