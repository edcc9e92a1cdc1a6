//! Trouble on demand: what can go wrong between a client and the API.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use chrono::{DateTime, Utc};
use fastrand::Rng;
use serde::{Deserialize, Serialize};

use crate::invalid::Invalid;

mod bucket;
pub(crate) mod wire;

use bucket::Bucket;

/// What goes wrong, and how often. By default nothing does.
///
/// Shares lie between 0 and 1. What happens to a request is drawn from the seed, so the same requests in the same order
/// meet the same trouble.
///
/// ```
/// use talkable_sandbox::{Sandbox, Trouble};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> std::io::Result<()> {
/// let sandbox = Sandbox::start().await?;
/// let mut trouble = Trouble::default();
/// trouble.requests_per_second = Some(5.0);
/// trouble.server_errors = 0.1;
/// sandbox.make_trouble(trouble);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct Trouble {
    /// The requests that each site may make in a second; what goes beyond is answered with a bare 429. No limit if not set.
    pub requests_per_second: Option<f64>,
    /// How many requests a site may make at once before the limit holds.
    pub burst: u32,
    /// The milliseconds by which every answer is late.
    pub latency_ms: u64,
    /// The most milliseconds that come on top, at random.
    pub jitter_ms: u64,
    /// The share of requests that a 5xx with a page in HTML answers. Half of them were carried out all the same.
    pub server_errors: f64,
    /// The share of requests whose connection is closed without an answer. Half of them were carried out.
    pub dropped: f64,
    /// The share of answers that end in the middle.
    pub truncated: f64,
    /// The share of answers that come in a slow trickle.
    pub trickled: f64,
    /// How many bytes of a trickle come in a second.
    pub trickle_bytes_per_second: u32,
    /// What trouble is drawn from.
    pub seed: u64,
}

impl Default for Trouble {
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

impl Trouble {
    /// Whether it makes sense: shares lie between 0 and 1, all of them together as well, and a rate is not negative.
    ///
    /// # Errors
    ///
    /// It does not, and this says why.
    pub fn check(&self) -> Result<(), Invalid> {
        let shares = [
            ("server_errors", self.server_errors),
            ("dropped", self.dropped),
            ("truncated", self.truncated),
            ("trickled", self.trickled),
        ];
        if let Some((name, share)) = shares.iter().find(|(_, share)| !(0.0..=1.0).contains(share)) {
            return Err(Invalid::new(format!("`{name}` must lie between 0 and 1, and is {share}")));
        }
        let sum: f64 = shares.iter().map(|(_, share)| share).sum();
        // Tenths don't add up to the last digit.
        if sum > 1.0 + 1e-9 {
            let names = shares.map(|(name, _)| name).join("`, `");
            return Err(Invalid::new(format!("`{names}` must be 1 at most together, and are {sum}")));
        }
        match self.requests_per_second {
            Some(rate) if !(rate.is_finite() && rate >= 0.0) => {
                Err(Invalid::new(format!("`requests_per_second` must be a number of 0 or more, and is {rate}")))
            }
            _ => Ok(()),
        }
    }
}

/// What is to happen to one request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Plan {
    pub(crate) latency: Duration,
    pub(crate) fate: Fate,
}

impl Plan {
    /// Nothing goes wrong.
    pub(crate) const NONE: Self = Self { latency: Duration::ZERO, fate: Fate::Answered };
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    Answered,
    ServerError { status: u16, is_carried_out: bool },
    Dropped { is_carried_out: bool },
    Truncated,
    Trickled { bytes_per_second: u32 },
}

/// The trouble that is on, and where its dice and buckets stand.
#[derive(Debug, Default)]
pub(crate) struct Troubles(Mutex<Inner>);

#[derive(Debug, Default)]
struct Inner {
    trouble: Trouble,
    dice: Rng,
    buckets: BTreeMap<String, Bucket>,
}

impl Troubles {
    pub(crate) fn set(&self, trouble: Trouble) {
        let mut inner = self.inner();
        *inner = Inner { dice: Rng::with_seed(trouble.seed), trouble, buckets: BTreeMap::new() };
    }

    pub(crate) fn current(&self) -> Trouble {
        self.inner().trouble.clone()
    }

