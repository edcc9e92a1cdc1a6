//! Faults to inject into API responses.

use std::collections::BTreeMap;
use std::time::Duration;

use chrono::{DateTime, Utc};
use fastrand::Rng;
use serde::{Deserialize, Serialize};

use crate::settings::InvalidSetting;

pub(crate) mod broken_response;
mod failure;

pub use failure::Failure;

/// The faults to inject. By default, all faults are off.
///
/// Faults are random, but the same seed and the same order of requests produce the same faults. Fractions of requests
/// or responses are numbers from 0 to 1.
///
/// ```
/// use talkable_sandbox::{Faults, Sandbox};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> std::io::Result<()> {
/// let sandbox = Sandbox::start().await?;
/// let mut faults = Faults::default();
/// faults.requests_per_second = Some(5.0);
/// faults.dropped = 0.1;
/// sandbox.set_faults(faults);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct Faults {
    /// The rate limit for each site, in requests per second. Excess requests get a 429 without a body. `None` means unlimited.
    pub requests_per_second: Option<f64>,
    /// The number of requests that the rate limit admits at once.
    pub burst: u32,
    /// The delay of each response, in milliseconds.
    pub latency_ms: u64,
    /// The maximum random delay that is added to `latency_ms`, in milliseconds.
    pub jitter_ms: u64,
    /// The fraction of requests that get a 5xx with an HTML page. Half of these requests are still processed.
    pub server_errors: f64,
    /// The fraction of requests whose connection is closed without a response. Half of these requests are still processed.
    pub dropped: f64,
    /// The fraction of responses that are cut off halfway.
    pub truncated: f64,
    /// The fraction of responses that are sent slowly.
    pub trickled: f64,
    /// The speed of slow responses, in bytes per second.
    pub trickle_bytes_per_second: u32,
    /// The seed for the random faults.
    pub seed: u64,
}

impl Default for Faults {
    fn default() -> Self {
        Self {
            requests_per_second: None,
            burst: 10,
            latency_ms: 0,
            jitter_ms: 0,
            server_errors: 0.0,
            dropped: 0.0,
            truncated: 0.0,
            trickled: 0.0,
            trickle_bytes_per_second: 200,
            seed: 1,
        }
    }
}

impl Faults {
    /// Validates the settings.
    ///
    /// # Errors
    ///
    /// Returns an error if a fraction or the sum of all fractions is not between 0 and 1, or if the rate limit is negative or
    /// not finite.
    pub fn check(&self) -> Result<(), InvalidSetting> {
        let shares = self.shares();
        if let Some((name, share)) = shares.iter().find(|(_, share)| !(0.0..=1.0).contains(share)) {
            return Err(InvalidSetting::new(format!("`{name}` is {share}; it must be between 0 and 1")));
        }
        let sum: f64 = shares.iter().map(|(_, share)| share).sum();
        // The sum of decimal fractions can have rounding errors.
        if sum > 1.0 + 1e-9 {
            let names = shares.map(|(name, _)| name).join("`, `");
            return Err(InvalidSetting::new(format!("the sum of `{names}` is {sum}; it must be at most 1")));
        }
        match self.requests_per_second {
            Some(rate) if !(rate.is_finite() && rate >= 0.0) => Err(InvalidSetting::new(format!(
                "`requests_per_second` is {rate}; it must be a finite number, 0 or more"
            ))),
            _ => Ok(()),
        }
    }

    fn shares(&self) -> [(&'static str, f64); 4] {
        [
            ("server_errors", self.server_errors),
            ("dropped", self.dropped),
            ("truncated", self.truncated),
            ("trickled", self.trickled),
        ]
    }

    /// Randomly chooses a fault, and decides whether the faulty request is still processed. Returns `None` if no fault
    /// is chosen.
    fn draw(&self, random: &mut Rng) -> Option<(Fault, bool)> {
        let shares = self.shares();
        if !shares.iter().any(|(_, share)| *share > 0.0) {
            return None;
        }
        let mut rest = random.f64();
        let (name, _) = shares.into_iter().find(|(_, share)| {
            rest -= share;
            rest < 0.0
        })?;
        Some(match name {
            "server_errors" => {
                let status = random.choice([500, 502, 503, 504]).unwrap_or(500);
                (Fault::ServerError(status), random.bool())
            }
            "dropped" => (Fault::Dropped, random.bool()),
            "truncated" => (Fault::Truncated, true),
            _ => (Fault::Trickled { bytes_per_second: self.trickle_bytes_per_second.max(1) }, true),
        })
    }
}

/// The delay and the fault of one request, and whether the request is processed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Plan {
    pub(crate) latency: Duration,
    pub(crate) fault: Option<Fault>,
    /// Whether the request is processed. Only requests with a server error or a dropped connection can be unprocessed.
    pub(crate) is_processed: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    ServerError(u16),
    Dropped,
    Truncated,
    Trickled { bytes_per_second: u32 },
}

