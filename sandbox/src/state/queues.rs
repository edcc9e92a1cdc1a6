//! The queues of a site: jobs that run at a later time, and webhook deliveries.

use std::collections::{BTreeMap, HashSet, VecDeque};

use chrono::{DateTime, FixedOffset, TimeDelta};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Map, Value};

use super::heap_size::HeapSize as _;
use super::origin::OriginKind;

#[derive(Debug, Serialize, Deserialize)]
pub(crate) enum Job {
    /// Creates an origin from a batch row.
    Create { kind: OriginKind, row: Map<String, Value>, makes_offer: bool },
    /// Approves a referral if it is still pending.
    Approve { referral: u64 },
}

/// The estimated size of a job in the queue, without its heap memory.
const JOB_BYTES: usize = 256;

impl Job {
    fn heap_bytes(&self) -> usize {
        match self {
            Self::Create { row, .. } => row.heap_bytes(),
            Self::Approve { .. } => 0,
        }
    }
}

/// The pending jobs, ordered by due time and then by creation.
#[derive(Debug, Default)]
pub(crate) struct JobQueue {
    jobs: BTreeMap<(DateTime<FixedOffset>, u64), Job>,
    last_id: u64,
    heap_bytes: usize,
}

impl JobQueue {
    pub(crate) fn add(&mut self, due: DateTime<FixedOffset>, job: Job) {
        self.last_id += 1;
        self.heap_bytes += job.heap_bytes();
        self.jobs.insert((due, self.last_id), job);
    }

    pub(crate) fn take_due(&mut self, now: DateTime<FixedOffset>) -> Option<Job> {
        let first = self.jobs.first_entry().filter(|first| first.key().0 <= now)?;
        let job = first.remove();
        self.heap_bytes = self.heap_bytes.saturating_sub(job.heap_bytes());
        Some(job)
    }

    /// Removes the batch rows that contain one of these e-mail addresses.
    pub(crate) fn forget(&mut self, emails: &HashSet<String>) {
        let is_forgotten = |email: &str| emails.contains(&email.to_lowercase());
        self.jobs.retain(|_, job| match job {
            Job::Create { row, .. } => !row.get("email").and_then(Value::as_str).is_some_and(is_forgotten),
            Job::Approve { .. } => true,
        });
        self.heap_bytes = self.jobs.values().map(Job::heap_bytes).sum();
    }

    /// Returns the estimated size of all jobs in bytes.
    pub(crate) fn bytes(&self) -> usize {
        self.jobs.len() * JOB_BYTES + self.heap_bytes
    }

    pub(crate) fn len(&self) -> usize {
        self.jobs.len()
    }

    /// Returns the ids of the referrals that wait for approval.
    pub(super) fn referrals(&self) -> impl Iterator<Item = u64> {
        self.jobs.values().filter_map(|job| match job {
            Job::Approve { referral } => Some(*referral),
            Job::Create { .. } => None,
        })
    }
}

impl Serialize for JobQueue {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.jobs.iter().map(|((due, _), job)| (due, job)))
    }
}

impl<'de> Deserialize<'de> for JobQueue {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut queue = Self::default();
        for (due, job) in Vec::deserialize(deserializer)? {
            queue.add(due, job);
        }
        Ok(queue)
    }
}

/// The maximum number of pending deliveries. Further deliveries are dropped unless rewards depend on them.
const MAX_DELIVERIES: usize = 2_000;

const MAX_BACKOFF: TimeDelta = TimeDelta::minutes(10);

/// A change that depends on the delivery of a webhook.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum AfterDelivery {
    /// Pays the rewards of the referral with this id.
    PayRewards(u64),
    /// Cancels the e-mail with this share if the response says that the recipient has unsubscribed.
    SendEmail(u64),
}

impl Delivery {
    /// Returns the id of the referral whose rewards are paid once the webhook is delivered, if any.
    pub(crate) fn pays(&self) -> Option<u64> {
        match self.then? {
            AfterDelivery::PayRewards(referral) => Some(referral),
            AfterDelivery::SendEmail(_) => None,
        }
    }
}

#[derive(Clone, Debug)]
pub(crate) struct Delivery {
    pub(crate) id: u64,
    /// The webhook's type, such as `referral_web_hook`.
    pub(crate) kind: &'static str,
    pub(crate) payload: String,
    /// The change that depends on the delivery, if there is one.
    pub(crate) then: Option<AfterDelivery>,
    due: DateTime<FixedOffset>,
    attempts: u32,
    is_in_flight: bool,
}

