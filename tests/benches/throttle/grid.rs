//! The scenarios in all tables, and their results.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use talkable_tests::simulation::{AlgorithmKind, Incident, Outcome, Scenario, Supply, mean, simulate};

/// The compared algorithms, in row order.
pub(crate) const ALGORITHMS: &[AlgorithmKind] = &[
    AlgorithmKind::FullJitter,
    AlgorithmKind::FullJitterShort,
    AlgorithmKind::Decorrelated,
    AlgorithmKind::AwsAdaptive,
    AlgorithmKind::ReqwestRetry,
    AlgorithmKind::Proportional(0.0),
    AlgorithmKind::Oracle,
    AlgorithmKind::Ours,
];

/// A column of a table.
pub(crate) struct Cell {
    pub(crate) table: &'static str,
    pub(crate) column: &'static str,
    pub(crate) scenario: Scenario,
}

/// All scenarios.
const CELLS: &[Cell] = &[
    cell("A1", "1@5", Scenario::new(1, 5.0)),
    cell("A1", "8@5", Scenario::new(8, 5.0)),
    cell("A1", "64@5", Scenario::new(64, 5.0)),
    cell("A1", "512@5", Scenario::new(512, 5.0)),
    cell("A2", "8@50", Scenario::new(8, 50.0)),
    cell("A2", "64@50", Scenario::new(64, 50.0)),
    cell("A2", "512@50", Scenario::new(512, 50.0)),
    cell("A2", "512@500", Scenario::new(512, 500.0)),
    cell("A3", "8@5", with_retry_after(Scenario::new(8, 5.0))),
    cell("A3", "64@5", with_retry_after(Scenario::new(64, 5.0))),
    cell("A3", "64@50", with_retry_after(Scenario::new(64, 50.0))),
    cell("A3", "512@50", with_retry_after(Scenario::new(512, 50.0))),
    cell("A3", "512@500", with_retry_after(Scenario::new(512, 500.0))),
    // Difficult limits with 64 callers.
    cell("C", "dip", incident(Incident::Dip { from: 20.0, to: 50.0, limit: 5.0 }, 90.0)),
    cell("C", "others", incident(Incident::Background { from: 10.0, to: 50.0, rate: 35.0 }, 60.0)),
    cell("C", "outage", incident(OUTAGE, 60.0)),
    cell("C", "outage RA", with_retry_after(incident(OUTAGE, 60.0))),
    cell("C", "charge 50", Scenario { charge: 0.5, ..Scenario::new(64, 50.0) }),
    cell("C", "charge 5", Scenario { charge: 0.5, ..Scenario::new(64, 5.0) }),
    cell("C", "windows", WINDOWS),
    cell("C", "windows RA", with_retry_after(WINDOWS)),
    cell("C", "0.1 s", Scenario { supply: Supply::Bucket(5.0), ..Scenario::new(64, 50.0) }),
    cell("C", "10 s", Scenario { supply: Supply::Bucket(500.0), work: 120.0, ..Scenario::new(64, 50.0) }),
    cell("C", "1 token", Scenario { supply: Supply::Bucket(1.0), ..Scenario::new(64, 50.0) }),
    cell("D", "4x16@5", several(4, 16, 5.0)),
    cell("D", "4x16@50", several(4, 16, 50.0)),
    cell("D", "4x128@50", several(4, 128, 50.0)),
    cell("D", "16x4@50", several(16, 4, 50.0)),
    cell("D", "16x32@50", several(16, 32, 50.0)),
    cell("D", "16x4@5", several(16, 4, 5.0)),
    cell("E", "64@5", periodic(64, 5.0, 16.0)),
    cell("E", "512@50", periodic(512, 50.0, 12.8)),
    cell("E", "64@50", periodic(64, 50.0, 1.6)),
];

const OUTAGE: Incident = Incident::Outage { from: 10.0, to: 40.0 };

const WINDOWS: Scenario = Scenario { supply: Supply::Windows(10.0), work: 120.0, ..Scenario::new(64, 5.0) };

const fn cell(table: &'static str, column: &'static str, scenario: Scenario) -> Cell {
    Cell { table, column, scenario }
}

const fn with_retry_after(scenario: Scenario) -> Scenario {
    Scenario { retry_after: true, ..scenario }
}

const fn incident(incident: Incident, work: f64) -> Scenario {
    Scenario { incident: Some(incident), work, ..Scenario::new(64, 50.0) }
}

const fn several(processes: usize, callers: usize, limit: f64) -> Scenario {
    Scenario { processes, ..Scenario::new(callers, limit) }
}

const fn periodic(callers: usize, limit: f64, period: f64) -> Scenario {
    Scenario { period: Some(period), ..Scenario::new(callers, limit) }
}

/// The mean outcomes of all cells for several algorithms.
pub(crate) struct Results {
    pub(crate) cells: &'static [Cell],
    /// The algorithms, each with its outcome in every cell.
    pub(crate) rows: Vec<(AlgorithmKind, Vec<Outcome>)>,
}

impl Results {
    /// Runs every cell with several consecutive seeds.
    pub(crate) fn of(kinds: &[AlgorithmKind], seed: u64, seeds: u64) -> Self {
        let jobs: Vec<(AlgorithmKind, Scenario)> =
            kinds.iter().flat_map(|kind| CELLS.iter().map(|cell| (*kind, cell.scenario))).collect();
        let mut outcomes = run_all(&jobs, seed, seeds).into_iter();
        let rows = kinds.iter().map(|kind| (*kind, outcomes.by_ref().take(CELLS.len()).collect())).collect();
        Self { cells: CELLS, rows }
    }

    /// Returns the outcome of an algorithm in a cell.
    pub(crate) fn get(&self, kind: AlgorithmKind, table: &str, column: &str) -> Outcome {
        let cell = self.cells.iter().position(|cell| cell.table == table && cell.column == column);
        let row = self.rows.iter().find(|(other, _)| *other == kind);
        cell.zip(row).map(|(cell, (_, outcomes))| outcomes[cell]).expect("the cell should be in the grid")
    }
}

/// Runs every job with several consecutive seeds, using all processors. Returns the mean outcome of each job.
pub(crate) fn run_all(jobs: &[(AlgorithmKind, Scenario)], seed: u64, seeds: u64) -> Vec<Outcome> {
    let next = AtomicUsize::new(0);
    let work = || {
        let mut done = Vec::new();
        while let Some((index, (kind, scenario))) = take(&next, jobs) {
            let runs: Vec<_> = (seed..seed + seeds).map(|seed| simulate(scenario, *kind, seed)).collect();
            done.push((index, mean(&runs)));
        }
        done
    };
    let mut done: Vec<(usize, Outcome)> = thread::scope(|scope| {
        let workers: Vec<_> =
            (0..thread::available_parallelism().map_or(1, usize::from)).map(|_| scope.spawn(work)).collect();
        workers.into_iter().flat_map(|worker| worker.join().expect("a simulation should not panic")).collect()
    });
    done.sort_by_key(|(index, _)| *index);
    done.into_iter().map(|(_, outcome)| outcome).collect()
}

fn take<'a, T>(next: &AtomicUsize, jobs: &'a [T]) -> Option<(usize, &'a T)> {
    let index = next.fetch_add(1, Ordering::Relaxed);
    jobs.get(index).map(|job| (index, job))
}
