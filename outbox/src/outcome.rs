//! The outcome of a call: the next state of its entry, and what it shows about the site.

use std::time::Duration;

use talkable_api::{Error, Verdict};

use crate::claimed::Claimed;
use crate::mask::summary;

/// An entry whose call has ended.
#[derive(Debug)]
pub(crate) struct Finished {
    pub(crate) entry: Claimed,
    pub(crate) outcome: Outcome,
}

/// The outcome of a call.
#[derive(Debug, PartialEq)]
pub(crate) struct Outcome {
    pub(crate) target: Target,
    /// The time until the entry is due. `None` keeps its place in the queue.
    pub(crate) wait: Option<Duration>,
    /// Whether the attempt counts toward the limit: the failure concerns the entry and not its whole site.
    pub(crate) is_counted: bool,
    /// Whether the pause before the next attempt grows.
    pub(crate) is_failure: bool,
    pub(crate) error: Option<String>,
    pub(crate) signal: Signal,
}

/// The next state of an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Target {
    Ready,
    Done,
    Dead,
    Doubtful,
    /// Doubtful if the call may have been sent, and ready otherwise.
    Release,
    /// Doubtful if the call may have been sent, and dead otherwise.
    Abandon,
}

impl Target {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Ready => "ready",
            Self::Done => "done",
            Self::Dead => "dead",
            Self::Doubtful => "doubtful",
            Self::Release => "release",
            Self::Abandon => "abandon",
        }
    }
}

/// The state of a site after a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Signal {
    /// The site is not available, or rejects the API key.
    Failed {
        wait: Duration,
        reason: &'static str,
    },
    /// The site is rate limited.
    Throttled {
        wait: Duration,
    },
    /// The site processes calls.
    Responded,
    Nothing,
}

/// The number of failed attempts after which an entry is dead if the API responds with 401, 403 or 5xx, even if the
/// attempts do not count. With the default pauses, this takes over 16 hours. Without this limit, a single entry that the
/// API never processes would pause its site forever.
const MAX_TRIES: u32 = 1000;

/// The limits for failed calls.
#[derive(Clone, Debug)]
pub(crate) struct Policy {
    /// The number of failed attempts after which an entry is dead.
    pub(crate) max_attempts: u32,
    /// The number of consecutive failures after which a site counts as unavailable.
    pub(crate) outage_after: u32,
    /// The first pause after a failure, which doubles with each further one up to `max_pause`.
    pub(crate) min_pause: Duration,
    pub(crate) max_pause: Duration,
    /// The pause after a rejected API key.
    pub(crate) key_pause: Duration,
}

impl Outcome {
    /// The outcome of a call that was canceled before its result was received.
    pub(crate) fn released(reason: &str) -> Self {
        Self { error: Some(reason.to_owned()), ..Self::new(Target::Release, Signal::Nothing) }
    }

    /// The outcome of a call without a known result: it panicked, or took longer than its lease. This may happen again.
    pub(crate) fn canceled(reason: &str, entry: &Claimed, policy: &Policy) -> Self {
        let failed = policy.failed(Duration::ZERO, true, entry, Signal::Nothing, 0.0);
        let target = if failed.target == Target::Dead { Target::Abandon } else { Target::Release };
        Self { target, error: Some(reason.to_owned()), ..failed }
    }

    /// Whether the site may be unavailable.
    pub(crate) fn is_site_failure(&self) -> bool {
        self.is_failure || self.target == Target::Doubtful
    }

    /// The outcome of an entry that can't be sent.
    pub(crate) fn invalid(error: &str) -> Self {
        Self { error: Some(summary(error)), ..Self::new(Target::Dead, Signal::Nothing) }
    }

    fn new(target: Target, signal: Signal) -> Self {
        Self { target, wait: None, is_counted: false, is_failure: false, error: None, signal }
    }

