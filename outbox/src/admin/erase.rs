//! Erases the data of a person.

use serde_json::Value;
use talkable_api::StoredCall;

use crate::error::Error;
use crate::outbox::Outbox;
use crate::sql::{Sql, sql};

/// Reads a page of the webhooks that may contain personal data.
const WEBHOOKS: Sql = sql! {
    "SELECT id, payload FROM talkable_inbox WHERE id > $1 AND payload IS NOT NULL ORDER BY id LIMIT 500"
};

/// The fingerprint stays, so that a copy of the webhook is not processed.
const ERASE_WEBHOOK: Sql = sql! {
    "UPDATE talkable_inbox SET payload = NULL, state = 'done', error = 'erased', changed = " NOW "
    WHERE id = $2 AND state <> 'done'"
};

/// Reads a page of the entries that may contain personal data.
const PAGE: Sql = sql! {
    "SELECT id, key, dedup, payload, state FROM talkable_outbox
    WHERE id > $1 AND (payload IS NOT NULL OR key LIKE '%@%' OR dedup LIKE '%@%') ORDER BY id LIMIT 500"
};

/// Entries in flight keep their data, because the worker needs the key.
const ERASE: Sql = sql! {
    "UPDATE talkable_outbox SET
        payload = NULL, key = NULL, dedup = $3, blocks = 0,
        state = CASE state WHEN 'done' THEN 'done' ELSE 'discarded' END, error = NULL, changed = " NOW "
    WHERE id = $2 AND state NOT IN ('claimed', 'sending')"
};

/// Removes the person's records from a batch that may be sent.
const TRIM: Sql = sql! {
    "UPDATE talkable_outbox SET payload = $4, key = $5, dedup = $3, changed = " NOW "
    WHERE id = $2 AND state IN ('ready', 'dead', 'doubtful') AND payload IS NOT NULL"
};

/// The result of [`Outbox::erase`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Erased {
    /// The number of erased entries, without batches.
    pub entries: u64,
    /// The number of these entries that are not sent anymore, although they were not done. A call can concern other people too,
    /// such as an offer that the person shared with friends.
    pub unsent: u64,
    /// The number of batches that lost only the records of the person, and keep those of other people.
    pub batches: u64,
    /// The number of entries that contain the address and are in flight. Erase again after a minute.
    pub in_flight: u64,
    /// The number of erased webhooks, which are not received anymore.
    pub webhooks: u64,
}

impl Outbox {
    /// Erases an e-mail address, regardless of its case, from all entries and all webhooks of the inbox. It reads all
    /// payloads.
    ///
    /// Entries and webhooks that contain the address lose their payload and key, and a deduplication key that contains
    /// it. Waiting entries are discarded, and waiting webhooks are not received, so erase after the last call for the
    /// person, such as `people().anonymize(…)`, was sent. A batch loses only the records that contain the address. The
    /// following data stay:
    ///
    /// - the operation, the site, the times and the state
    /// - deduplication keys that do not contain the address, such as order numbers
    /// - the fingerprint of a webhook, which is a hash of its content, so that a copy is not processed
    /// - payloads that contain other identifiers of the person, such as a phone number, but not the address
    ///
    /// # Errors
    ///
    /// [`Error::Database`] if a statement fails.
    pub async fn erase(&self, email: &str) -> Result<Erased, Error> {
        let email = email.to_lowercase();
        let contains = |text: &str| {
            let text = text.to_lowercase();
            // Links contain addresses in percent-encoding.
            has_address(&text, &email) || (text.contains("%40") && has_address(&percent_decoded(&text), &email))
        };
        let mut erased = Erased { webhooks: self.erase_webhooks(&contains).await?, ..Erased::default() };
        let mut after = 0;
        loop {
            let rows = self.pool.fetch(&PAGE, &[after.into()]).await?;
            if rows.is_empty() {
                return Ok(erased);
            }
            for row in rows {
                after = row.int(0)?.unwrap_or(i64::MAX);
                let (key, dedup, payload) = (row.text(1)?, row.text(2)?, row.text(3)?);
                let in_payload = payload.as_deref().is_some_and(|payload| contains_address(payload, &contains));
                let without_address = |text: Option<String>| text.filter(|text| !contains(text));
                let (kept_key, kept_dedup) = (without_address(key.clone()), without_address(dedup.clone()));
                if !in_payload && kept_key == key && kept_dedup == dedup {
                    continue;
                }
                let (now, id, dedup) = (self.now().into(), after.into(), kept_dedup.as_deref().into());
                if let Some(trimmed) = payload.and_then(|payload| trimmed(&payload, &contains)) {
                    let arguments = [now, id, dedup, trimmed.as_str().into(), kept_key.as_deref().into()];
                    match self.pool.execute(&TRIM, &arguments).await? {
                        0 => erased.in_flight += 1,
                        _ => erased.batches += 1,
                    }
                    continue;
                }
                let is_done = matches!(row.text(4)?.as_deref(), Some("done" | "discarded"));
                match self.pool.execute(&ERASE, &[now, id, dedup]).await? {
                    0 => erased.in_flight += 1,
                    _ => (erased.entries, erased.unsent) = (erased.entries + 1, erased.unsent + u64::from(!is_done)),
                }
            }
        }
    }