/// The deliveries, oldest first. A delivery in flight is removed only once it succeeds.
#[derive(Debug, Default)]
pub(crate) struct Outbox {
    deliveries: VecDeque<Delivery>,
    /// The total size of the payloads.
    payload_bytes: usize,
    last_id: u64,
    pub(crate) delivered: u64,
    pub(crate) failed: u64,
    pub(crate) last_failure: Option<String>,
}

impl Outbox {
    pub(crate) fn len(&self) -> usize {
        self.deliveries.len()
    }

    /// Returns the estimated size of all deliveries in bytes.
    pub(crate) fn bytes(&self) -> usize {
        self.deliveries.len() * size_of::<Delivery>() + self.payload_bytes
    }

    /// Adds a delivery. If the outbox is full, drops the new delivery unless rewards depend on it. Returns whether the delivery
    /// was added.
    pub(crate) fn add(
        &mut self,
        kind: &'static str,
        payload: String,
        then: Option<AfterDelivery>,
        due: DateTime<FixedOffset>,
    ) -> bool {
        let has_rewards = matches!(then, Some(AfterDelivery::PayRewards(_)));
        if self.deliveries.len() >= MAX_DELIVERIES && !has_rewards {
            return false;
        }
        self.last_id += 1;
        let id = self.last_id;
        self.payload_bytes += payload.capacity();
        self.deliveries.push_back(Delivery { id, kind, payload, then, due, attempts: 0, is_in_flight: false });
        true
    }

    /// Marks the first due delivery as in flight and returns a copy. Returns `None` if no delivery is due.
    pub(crate) fn take_due(&mut self, now: DateTime<FixedOffset>) -> Option<Delivery> {
        let delivery = self.deliveries.iter_mut().find(|delivery| delivery.due <= now && !delivery.is_in_flight)?;
        delivery.is_in_flight = true;
        Some(delivery.clone())
    }

    /// Returns whether no delivery is in flight or due.
    pub(crate) fn is_settled(&self, now: DateTime<FixedOffset>) -> bool {
        !self.deliveries.iter().any(|delivery| delivery.is_in_flight || delivery.due <= now)
    }

    /// Removes and returns a delivery. Returns `None` if the delivery was canceled.
    pub(crate) fn remove(&mut self, id: u64) -> Option<Delivery> {
        let position = self.deliveries.iter().position(|delivery| delivery.id == id)?;
        let delivery = self.deliveries.remove(position)?;
        self.payload_bytes = self.payload_bytes.saturating_sub(delivery.payload.capacity());
        Some(delivery)
    }

    /// Schedules another attempt, with exponential backoff.
    pub(crate) fn retry_later(&mut self, id: u64, now: DateTime<FixedOffset>) {
        if let Some(delivery) = self.deliveries.iter_mut().find(|delivery| delivery.id == id) {
            delivery.is_in_flight = false;
            delivery.attempts += 1;
            let backoff = TimeDelta::seconds(1i64 << delivery.attempts.min(16)).min(MAX_BACKOFF);
            delivery.due = now.checked_add_signed(backoff).unwrap_or(now);
        }
    }

    /// Removes and returns the deliveries whose payloads match.
    pub(crate) fn cancel(&mut self, matches: impl Fn(&str) -> bool) -> Vec<Delivery> {
        let (canceled, kept): (Vec<_>, Vec<_>) =
            self.deliveries.drain(..).partition(|delivery| matches(&delivery.payload));
        self.deliveries = kept.into();
        self.payload_bytes = self.deliveries.iter().map(|delivery| delivery.payload.capacity()).sum();
        canceled
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_outbox_accepts_deliveries_that_rewards_depend_on() {
        let (mut outbox, now) = (Outbox::default(), DateTime::default());
        for _ in 0..=MAX_DELIVERIES {
            outbox.add("event_web_hook", "null".to_owned(), None, now);
        }
        assert_eq!(outbox.len(), MAX_DELIVERIES);
        let full = outbox.bytes();
        outbox.add("referral_web_hook", "null".to_owned(), Some(AfterDelivery::PayRewards(7)), now);
        let last = std::iter::from_fn(|| outbox.take_due(now)).last().expect("a delivery is due");
        assert_eq!(last.pays(), Some(7));
        assert_eq!(outbox.len(), MAX_DELIVERIES + 1, "deliveries in flight stay in the outbox");
        outbox.retry_later(last.id, now);
        assert!(outbox.take_due(now + TimeDelta::milliseconds(1_999)).is_none());
        assert_eq!(outbox.take_due(now + TimeDelta::seconds(2)).map(|delivery| delivery.id), Some(last.id));
        assert_eq!(outbox.remove(last.id).map(|delivery| delivery.pays()), Some(Some(7)));
        assert_eq!((outbox.len(), outbox.bytes()), (MAX_DELIVERIES, full));
    }
}