    /// The outcome of a call that was sent. `streak` is the number of failures since the worker's last success with
    /// this site, including this call if it failed, and `random` is a number from 0 to 1 for jitter.
    pub(crate) fn of<T>(result: Result<T, Error>, entry: &Claimed, streak: u32, policy: &Policy, random: f64) -> Self {
        let Err(error) = result else { return Self::new(Target::Done, Signal::Responded) };
        let outcome = match error.verdict() {
            Verdict::Processed => Self::new(Target::Done, Signal::Responded),
            Verdict::MaybeProcessed => Self::new(Target::Doubtful, policy.signal(entry, streak)),
            Verdict::Rejected => Self::new(Target::Dead, Signal::Responded),
            Verdict::NotSent => Self::new(Target::Dead, Signal::Nothing),
            Verdict::Unauthorized => policy.unauthorized(entry, streak),
            Verdict::RetryAfter(wait) => policy.retry(&error, wait, entry, streak, random),
            // A verdict of a later version of the client.
            _ => Self::canceled("", entry, policy),
        };
        Self { error: Some(summary(&error.to_string())), ..outcome }
    }
}

impl Policy {
    fn retry(&self, error: &Error, wait: Duration, entry: &Claimed, streak: u32, random: f64) -> Outcome {
        let is_429 = error.status() == Some(429);
        if matches!(error, Error::Throttled(_)) {
            // The pause of the site delays the entry, which keeps its place in the queue.
            return Outcome::new(Target::Ready, Signal::Throttled { wait });
        }
        if is_429 || matches!(error, Error::Hook(_)) {
            let signal = if is_429 { Signal::Responded } else { Signal::Nothing };
            return Outcome { wait: Some(wait), ..Outcome::new(Target::Ready, signal) };
        }
        let could_succeed = error.info().is_some_and(talkable_api::CallInfo::maybe_processed);
        if could_succeed && is_last_try(entry) {
            return Outcome::new(Target::Dead, self.signal(entry, streak));
        }
        let is_counted = could_succeed && !self.is_outage(entry, streak);
        self.failed(wait, is_counted, entry, self.signal(entry, streak), random)
    }

    /// The first refusal after a success can concern only this operation, so the site is not paused, and the attempt
    /// counts if the entry was refused before. If another call is refused next, or the attempt after a pause, the key
    /// is wrong.
    fn unauthorized(&self, entry: &Claimed, streak: u32) -> Outcome {
        let is_key_wrong = entry.probe.is_some() || streak > 1;
        if is_last_try(entry) {
            return Outcome::new(Target::Dead, Signal::Responded);
        }
        let signal = if is_key_wrong {
            Signal::Failed { wait: self.key_pause, reason: "unauthorized" }
        } else {
            Signal::Nothing
        };
        self.failed(self.key_pause, !is_key_wrong && entry.tries > 0, entry, signal, 0.0)
    }

    fn failed(&self, wait: Duration, is_counted: bool, entry: &Claimed, signal: Signal, random: f64) -> Outcome {
        let is_last = is_counted && entry.attempts.saturating_add(1) >= self.max_attempts;
        let pause = self.pause(entry.tries).mul_f64(1.0 + random.clamp(0.0, 1.0) / 4.0);
        let target = if is_last { Target::Dead } else { Target::Ready };
        Outcome { wait: Some(wait.max(pause)), is_counted, is_failure: true, ..Outcome::new(target, signal) }
    }

    /// The state of the site after a failure.
    fn signal(&self, entry: &Claimed, streak: u32) -> Signal {
        if !self.is_outage(entry, streak) {
            return Signal::Nothing;
        }
        let failures = entry.probe.and_then(|failures| u32::try_from(failures).ok()).unwrap_or(0);
        Signal::Failed { wait: self.pause(failures), reason: "unavailable" }
    }

    fn is_outage(&self, entry: &Claimed, streak: u32) -> bool {
        entry.probe.is_some() || streak >= self.outage_after
    }

    fn pause(&self, failures: u32) -> Duration {
        self.min_pause.saturating_mul(1 << failures.min(20)).min(self.max_pause)
    }
}

fn is_last_try(entry: &Claimed) -> bool {
    entry.tries.saturating_add(1) >= MAX_TRIES
}

#[cfg(test)]
mod tests;