    async fn erase_webhooks(&self, contains: &impl Fn(&str) -> bool) -> Result<u64, Error> {
        let (mut after, mut erased) = (0, 0);
        loop {
            let rows = self.pool.fetch(&WEBHOOKS, &[after.into()]).await?;
            if rows.is_empty() {
                return Ok(erased);
            }
            for row in rows {
                after = row.int(0)?.unwrap_or(i64::MAX);
                if row.text(1)?.is_some_and(|payload| contains_address(&payload, contains)) {
                    erased += self.pool.execute(&ERASE_WEBHOOK, &[self.now().into(), after.into()]).await?;
                }
            }
        }
    }
}

/// The payload of a batch without the records that contain an address. Returns `None` if the payload is not a batch, if no
/// record is left, or if other fields contain the address.
fn trimmed(payload: &str, contains: &impl Fn(&str) -> bool) -> Option<String> {
    let mut call: StoredCall = serde_json::from_str(payload).ok()?;
    if !call.operation.starts_with("createBatch") {
        return None;
    }
    let mut body: Value = serde_json::from_str(call.body.as_deref()?).ok()?;
    let records = body.get_mut("data")?.as_array_mut()?;
    records.retain(|record| !value_contains(record, contains));
    if records.is_empty() {
        return None;
    }
    call.body = Some(body.to_string());
    let payload = serde_json::to_string(&call).ok()?;
    (!contains_address(&payload, contains)).then_some(payload)
}

/// Whether a payload contains an address. Another language may have escaped characters in the JSON, so the text is
/// decoded.
fn contains_address(payload: &str, contains: &impl Fn(&str) -> bool) -> bool {
    match serde_json::from_str(payload) {
        Ok(value) => value_contains(&value, contains),
        Err(_) => contains(payload),
    }
}

fn value_contains(value: &Value, contains: &impl Fn(&str) -> bool) -> bool {
    match value {
        // The body of a stored call is JSON in a string.
        Value::String(text) => {
            contains(text)
                || serde_json::from_str(text)
                    .is_ok_and(|inner: Value| !inner.is_number() && value_contains(&inner, contains))
        }
        Value::Array(items) => items.iter().any(|item| value_contains(item, contains)),
        Value::Object(fields) => fields.iter().any(|(name, value)| contains(name) || value_contains(value, contains)),
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}

fn percent_decoded(text: &str) -> String {
    let mut decoded = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        let escaped = tail.get(..2).filter(|_| *first == b'%').and_then(|digits| std::str::from_utf8(digits).ok());
        match escaped.and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
            Some(byte) => {
                decoded.push(byte);
                rest = tail.get(2..).unwrap_or_default();
            }
            None => {
                decoded.push(*first);
                rest = tail;
            }
        }
    }
    String::from_utf8_lossy(&decoded).into_owned()
}

/// Whether a text contains an address that is not a part of a longer one.
fn has_address(text: &str, email: &str) -> bool {
    !email.is_empty()
        && text.match_indices(email).any(|(at, _)| {
            let before = text.get(..at).and_then(|text| text.chars().next_back());
            let mut after = text.get(at + email.len()..).unwrap_or_default().chars();
            let next = after.next();
            let is_longer = match next {
                Some('.') => after.next().is_some_and(char::is_alphanumeric),
                next => next.is_some_and(|next| next.is_alphanumeric() || next == '-'),
            };
            let continues = match before {
                // It is a quotation mark only if another one follows.
                Some('\'') => next != Some('\''),
                before => before.is_some_and(|before| before.is_alphanumeric() || "._+-".contains(before)),
            };
            !is_longer && !continues
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_not_found_in_a_longer_one() {
        for (text, is_found) in [
            (r#"{"email":"ann@example.com"}"#, true),
            ("ann@example.com.", true),
            ("joann@example.com", false),
            ("jo.ann@example.com", false),
            ("ann@example.com.au", false),
            ("o'ann@example.com", false),
            ("'ann@example.com'", true),
            ("", false),
        ] {
            assert_eq!(has_address(text, "ann@example.com"), is_found, "{text}");
        }
        assert!(!has_address("ann@example.com", ""));
        assert_eq!(percent_decoded("?email%3dann%40example.com%2"), "?email=ann@example.com%2");
    }
}
