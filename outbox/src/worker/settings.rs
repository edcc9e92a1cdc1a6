//! The settings of a worker.

use std::time::Duration;

use serde_json::Value;

use super::Worker;
use crate::entry::EntryId;
use crate::outcome::Policy;

/// Far more than a call needs. Adding it to a time does not overflow.
const MAX_LEASE: Duration = Duration::from_hours(24);

pub(super) fn default_policy() -> Policy {
    Policy {
        max_attempts: 20,
        outage_after: 5,
        min_pause: Duration::from_secs(1),
        max_pause: Duration::from_mins(1),
        key_pause: Duration::from_mins(1),
    }
}

impl Worker {
    /// Sets the maximum number of calls at the same time, by default 16.
    pub fn concurrency(mut self, calls: usize) -> Self {
        self.concurrency = calls.max(1);
        self
    }

    /// Sets the time after which an entry that was claimed by a crashed worker is sent again or becomes doubtful, by
    /// default one minute and at most a day. A call has three quarters of this time, including its waits.
    pub fn lease(mut self, lease: Duration) -> Self {
        self.sender.lease = lease.min(MAX_LEASE);
        self
    }

    /// Sets the maximum time between two searches for entries, by default 5 seconds. New entries are usually found
    /// earlier, by a notification of PostgreSQL or by a change of the SQLite file.
    pub fn poll(mut self, poll: Duration) -> Self {
        self.poll = poll;
        self
    }

    /// Sets the time that a stopping worker waits for its calls, by default 20 seconds and at most the lease. It
    /// cancels the calls that take longer. Then it tries for the same time, and at least for 5 seconds, to record the
    /// outcomes of all calls.
    pub fn grace(mut self, grace: Duration) -> Self {
        self.grace = grace;
        self
    }

    /// Sets the number of attempts after which an entry is dead, by default 20. An attempt counts if it fails although
    /// the site is available. Throttled calls, failures during an outage, and calls with a wrong API key do not count.
    pub fn max_attempts(mut self, attempts: u32) -> Self {
        self.policy.max_attempts = attempts.max(1);
        self
    }

    /// Sets the pause after a failure and its maximum, by default one second and one minute. The pause doubles with
    /// each further failure of the entry or of the site.
    pub fn pauses(mut self, min: Duration, max: Duration) -> Self {
        self.policy.min_pause = min;
        self.policy.max_pause = max.max(min);
        self
    }

    /// Sets the number of consecutive failures after which the site is paused for all workers, by default 5.
    pub fn outage_after(mut self, failures: u32) -> Self {
        self.policy.outage_after = failures.max(1);
        self
    }

    /// Sets the pause of a site whose API key is rejected, by default one minute. Then one entry is sent, and the
    /// others follow if the key works.
    ///
    /// If only one of several calls gets a 401 or 403, the site is not paused. The entry is sent again after this pause,
    /// and each further refusal counts as an attempt. If the key is wrong, no attempts count, but an entry that has failed
    /// 1,000 times is dead.
    pub fn key_pause(mut self, pause: Duration) -> Self {
        self.policy.key_pause = pause;
        self
    }

    /// Sets a function that receives the result of each successful call, for example to save the id of an offer. It
    /// runs before the outcome is recorded. If the process crashes in between, the function may not run, or run again
    /// for an idempotent operation. If it panics, the entry is done all the same.
    pub fn on_response(mut self, hook: impl Fn(EntryId, &Value) + Send + Sync + 'static) -> Self {
        self.sender.on_response = Some(std::sync::Arc::new(hook));
        self
    }
}
