//! The outcome of a run, and its bounds.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use crate::event::Event;

/// The events of a run, each with its process and its time.
#[derive(Debug, Default)]
pub(crate) struct Recording {
    responses: u32,
    refused: u32,
    /// The number of responses, and of 429s among them, from this time on.
    late_from: Duration,
    late: (u32, u32),
    lost: u32,
    durations: Vec<Duration>,
    /// The number of calls by process and caller.
    calls: BTreeMap<(usize, usize), u32>,
    /// The number of store operations by process and second.
    operations: BTreeMap<(usize, u64), u32>,
}

/// The figures of a run.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Outcome {
    /// The successful calls as a percentage of those that the limit permits.
    pub(crate) goodput: f64,
    /// The percentage of requests that got a 429.
    pub(crate) refused: f64,
    /// The same for the last two thirds of the run, when the limit is known.
    pub(crate) late: f64,
    pub(crate) lost: u32,
    /// The duration of calls, in seconds.
    pub(crate) median: f64,
    pub(crate) p99: f64,
    /// Jain's index over the callers of the processes that ran from the beginning to the end.
    pub(crate) fairness: f64,
    /// The number of store operations per second and process: the mean, and the maximum of any process in any second.
    pub(crate) operations: f64,
    pub(crate) most_operations: u32,
}

/// The bounds of an outcome. They are wide, because other programs may use the machine at the same time, and because a
/// short run begins with learning the limit. The simulator has the narrow ones.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bounds {
    pub(crate) min_goodput: f64,
    pub(crate) max_late: f64,
    pub(crate) max_operations: f64,
}

impl Recording {
    /// Creates a recording of a run of this length.
    pub(crate) fn new(duration: Duration) -> Self {
        Self { late_from: duration / 3, ..Self::default() }
    }

    pub(crate) fn add(&mut self, process: usize, time: Duration, event: Event) {
        match event {
            Event::Response { is_refused } => {
                self.responses += 1;
                self.refused += u32::from(is_refused);
                if time >= self.late_from {
                    self.late = (self.late.0 + 1, self.late.1 + u32::from(is_refused));
                }
            }
            Event::Called { caller, duration } => {
                self.durations.push(duration);
                *self.calls.entry((process, caller)).or_default() += 1;
            }
            Event::Lost => self.lost += 1,
            Event::Elected => {}
            Event::Stored => *self.operations.entry((process, time.as_secs())).or_default() += 1,
        }
    }

    /// Computes the figures. `permitted` is the number of calls that the limit permits. `callers` are those whose
    /// fairness counts.
    pub(crate) fn outcome(
        mut self,
        permitted: f64,
        callers: &[(usize, usize)],
        processes: f64,
        seconds: f64,
    ) -> Outcome {
        self.durations.sort();
        let done = callers.iter().map(|caller| f64::from(self.calls.get(caller).copied().unwrap_or_default()));
        let (count, sum, squares) =
            done.fold((0.0, 0.0, 0.0), |(count, sum, squares), done| (count + 1.0, sum + done, squares + done * done));
        let all: u32 = self.calls.values().sum();
        Outcome {
            goodput: 100.0 * f64::from(all) / permitted,
            refused: 100.0 * f64::from(self.refused) / f64::from(self.responses.max(1)),
            late: 100.0 * f64::from(self.late.1) / f64::from(self.late.0.max(1)),
            lost: self.lost,
            median: self.percentile(50),
            p99: self.percentile(99),
            fairness: sum * sum / (squares * count),
            operations: f64::from(self.operations.values().sum::<u32>()) / processes / seconds,
            most_operations: self.operations.values().max().copied().unwrap_or_default(),
        }
    }

    fn percentile(&self, percent: usize) -> f64 {
        let rank = (self.durations.len() * percent).div_ceil(100);
        self.durations.get(rank.saturating_sub(1)).copied().unwrap_or_default().as_secs_f64()
    }
}

impl Outcome {
    pub(crate) const HEAD: &str = "goodput %  refused %  late %  lost  median s  p99 s  Jain   store/s  most";
}

impl fmt::Display for Outcome {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { goodput, refused, late, lost, median, p99, fairness, operations, most_operations } = self;
        write!(
            formatter,
            "{goodput:9.1}  {refused:9.1}  {late:6.1}  {lost:4}  {median:8.2}  {p99:5.1}  {fairness:.3}"
        )?;
        write!(formatter, "  {operations:7.1}  {most_operations:4}")
    }
}

impl Bounds {
    /// The violated bounds.
    pub(crate) fn complaints(&self, outcome: &Outcome) -> Vec<String> {
        let mut complaints = Vec::new();
        if outcome.goodput < self.min_goodput {
            complaints.push(format!("goodput of less than {} %", self.min_goodput));
        }
        if outcome.late > self.max_late {
            complaints.push(format!("more than {} % refused after the first third", self.max_late));
        }
        if outcome.operations > self.max_operations {
            complaints.push(format!("more than {} store operations per second and process", self.max_operations));
        }
        if outcome.lost > 0 {
            complaints.push("lost calls".to_owned());
        }
        complaints
    }
}
