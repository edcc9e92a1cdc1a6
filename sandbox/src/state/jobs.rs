//! What is done later.

use std::collections::{BTreeMap, HashSet};

use chrono::{DateTime, FixedOffset};
use serde_json::{Map, Value};

use super::origin::OriginKind;

/// Something to do at its time.
#[derive(Debug)]
pub(crate) enum Job {
    /// Create one row of a batch.
    Create { kind: OriginKind, row: Map<String, Value>, makes_offer: bool },
    /// Approve a referral, if nobody decided otherwise.
    Approve { referral: u64 },
}

/// The jobs in the order of their times.
#[derive(Debug, Default)]
pub(crate) struct JobQueue {
    waiting: BTreeMap<(DateTime<FixedOffset>, u64), Job>,
    count: u64,
}

impl JobQueue {
    pub(crate) fn add(&mut self, due: DateTime<FixedOffset>, job: Job) {
        self.count += 1;
        self.waiting.insert((due, self.count), job);
    }

    /// Takes the first one that is due.
    pub(crate) fn take_due(&mut self, now: DateTime<FixedOffset>) -> Option<Job> {
        let first = self.waiting.first_entry()?;
        (first.key().0 <= now).then(|| first.remove())
    }

    /// Takes out the rows about whoever has one of these e-mail addresses.
    pub(crate) fn forget(&mut self, emails: &HashSet<String>) {
        let is_known = |email: &str| emails.contains(&email.to_lowercase());
        self.waiting.retain(|_, job| match job {
            Job::Create { row, .. } => !row.get("email").and_then(Value::as_str).is_some_and(is_known),
            Job::Approve { .. } => true,
        });
    }

    pub(crate) fn len(&self) -> usize {
        self.waiting.len()
    }
}
