//! The metrics of a simulation.

use std::collections::VecDeque;

use super::scenario::{Scenario, count};

/// The metrics of a run, or the means over several runs.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Outcome {
    /// The ideal duration as a percentage of the actual duration.
    pub goodput: f64,
    /// The percentage of throttled requests.
    pub wasted: f64,
    /// The percentage of failed calls.
    pub lost: f64,
    /// The median duration of a call, in seconds.
    pub median: f64,
    /// The 99th percentile of the duration of a call, in seconds.
    pub p99: f64,
    /// Jain's fairness index: 1 if all n callers make equal progress, 1/n if only one caller makes progress.
    pub fairness: f64,
    /// The maximum number of throttled requests within a second.
    pub peak: f64,
    /// The number of seconds from the end of an incident until 90 percent of the limit is used.
    pub recovery: f64,
    /// The maximum number of store operations of a process within a second.
    pub operations: f64,
}

/// The counters of a running simulation.
#[derive(Debug)]
pub struct Tally {
    latencies: Vec<f64>,
    done: Vec<usize>,
    requests: usize,
    throttled: Vec<usize>,
    accepted: Vec<usize>,
    finished: f64,
    /// The times of the store operations of each process within the last second.
    operations: Vec<VecDeque<f64>>,
    most_operations: usize,
}

impl Tally {
    /// Creates counters at zero.
    pub fn new(scenario: &Scenario) -> Self {
        Self {
            latencies: Vec::with_capacity(scenario.jobs()),
            done: vec![0; scenario.all_callers()],
            requests: 0,
            throttled: Vec::new(),
            accepted: Vec::new(),
            finished: 0.0,
            operations: vec![VecDeque::new(); scenario.processes],
            most_operations: 0,
        }
    }

    /// Counts a request.
    pub fn request(&mut self) {
        self.requests += 1;
    }

    /// Counts a 429 response.
    pub fn throttled(&mut self, now: f64) {
        bump(&mut self.throttled, now);
    }

    /// Counts a successful call.
    pub fn success(&mut self, caller: usize, began: f64, now: f64) {
        bump(&mut self.accepted, now);
        self.latencies.push(now - began);
        self.done[caller] += 1;
        self.finished = self.finished.max(now);
    }

    /// Counts a store operation.
    pub fn operation(&mut self, process: usize, now: f64) {
        let recent = &mut self.operations[process];
        recent.push_back(now);
        while recent.front().is_some_and(|first| *first <= now - 1.0) {
            recent.pop_front();
        }
        self.most_operations = self.most_operations.max(recent.len());
    }

    /// Records the time of a failed call or of the end of the run. All calls that have not succeeded by the end count as lost.
    pub fn end(&mut self, now: f64) {
        self.finished = self.finished.max(now);
    }

    /// Returns the metrics at the end of the run.
    pub fn outcome(mut self, scenario: &Scenario) -> Outcome {
        self.latencies.sort_by(f64::total_cmp);
        let throttled: usize = self.throttled.iter().sum();
        // Processes that do not run all the time complete fewer calls.
        let permanent = |caller: usize| scenario.lifetime(caller / scenario.callers).1.is_infinite();
        let kept: Vec<usize> =
            self.done.iter().enumerate().filter(|(caller, _)| permanent(*caller)).map(|(_, done)| *done).collect();
        let (sum, squares) =
            kept.iter().fold((0.0, 0.0), |(sum, squares), done| (sum + count(*done), squares + count(*done).powi(2)));
        let done = count(self.latencies.len());
        Outcome {
            goodput: 100.0 * (done / count(scenario.jobs())) * scenario.ideal() / self.finished,
            wasted: 100.0 * count(throttled) / count(self.requests.max(1)),
            lost: 100.0 * (1.0 - done / count(scenario.jobs())),
            median: self.percentile(50),
            p99: self.percentile(99),
            fairness: sum * sum / (squares * count(kept.len())),
            peak: count(self.throttled.iter().max().copied().unwrap_or_default()),
            recovery: self.recovery(scenario),
            operations: count(self.most_operations),
        }
    }

    fn percentile(&self, percent: usize) -> f64 {
        let rank = (self.latencies.len() * percent).div_ceil(100);
        self.latencies.get(rank.saturating_sub(1)).copied().unwrap_or_default()
    }

    fn recovery(&self, scenario: &Scenario) -> f64 {
        let Some(end) = scenario.incident_end() else { return 0.0 };
        let seconds = self.accepted.iter().enumerate().map(|(second, accepted)| (count(second), count(*accepted)));
        let good = seconds.skip_while(|(second, _)| *second < end).find(|(_, used)| *used >= 0.9 * scenario.limit);
        good.map_or(f64::NAN, |(second, _)| second - end)
    }
}

/// Returns the means of several runs of a scenario.
pub fn mean(outcomes: &[Outcome]) -> Outcome {
    let of = |metric: fn(&Outcome) -> f64| outcomes.iter().map(metric).sum::<f64>() / count(outcomes.len());
    Outcome {
        goodput: of(|outcome| outcome.goodput),
        wasted: of(|outcome| outcome.wasted),
        lost: of(|outcome| outcome.lost),
        median: of(|outcome| outcome.median),
        p99: of(|outcome| outcome.p99),
        fairness: of(|outcome| outcome.fairness),
        peak: of(|outcome| outcome.peak),
        recovery: of(|outcome| outcome.recovery),
        operations: outcomes.iter().map(|outcome| outcome.operations).fold(0.0, f64::max),
    }
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "`now` is a small number of seconds")]
fn bump(seconds: &mut Vec<usize>, now: f64) {
    let second = now as usize;
    if seconds.len() <= second {
        seconds.resize(second + 1, 0);
    }
    seconds[second] += 1;
}
