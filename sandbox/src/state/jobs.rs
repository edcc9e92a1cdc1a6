//! Jobs that run at a later time.

use std::collections::{BTreeMap, HashSet};

use chrono::{DateTime, FixedOffset};
use serde_json::{Map, Value};

use super::origin::OriginKind;

#[derive(Debug)]
pub(crate) enum Job {
    /// Creates an origin from a batch row.
    Create { kind: OriginKind, row: Map<String, Value>, makes_offer: bool },
    /// Approves a referral if it is still pending.
    Approve { referral: u64 },
}

/// The pending jobs, ordered by due time and then by creation.
#[derive(Debug, Default)]
pub(crate) struct JobQueue {
    jobs: BTreeMap<(DateTime<FixedOffset>, u64), Job>,
    last_id: u64,
}

impl JobQueue {
    pub(crate) fn add(&mut self, due: DateTime<FixedOffset>, job: Job) {
        self.last_id += 1;
        self.jobs.insert((due, self.last_id), job);
    }

    pub(crate) fn take_due(&mut self, now: DateTime<FixedOffset>) -> Option<Job> {
        let first = self.jobs.first_entry()?;
        (first.key().0 <= now).then(|| first.remove())
    }

    /// Removes the batch rows that contain one of these e-mail addresses.
    pub(crate) fn forget(&mut self, emails: &HashSet<String>) {
        let is_forgotten = |email: &str| emails.contains(&email.to_lowercase());
        self.jobs.retain(|_, job| match job {
            Job::Create { row, .. } => !row.get("email").and_then(Value::as_str).is_some_and(is_forgotten),
            Job::Approve { .. } => true,
        });
    }

    pub(crate) fn len(&self) -> usize {
        self.jobs.len()
    }
}
