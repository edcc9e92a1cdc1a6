//! The settings of a worker.

use std::time::Duration;

use serde_json::Value;

use super::Worker;
use crate::entry::EntryId;
use crate::outcome::Policy;

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

    /// Sets the time after which an entry that was claimed by a crashed worker is sent again or becomes doubtful, by default one
    /// minute. A call has three quarters of this time, including its waits.
    pub fn lease(mut self, lease: Duration) -> Self {
        self.sender.lease = lease;
        self
    }

    /// Sets the maximum time between two searches for entries, by default 5 seconds. New entries are usually found earlier, by a
    /// notification of PostgreSQL or by a change of the SQLite file.
    pub fn poll(mut self, poll: Duration) -> Self {
        self.poll = poll;
        self
    }

    /// Sets the time that a worker waits for its calls when it stops, by default 20 seconds and at most the lease.
    pub fn grace(mut self, grace: Duration) -> Self {
        self.grace = grace;
        self
    }

    /// Sets the number of failed attempts after which an entry is dead, by default 20. An attempt counts only if it may have
    /// succeeded: it was not throttled, and the site was available.
    pub fn max_attempts(mut self, attempts: u32) -> Self {
        self.policy.max_attempts = attempts.max(1);
        self
    }

    /// Sets the pause after a failure and its maximum, by default one second and one minute. The pause doubles with each further
    /// failure of the entry or of the site.
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

    /// Sets the pause of a site after a 401 or 403, by default one minute. Then one entry is sent, and the others follow if the key
    /// works.
    pub fn key_pause(mut self, pause: Duration) -> Self {
        self.policy.key_pause = pause;
        self
    }

    /// Sets a function that receives the result of each successful call, for example to save the id of an offer. It runs before the
    /// outcome is recorded. If the process crashes in between, the function may not run, or run again for an idempotent operation.
    pub fn on_response(mut self, hook: impl Fn(EntryId, &Value) + Send + Sync + 'static) -> Self {
        self.sender.on_response = Some(std::sync::Arc::new(hook));
        self
    }
}