    /// Draws what happens to the next request.
    pub(crate) fn plan(&self) -> Plan {
        let mut inner = self.inner();
        let Inner { trouble, dice, .. } = &mut *inner;
        let jitter = if trouble.jitter_ms > 0 { dice.u64(..=trouble.jitter_ms) } else { 0 };
        let latency = Duration::from_millis(trouble.latency_ms.saturating_add(jitter));
        Plan { latency, fate: fate(trouble, dice) }
    }

    /// Whether the site may make another request now.
    pub(crate) fn admits(&self, site: &str, now: DateTime<Utc>) -> bool {
        let mut inner = self.inner();
        let Some(rate) = inner.trouble.requests_per_second else {
            return true;
        };
        let burst = f64::from(inner.trouble.burst.max(1));
        inner.buckets.entry(site.to_owned()).or_insert_with(|| Bucket::full(burst, now)).take(rate, burst, now)
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn fate(trouble: &Trouble, dice: &mut Rng) -> Fate {
    let shares = [trouble.server_errors, trouble.dropped, trouble.truncated, trouble.trickled];
    if !shares.iter().any(|share| *share > 0.0) {
        return Fate::Answered;
    }
    let mut throw = dice.f64();
    let mut falls_to = |share: f64| {
        throw -= share;
        throw < 0.0
    };
    if falls_to(trouble.server_errors) {
        let status = dice.choice([500, 502, 503, 504]).unwrap_or(500);
        return Fate::ServerError { status, is_carried_out: dice.bool() };
    }
    if falls_to(trouble.dropped) {
        return Fate::Dropped { is_carried_out: dice.bool() };
    }
    if falls_to(trouble.truncated) {
        return Fate::Truncated;
    }
    if falls_to(trouble.trickled) {
        return Fate::Trickled { bytes_per_second: trouble.trickle_bytes_per_second.max(1) };
    }
    Fate::Answered
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_gives_the_same_trouble() {
        let trouble = Trouble { server_errors: 0.3, dropped: 0.2, truncated: 0.1, jitter_ms: 5, ..Trouble::default() };
        let draw = || {
            let troubles = Troubles::default();
            troubles.set(trouble.clone());
            (0..200).map(|_| troubles.plan()).collect::<Vec<_>>()
        };
        let plans = draw();
        assert_eq!(plans, draw());
        let errors = plans.iter().filter(|plan| matches!(plan.fate, Fate::ServerError { .. })).count();
        let answered = plans.iter().filter(|plan| plan.fate == Fate::Answered).count();
        assert!((30..=90).contains(&errors) && (50..=110).contains(&answered), "{errors} errors, {answered} answered");
    }

    #[test]
    fn trouble_has_to_make_sense() {
        let default = Trouble::default;
        for trouble in [
            default(),
            Trouble { server_errors: 1.0, requests_per_second: Some(0.0), ..default() },
            Trouble { server_errors: 0.1, dropped: 0.2, truncated: 0.3, trickled: 0.4, ..default() },
        ] {
            assert_eq!(trouble.check(), Ok(()), "{trouble:?}");
        }
        for (trouble, named) in [
            (Trouble { server_errors: 50.0, ..default() }, "`server_errors`"),
            (Trouble { dropped: f64::NAN, ..default() }, "`dropped`"),
            (Trouble { truncated: -1.0, ..default() }, "`truncated`"),
            (Trouble { dropped: 0.6, trickled: 0.5, ..default() }, "together"),
            (Trouble { requests_per_second: Some(f64::INFINITY), ..default() }, "`requests_per_second`"),
        ] {
            let words = trouble.check().map_err(|error| error.to_string()).unwrap_err();
            assert!(words.contains(named), "{words}");
        }
    }

    #[test]
    fn a_site_that_asks_too_often_is_refused_and_others_are_not() {
        let troubles = Troubles::default();
        troubles.set(Trouble { requests_per_second: Some(2.0), burst: 3, ..Trouble::default() });
        let start = DateTime::from_timestamp(0, 0).unwrap();
        let at = |milliseconds| start + chrono::TimeDelta::milliseconds(milliseconds);
        let admitted: Vec<bool> = (0..5).map(|_| troubles.admits("a", at(0))).collect();
        assert_eq!(admitted, [true, true, true, false, false]);
        assert!(troubles.admits("b", at(0)));
        assert!(!troubles.admits("a", at(499)));
        assert!(troubles.admits("a", at(500)));
    }
}
