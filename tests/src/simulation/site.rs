//! The simulated site and its rate limit.

use std::time::Duration;

use fastrand::Rng;

use super::algorithm::SiteResponse;
use super::network::exponential;
use super::scenario::{Incident, Scenario, Supply};

/// A site with the state of its rate limit.
#[derive(Debug)]
pub struct Site {
    scenario: Scenario,
    /// The number of requests that would be accepted at the time in `counted`.
    tokens: f64,
    /// The time at which `tokens` was last updated, in seconds.
    counted: f64,
    /// The time of the next request from another client, in seconds.
    others: f64,
    random: Rng,
}

impl Site {
    /// Creates a site at the start of a scenario, with full capacity.
    pub fn new(scenario: Scenario, random: Rng) -> Self {
        let tokens = match scenario.supply {
            Supply::Bucket(burst) | Supply::Reserve(_, burst) => burst,
            Supply::Windows(length) => length * scenario.limit,
        };
        let others = match scenario.incident {
            Some(Incident::Background { from, .. }) => from,
            _ => f64::INFINITY,
        };
        Self { scenario, tokens, counted: 0.0, others, random }
    }

    /// Responds to a request that arrives at `now`, measured from the start of the scenario.
    pub fn respond(&mut self, now: Duration) -> SiteResponse {
        let now = now.as_secs_f64();
        self.serve_others(now);
        self.count(now);
        if !self.is_outage(now) && self.take() {
            return SiteResponse::Accepted;
        }
        self.tokens = (self.tokens - self.scenario.charge).max(-self.scenario.limit);
        let retry_after = self.scenario.retry_after.then(|| Duration::from_secs_f64(self.missing(now).ceil().max(1.0)));
        SiteResponse::Throttled { retry_after }
    }

    fn take(&mut self) -> bool {
        let is_enough = self.tokens >= 1.0;
        if is_enough {
            self.tokens -= 1.0;
        }
        is_enough
    }

    fn count(&mut self, now: f64) {
        match self.scenario.supply {
            Supply::Bucket(burst) | Supply::Reserve(burst, _) => {
                self.tokens = (self.tokens + self.supplied(self.counted, now)).min(burst);
            }
            Supply::Windows(length) => {
                if (now / length).floor() > (self.counted / length).floor() {
                    self.tokens = length * self.scenario.limit;
                }
            }
        }
        self.counted = now;
    }

    fn supplied(&self, from: f64, to: f64) -> f64 {
        let all = (to - from) * self.scenario.limit;
        match self.scenario.incident {
            Some(Incident::Dip { from: begin, to: end, limit }) => {
                all - (to.min(end) - from.max(begin)).max(0.0) * (self.scenario.limit - limit)
            }
            _ => all,
        }
    }

    fn is_outage(&self, now: f64) -> bool {
        matches!(self.scenario.incident, Some(Incident::Outage { from, to }) if (from..to).contains(&now))
    }

    fn serve_others(&mut self, now: f64) {
        let Some(Incident::Background { to, rate, .. }) = self.scenario.incident else { return };
        while self.others <= now.min(to) {
            self.count(self.others);
            self.take();
            self.others += exponential(&mut self.random, 1.0 / rate);
        }
    }

    /// Returns the number of seconds until a request would be accepted.
    fn missing(&self, now: f64) -> f64 {
        match (self.scenario.supply, self.scenario.incident) {
            (_, Some(Incident::Outage { to, .. })) if self.is_outage(now) => to - now,
            (Supply::Bucket(_) | Supply::Reserve(..), _) => (1.0 - self.tokens) / self.scenario.limit,
            (Supply::Windows(length), _) => length - now % length,
        }
    }
}
