//! The notices of a site that were not delivered yet.

use std::collections::VecDeque;

use chrono::{DateTime, FixedOffset, TimeDelta};
use serde_json::Value;

/// An outbox holds no more notices than this. What comes on top is lost, unless something waits for it to be delivered.
const MOST: usize = 2_000;

/// The longest pause between two attempts.
const LONGEST_PAUSE: TimeDelta = TimeDelta::minutes(10);

/// Something to be told.
#[derive(Clone, Debug)]
pub(crate) struct Notice {
    pub(super) id: u64,
    /// One of [`TYPES`](super::TYPES).
    pub(super) kind: &'static str,
    /// JSON, as it travels.
    pub(super) payload: String,
    pub(super) then: Then,
    /// Not to be sent earlier.
    due: DateTime<FixedOffset>,
    attempts: u32,
    /// Somebody is delivering it.
    is_under_way: bool,
}

/// What happens as soon as a notice was delivered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Then {
    Nothing,
    /// The rewards of this referral are paid.
    PayReferral(u64),
}

/// The notices, the oldest first. One that is under way stays until it has arrived.
#[derive(Debug, Default)]
pub(crate) struct Outbox {
    notices: VecDeque<Notice>,
    /// The bytes of all payloads.
    bytes: usize,
    count: u64,
}

impl Outbox {
    pub(crate) fn len(&self) -> usize {
        self.notices.len()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.notices.is_empty()
    }

    pub(crate) fn bytes(&self) -> usize {
        self.bytes
    }

    /// Stores a notice, unless there is no more room for one that nothing waits for.
    pub(super) fn add(&mut self, kind: &'static str, payload: &Value, then: Then, due: DateTime<FixedOffset>) {
        if self.notices.len() >= MOST && then == Then::Nothing {
            return;
        }
        self.count += 1;
        let payload = payload.to_string();
        self.bytes += payload.len();
        let (id, attempts, is_under_way) = (self.count, 0, false);
        self.notices.push_back(Notice { id, kind, payload, then, due, attempts, is_under_way });
    }

    /// Gives the first notice that is due to whoever delivers it.
    pub(super) fn take_due(&mut self, now: DateTime<FixedOffset>) -> Option<Notice> {
        let notice = self.notices.iter_mut().find(|notice| notice.due <= now && !notice.is_under_way)?;
        notice.is_under_way = true;
        Some(notice.clone())
    }

    /// It has arrived. None if it was taken out before.
    pub(super) fn remove(&mut self, id: u64) -> Option<Notice> {
        let position = self.notices.iter().position(|notice| notice.id == id)?;
        let notice = self.notices.remove(position)?;
        self.bytes -= notice.payload.len();
        Some(notice)
    }

    /// It has not arrived, and is sent again after a pause, longer each time.
    pub(super) fn postpone(&mut self, id: u64, now: DateTime<FixedOffset>) {
        if let Some(notice) = self.notices.iter_mut().find(|notice| notice.id == id) {
            notice.is_under_way = false;
            notice.attempts += 1;
            let pause = TimeDelta::seconds(1i64 << notice.attempts.min(16)).min(LONGEST_PAUSE);
            notice.due = now.checked_add_signed(pause).unwrap_or(now);
        }
    }

    /// Takes out all notices whose payload is like this.
    pub(super) fn take_all(&mut self, is_like_this: impl Fn(&str) -> bool) -> Vec<Notice> {
        let (taken, kept): (Vec<_>, Vec<_>) = self.notices.drain(..).partition(|notice| is_like_this(&notice.payload));
        self.notices = kept.into();
        self.bytes = self.notices.iter().map(|notice| notice.payload.len()).sum();
        taken
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_something_waits_for_is_never_lost() {
        let (mut outbox, now) = (Outbox::default(), DateTime::default());
        for _ in 0..=MOST {
            outbox.add("event_web_hook", &Value::Null, Then::Nothing, now);
        }
        assert_eq!((outbox.len(), outbox.bytes()), (MOST, MOST * 4));
        outbox.add("referral_web_hook", &Value::Null, Then::PayReferral(7), now);
        let last = std::iter::from_fn(|| outbox.take_due(now)).last().expect("there are notices");
        assert_eq!(last.then, Then::PayReferral(7));
        assert_eq!(outbox.len(), MOST + 1, "what is under way is still there");
        outbox.postpone(last.id, now);
        assert!(outbox.take_due(now + TimeDelta::milliseconds(1_999)).is_none());
        assert_eq!(outbox.take_due(now + TimeDelta::seconds(2)).map(|notice| notice.id), Some(last.id));
        assert_eq!(outbox.remove(last.id).map(|notice| notice.then), Some(Then::PayReferral(7)));
        assert_eq!((outbox.len(), outbox.bytes()), (MOST, MOST * 4));
    }
}
