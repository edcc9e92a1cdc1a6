//! A doubtful call, and the comparison of its time with the times of records.

use std::time::Instant;

use serde_json::Value;
use talkable_api::chrono::DateTime;
use talkable_api::{Call, Client, Decimal, Error as ApiError, HeaderMap, StoredCall};

use crate::admin::Resolution;
use crate::database::Row;
use crate::error::Error;

/// The tolerance for the times of records that the call may have created, in milliseconds. It is also the maximum
/// difference between the clocks of the API and of the outbox.
pub(super) const NEAR: i64 = 10_000;

/// The tolerance for the statement that a record does not exist, in milliseconds, and the time after which the API
/// shows all records.
pub(super) const FAR: i64 = 600_000;

/// The time after which the API has processed a batch, in milliseconds.
const BATCH: i64 = 12 * 3_600_000;

/// A call that may have been processed.
pub(super) struct DoubtfulCall {
    pub(super) call: StoredCall,
    pub(super) body: Value,
    /// The time when the call was in flight.
    pub(super) window: Window,
    /// The time of the outbox when the call was read.
    pub(super) now: i64,
    read_at: Instant,
}

/// A range of times in milliseconds since 1970.
#[derive(Clone, Copy)]
pub(super) struct Window {
    pub(super) start: i64,
    pub(super) end: i64,
}

/// A response of the API.
pub(super) struct Found {
    pub(super) value: Value,
    /// Whether the clocks of the API and of the outbox agree, so that times can be compared.
    pub(super) has_same_clock: bool,
}

impl Window {
    pub(super) fn contains(self, time: i64, tolerance: i64) -> bool {
        (self.start.saturating_sub(tolerance)..=self.end.saturating_add(tolerance)).contains(&time)
    }
}

impl DoubtfulCall {
    /// Reads the payload, the time of the mark, the time of the end and the current time. Returns `None` if the payload
    /// was erased or can't be read, or if the call was not marked.
    pub(super) fn read(row: &Row) -> Result<Option<Self>, Error> {
        let (Some(payload), Some(start), Some(end), Some(now)) = (row.text(0)?, row.int(1)?, row.int(2)?, row.int(3)?)
        else {
            return Ok(None);
        };
        let Ok(call) = serde_json::from_str::<StoredCall>(&payload) else { return Ok(None) };
        let body = call.body.as_deref().and_then(|body| serde_json::from_str(body).ok()).unwrap_or_default();
        Ok(Some(Self { call, body, window: Window { start, end }, now, read_at: Instant::now() }))
    }

    /// Whether the API shows all records of the call.
    pub(super) fn is_settled(&self) -> bool {
        let delay = if self.call.operation.starts_with("createBatch") { BATCH } else { FAR };
        self.window.start <= self.window.end && self.now.saturating_sub(self.window.end) >= delay
    }

    /// The first argument of the path.
    pub(super) fn argument(&self) -> &str {
        self.call.path_arguments.first().map_or("", String::as_str)
    }

    /// A text in the body.
    pub(super) fn text(&self, pointer: &str) -> Option<&str> {
        self.body.pointer(pointer)?.as_str()
    }

    /// Sends a read with one argument. Returns `None` if the API does not find the object.
    pub(super) async fn find(
        &self,
        client: &Client,
        operation: &str,
        argument: &str,
    ) -> Result<Option<Found>, ApiError> {
        self.send(client.call_by_id(operation, [argument])?).await
    }

