//! Entries of the outbox.

use std::fmt;
use std::str::FromStr;

use serde_json::{Value, json};
use talkable_api::{Call, StoredCall};

use crate::error::Error;
use crate::mask::mask;

/// The id of an entry. Entries with the same key are sent in the order of their ids.
pub type EntryId = i64;

/// A doubtful attempt of an entry, from [`Listed::doubt`](crate::Listed::doubt).
///
/// If an entry is sent again and becomes doubtful again, that is another doubt, so what was found out about the first
/// attempt does not apply to the second one. Operators see a doubt as text, such as `17-8523`, which can be parsed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Doubt {
    /// The id of the entry.
    pub entry: EntryId,
    /// The number of the attempt, which is random.
    pub token: i64,
}

impl fmt::Display for Doubt {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}-{}", self.entry, self.token)
    }
}

impl FromStr for Doubt {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let parts = text.split_once('-').and_then(|(entry, token)| Some((entry.parse().ok()?, token.parse().ok()?)));
        parts.map(|(entry, token)| Self { entry, token }).ok_or(Error::InvalidDoubt)
    }
}

/// The state of an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum State {
    /// The entry waits for its time, for earlier entries with the same key, or for a worker.
    Ready,
    /// A worker has claimed the entry, and its call has certainly not been sent if the operation is not idempotent.
    Claimed,
    /// The call of an operation that is not idempotent is about to be sent or in flight.
    Sending,
    /// The API has processed the call. The payload is deleted.
    Done,
    /// The API rejected the call, or the call failed too often. It is not sent again until an operator retries it.
    Dead,
    /// The API may have processed the call, and sending it again could have a second effect. An operator or a program
    /// must find out and [resolve](crate::Outbox::resolve) it.
    Doubtful,
    /// The call is not sent anymore, because an operator [discarded](crate::Outbox::discard) the entry or
    /// [erased](crate::Outbox::erase) the data of a person. The payload is deleted.
    Discarded,
}

impl State {
    pub(crate) const ALL: [Self; 7] =
        [Self::Ready, Self::Claimed, Self::Sending, Self::Done, Self::Dead, Self::Doubtful, Self::Discarded];

    /// The name in the table, such as `ready`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Ready => "ready",
            Self::Claimed => "claimed",
            Self::Sending => "sending",
            Self::Done => "done",
            Self::Dead => "dead",
            Self::Doubtful => "doubtful",
            Self::Discarded => "discarded",
        }
    }

    pub(crate) fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.name() == name)
    }
}

/// A call to be added to the outbox.
#[derive(Clone)]
#[must_use = "an entry does nothing until it is enqueued"]
pub struct Entry {
    pub(crate) call: StoredCall,
    pub(crate) key: Option<String>,
    pub(crate) dedup: Option<String>,
    pub(crate) due: Option<i64>,
    pub(crate) holds: bool,
}

impl Entry {
    /// Creates an entry from a call.
    ///
    /// Set `created_at` in purchases and events, and `refunded_at` in refunds. Otherwise, the API dates them by their
    /// arrival.
    ///
    /// # Errors
    ///
    /// [`Error::Call`] if the call can't be [stored](Call::to_stored).
    pub fn new<T>(call: &Call<T>) -> Result<Self, Error> {
        Ok(Self::from(call.to_stored()?))
    }

    /// Sets the key, such as the order number. Entries of a site with the same key are sent one after another.
    pub fn key(mut self, key: impl Into<String>) -> Self {
        self.key = Some(key.into());
        self
    }

    /// Sets the deduplication key, such as `purchase-1042`. If the site already has an entry with this key, enqueuing
    /// has no effect. A processed entry keeps its key until it is [purged](crate::Outbox::purge).
    pub fn dedup(mut self, dedup: impl Into<String>) -> Self {
        self.dedup = Some(dedup.into());
        self
    }

    /// Sends the call not before this time, in milliseconds since 1970.
    pub fn not_before(mut self, milliseconds: i64) -> Self {
        self.due = Some(milliseconds.max(0));
        self
    }

    /// Makes the later entries with the same key wait if this entry becomes dead or doubtful, until an operator retries,
    /// resolves or discards it. By default, they are sent.
    pub fn hold_key(mut self) -> Self {
        self.holds = true;
        self
    }

    /// The entry as an item of the array that [`ENQUEUE_SQLITE`](crate::ENQUEUE_SQLITE) and
    /// [`ENQUEUE_POSTGRES`](crate::ENQUEUE_POSTGRES) take.
    pub fn to_json(&self) -> Value {
        json!({"call": self.call, "key": self.key, "dedup": self.dedup, "due": self.due, "hold": self.holds})
    }
}

impl From<StoredCall> for Entry {
    fn from(call: StoredCall) -> Self {
        Self { call, key: None, dedup: None, due: None, holds: false }
    }
}

impl fmt::Debug for Entry {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = formatter.debug_struct("Entry");
        shown.field("call", &self.call).field("key", &self.key.as_deref().map(mask));
        shown.field("dedup", &self.dedup.as_deref().map(mask)).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::Doubt;

    #[test]
    fn a_doubt_is_parsed_from_its_text() {
        let doubt = Doubt { entry: 17, token: 8523 };
        assert_eq!(doubt.to_string().parse::<Doubt>().ok(), Some(doubt));
        for text in ["17", "17-", "-", "17-a", ""] {
            assert!(text.parse::<Doubt>().is_err(), "{text}");
        }
    }
}