/// The current faults, with the state of the random number generator and the rate limits.
#[derive(Debug)]
pub(crate) struct FaultInjector {
    pub(crate) faults: Faults,
    random: Rng,
    /// The number of tokens in each site's bucket, and the time when it was last refilled.
    buckets: BTreeMap<String, (f64, DateTime<Utc>)>,
    /// The failures of single calls: the id of an operation, the failure, and the number of calls that fail.
    failures: Vec<(String, Failure, u32)>,
}

impl FaultInjector {
    pub(crate) fn new(faults: Faults) -> Self {
        Self { random: Rng::with_seed(faults.seed), faults, buckets: BTreeMap::new(), failures: Vec::new() }
    }

    /// Replaces the faults, but not the failures of single calls.
    pub(crate) fn set(&mut self, faults: Faults) {
        *self = Self { failures: std::mem::take(&mut self.failures), ..Self::new(faults) };
    }

    pub(crate) fn fail_next(&mut self, operation: &str, failure: Failure, times: u32) {
        self.failures.push((operation.to_owned(), failure, times));
    }

    /// Returns the requested failure of a call, if there is one.
    pub(crate) fn take_failure(&mut self, operation: &str) -> Option<Failure> {
        self.failures.retain(|(_, _, times)| *times > 0);
        let (_, failure, times) = self.failures.iter_mut().find(|(id, _, _)| id == operation)?;
        *times -= 1;
        Some(failure.clone())
    }

    /// Randomly chooses the delay and the fault for the next request.
    pub(crate) fn plan(&mut self) -> Plan {
        let Self { faults, random, .. } = self;
        let jitter = if faults.jitter_ms > 0 { random.u64(..=faults.jitter_ms) } else { 0 };
        let latency = Duration::from_millis(faults.latency_ms.saturating_add(jitter));
        let (fault, is_processed) = faults.draw(random).unzip();
        Plan { latency, fault, is_processed: is_processed.unwrap_or(true) }
    }

    /// Applies a site's rate limit, which is a token bucket. Returns false if the request exceeds the limit.
    pub(crate) fn admit(&mut self, site: &str, now: DateTime<Utc>) -> bool {
        let Some(rate) = self.faults.requests_per_second else {
            return true;
        };
        let burst = f64::from(self.faults.burst.max(1));
        let (tokens, refilled_at) = self.buckets.entry(site.to_owned()).or_insert((burst, now));
        let seconds = (now - *refilled_at).as_seconds_f64().max(0.0);
        *tokens = (*tokens + seconds * rate).min(burst);
        *refilled_at = now;
        let has_token = *tokens >= 1.0;
        if has_token {
            *tokens -= 1.0;
        }
        has_token
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_gives_the_same_faults() {
        let faults = Faults { server_errors: 0.3, dropped: 0.2, truncated: 0.1, jitter_ms: 5, ..Faults::default() };
        let draw = || {
            let mut injector = FaultInjector::new(faults.clone());
            (0..200).map(|_| injector.plan()).collect::<Vec<_>>()
        };
        let plans = draw();
        assert_eq!(plans, draw());
        let errors = plans.iter().filter(|plan| matches!(plan.fault, Some(Fault::ServerError(_)))).count();
        let intact = plans.iter().filter(|plan| plan.fault.is_none()).count();
        assert!((30..=90).contains(&errors) && (50..=110).contains(&intact), "{errors} errors, {intact} intact");
    }

    #[test]
    fn rejects_invalid_shares_and_rates() {
        let default = Faults::default;
        for faults in [
            default(),
            Faults { server_errors: 1.0, requests_per_second: Some(0.0), ..default() },
            Faults { server_errors: 0.1, dropped: 0.2, truncated: 0.3, trickled: 0.4, ..default() },
        ] {
            assert_eq!(faults.check(), Ok(()), "{faults:?}");
        }
        for (faults, named) in [
            (Faults { server_errors: 50.0, ..default() }, "`server_errors`"),
            (Faults { dropped: f64::NAN, ..default() }, "`dropped`"),
            (Faults { truncated: -1.0, ..default() }, "`truncated`"),
            (Faults { dropped: 0.6, trickled: 0.5, ..default() }, "the sum of"),
            (Faults { requests_per_second: Some(f64::INFINITY), ..default() }, "`requests_per_second`"),
        ] {
            let message = faults.check().map_err(|error| error.to_string()).unwrap_err();
            assert!(message.contains(named), "{message}");
        }
    }

    #[test]
    fn limits_the_rate_of_each_site() {
        let mut injector = FaultInjector::new(Faults { requests_per_second: Some(2.0), burst: 3, ..Faults::default() });
        let start = DateTime::from_timestamp(0, 0).unwrap();
        let at = |milliseconds| start + chrono::TimeDelta::milliseconds(milliseconds);
        let admitted: Vec<bool> = (0..5).map(|_| injector.admit("a", at(0))).collect();
        assert_eq!(admitted, [true, true, true, false, false]);
        assert!(injector.admit("b", at(0)));
        assert!(!injector.admit("a", at(499)));
        assert!(injector.admit("a", at(500)));
    }
}