    pub(super) async fn send(&self, call: Call<Value>) -> Result<Option<Found>, ApiError> {
        match call.response().await {
            Ok(response) => {
                Ok(Some(Found { has_same_clock: self.has_same_clock(&response.headers), value: response.value }))
            }
            Err(error) if error.is_not_found() => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn has_same_clock(&self, headers: &HeaderMap) -> bool {
        let date = headers.get("date").and_then(|date| DateTime::parse_from_rfc2822(date.to_str().ok()?).ok());
        let Some(date) = date else { return false };
        let elapsed = i64::try_from(self.read_at.elapsed().as_millis()).unwrap_or(i64::MAX);
        let difference = self.now.saturating_add(elapsed).saturating_sub(date.timestamp_millis());
        let is_same = difference.saturating_abs() <= NEAR;
        if !is_same {
            tracing::warn!(
                difference,
                "calls can't be looked up by time, because the clocks of the outbox and of the API differ"
            );
        }
        is_same
    }

    /// Decides by the times of records of which the call creates one. If exactly one that matches the call was created
    /// while the call was in flight, the call was processed. If no record at all was created around this time, it was
    /// not processed.
    pub(super) fn by_time(
        &self,
        records: &[Value],
        field: &str,
        is_match: impl Fn(&Value) -> bool,
    ) -> Option<Resolution> {
        let time = |record: &Value| time(record.get(field)?);
        let times: Vec<_> =
            records.iter().map(|record| Some((time(record)?, is_match(record)))).collect::<Option<_>>()?;
        if !times.iter().any(|(time, _)| self.window.contains(*time, FAR)) {
            return Some(Resolution::NotProcessed);
        }
        let matches = times.iter().filter(|(time, is_match)| *is_match && self.window.contains(*time, NEAR));
        (matches.count() == 1).then_some(Resolution::Processed)
    }

    /// Whether a record was created before the call was sent (`Some(true)`) or after it had ended (`Some(false)`).
    pub(super) fn is_older(&self, record: &Value) -> Option<bool> {
        let created = time(record.get("created_at")?)?;
        (!self.window.contains(created, NEAR)).then_some(created < self.window.start)
    }
}

/// A time of the API in milliseconds since 1970.
pub(super) fn time(value: &Value) -> Option<i64> {
    Some(DateTime::parse_from_rfc3339(value.as_str()?).ok()?.timestamp_millis())
}

/// A number in JSON or in a text. `100`, `100.0` and `"100"` are equal.
pub(super) fn number(value: &Value) -> Option<Decimal> {
    match value {
        Value::Number(number) => number.to_string().parse().ok(),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const SENT: i64 = 1_800_000_000_000;

    /// A call that ended after a minute.
    fn doubtful() -> DoubtfulCall {
        let call = serde_json::from_value(json!({"version": 1, "operation": "", "site_slug": ""})).expect("a call");
        let window = Window { start: SENT, end: SENT + 60_000 };
        DoubtfulCall { call, body: Value::Null, window, now: SENT + 3_600_000, read_at: Instant::now() }
    }

    fn at(seconds: i64) -> String {
        DateTime::from_timestamp_millis(SENT + seconds * 1000).expect("a time").to_rfc3339()
    }

    /// The times are numbers of seconds after the call was sent.
    fn resolution(matches: &[i64], others: &[i64]) -> Option<Resolution> {
        let records = |times: &[i64], is_match: bool| -> Vec<_> {
            times.iter().map(|seconds| json!({"at": at(*seconds), "is_match": is_match})).collect()
        };
        let records = [records(matches, true), records(others, false)].concat();
        doubtful().by_time(&records, "at", |record| record["is_match"] == true)
    }

    #[test]
    fn only_a_clear_time_decides() {
        let (processed, not_processed) = (Some(Resolution::Processed), Some(Resolution::NotProcessed));
        for (seconds, expected) in [
            (&[][..], not_processed),
            (&[-3600, 3600], not_processed),
            (&[30], processed),
            (&[-5], processed),
            (&[65, -3600], processed),
            (&[30, -300], processed),
            (&[30, 40], None),
            (&[-300], None),
            (&[300], None),
        ] {
            assert_eq!(resolution(seconds, &[]), expected, "{seconds:?}");
        }
        assert_eq!(doubtful().by_time(&[json!({"at": "yesterday"})], "at", |_| true), None);
    }

    #[test]
    fn a_record_that_does_not_match_prevents_that_a_call_is_sent_again() {
        assert_eq!(resolution(&[], &[30]), None);
        assert_eq!(resolution(&[], &[-300]), None);
        assert_eq!(resolution(&[], &[-3600]), Some(Resolution::NotProcessed));
        assert_eq!(resolution(&[30], &[40]), Some(Resolution::Processed));
    }

    #[test]
    fn a_call_is_looked_up_after_a_delay() {
        let is_settled = |operation: &str, minutes: i64| {
            let mut doubtful = doubtful();
            doubtful.call.operation = operation.to_owned();
            doubtful.now = doubtful.window.end + minutes * 60_000;
            doubtful.is_settled()
        };
        assert!(!is_settled("createOrigin", 9) && is_settled("createOrigin", 10));
        assert!(!is_settled("createBatchOfEvents", 719) && is_settled("createBatchOfEvents", 720));
        assert!(!is_settled("createOrigin", -60));
    }

    #[test]
    fn numbers_are_equal_regardless_of_their_form() {
        let hundred = number(&json!(100));
        assert!(hundred.is_some());
        for value in [json!(100.0), json!("100"), json!("100.00"), json!(" 100 ")] {
            assert_eq!(number(&value), hundred, "{value}");
        }
        for value in [json!(null), json!("a lot"), json!([100])] {
            assert_eq!(number(&value), None, "{value}");
        }
    }
}
