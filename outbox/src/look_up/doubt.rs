//! A doubtful call, and the comparison of its time with the times of records.

use serde_json::Value;
use talkable_api::StoredCall;
use talkable_api::chrono::DateTime;

use crate::admin::Resolution;
use crate::database::Row;
use crate::error::Error;

/// The tolerance for the times of records that the call may have created, in milliseconds: the clocks of the API and of
/// the database differ by less.
const NEAR: i64 = 10_000;

/// The tolerance for the statement that a record does not exist, in milliseconds.
const FAR: i64 = 600_000;

/// A call that may have been processed.
pub(super) struct Doubt {
    pub(super) call: StoredCall,
    pub(super) body: Value,
    /// The time when the call was about to be sent, in milliseconds since 1970.
    sent: i64,
    /// The time when the entry became doubtful. The request was not sent later.
    ended: i64,
}

impl Doubt {
    /// Reads the payload, the time of the request and the time of the last change. Returns `None` if the payload was
    /// erased.
    pub(super) fn read(row: &Row) -> Result<Option<Self>, Error> {
        let Some(payload) = row.text(0)? else { return Ok(None) };
        let Ok(call) = serde_json::from_str::<StoredCall>(&payload) else { return Ok(None) };
        let body = call.body.as_deref().and_then(|body| serde_json::from_str(body).ok()).unwrap_or_default();
        Ok(Some(Self { call, body, sent: row.int(1)?.unwrap_or_default(), ended: row.int(2)?.unwrap_or_default() }))
    }

    /// The first argument of the path.
    pub(super) fn argument(&self) -> &str {
        self.call.path_arguments.first().map_or("", String::as_str)
    }

    /// A text in the body.
    pub(super) fn text(&self, pointer: &str) -> Option<&str> {
        self.body.pointer(pointer)?.as_str()
    }

    /// Decides by the times of the records that the call could have created. If exactly one was created while the call
    /// was in flight, it is the call's. If none was created around this time, the call was not processed.
    pub(super) fn by_time<'a>(&self, records: impl Iterator<Item = &'a Value>, field: &str) -> Option<Resolution> {
        let times: Vec<i64> = records.map(|record| time(record.get(field)?)).collect::<Option<_>>()?;
        let count = |tolerance| {
            let range = self.sent.saturating_sub(tolerance)..=self.ended.saturating_add(tolerance);
            times.iter().filter(|time| range.contains(time)).count()
        };
        match (count(FAR), count(NEAR)) {
            (0, _) => Some(Resolution::NotProcessed),
            (_, 1) => Some(Resolution::Processed),
            _ => None,
        }
    }

    /// Whether a record was created before the call was sent (`Some(true)`) or after it had ended (`Some(false)`).
    pub(super) fn is_older(&self, record: &Value) -> Option<bool> {
        let created = time(record.get("created_at")?)?;
        if created < self.sent.saturating_sub(NEAR) {
            return Some(true);
        }
        (created > self.ended.saturating_add(NEAR)).then_some(false)
    }
}

/// A time of the API in milliseconds since 1970.
pub(super) fn time(value: &Value) -> Option<i64> {
    Some(DateTime::parse_from_rfc3339(value.as_str()?).ok()?.timestamp_millis())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// The time is a number of seconds after the call was sent. The call ended after a minute.
    fn resolution(seconds: &[i64]) -> Option<Resolution> {
        let call = serde_json::from_value(json!({"version": 1, "operation": "", "site_slug": ""})).expect("a call");
        let sent = 1_800_000_000_000;
        let doubt = Doubt { call, body: Value::Null, sent, ended: sent + 60_000 };
        let at = |seconds: &i64| DateTime::from_timestamp_millis(sent + seconds * 1000).expect("a time").to_rfc3339();
        let records: Vec<_> = seconds.iter().map(|seconds| json!({"at": at(seconds)})).collect();
        doubt.by_time(records.iter(), "at")
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
            assert_eq!(resolution(seconds), expected, "{seconds:?}");
        }
    }
}
