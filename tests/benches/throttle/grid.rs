//! The scenarios, table by table, and their results.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use talkable_tests::simulation::{Incident, Kind, Outcome, Scenario, Supply, mean, simulate};

/// All that are compared, in the order of the rows.
pub(crate) const ALGORITHMS: &[Kind] = &[
    Kind::FullJitter,
    Kind::FullJitterShort,
    Kind::Decorrelated,
    Kind::AwsAdaptive,
    Kind::ReqwestRetry,
    Kind::Oracle,
    Kind::Ours,
];

/// One column of a table.
pub(crate) struct Cell {
    pub(crate) table: &'static str,
    pub(crate) column: &'static str,
    pub(crate) scenario: Scenario,
}

/// All scenarios.
pub(crate) fn cells() -> Vec<Cell> {
    let mut cells = Vec::new();
    let mut add = |table, column, scenario| cells.push(Cell { table, column, scenario });
    let closed = Scenario::new;
    let asking = |callers, limit| Scenario { retry_after: true, ..Scenario::new(callers, limit) };
    add("A1", "1@5", closed(1, 5.0));
    add("A1", "8@5", closed(8, 5.0));
    add("A1", "64@5", closed(64, 5.0));
    add("A1", "512@5", closed(512, 5.0));
    add("A2", "8@50", closed(8, 50.0));
    add("A2", "64@50", closed(64, 50.0));
    add("A2", "512@50", closed(512, 50.0));
    add("A2", "512@500", closed(512, 500.0));
    add("A3", "8@5", asking(8, 5.0));
    add("A3", "64@5", asking(64, 5.0));
    add("A3", "64@50", asking(64, 50.0));
    add("A3", "512@50", asking(512, 50.0));
    add("A3", "512@500", asking(512, 500.0));
    stress(&mut add);
    let several = |processes, callers, limit| Scenario { processes, ..Scenario::new(callers, limit) };
    add("D", "4x16@5", several(4, 16, 5.0));
    add("D", "4x16@50", several(4, 16, 50.0));
    add("D", "4x128@50", several(4, 128, 50.0));
    add("D", "16x4@50", several(16, 4, 50.0));
    add("D", "16x32@50", several(16, 32, 50.0));
    add("D", "16x4@5", several(16, 4, 5.0));
    let periodic = |callers, limit, period| Scenario { period: Some(period), ..Scenario::new(callers, limit) };
    add("E", "64@5", periodic(64, 5.0, 16.0));
    add("E", "512@50", periodic(512, 50.0, 12.8));
    add("E", "64@50", periodic(64, 50.0, 1.6));
    cells
}

/// What makes a limit hard to learn, for 64 callers.
fn stress(add: &mut impl FnMut(&'static str, &'static str, Scenario)) {
    let at = |limit| Scenario::new(64, limit);
    let incident = |incident, work| Scenario { incident: Some(incident), work, ..at(50.0) };
    let outage = Incident::Outage { from: 10.0, to: 40.0 };
    let windows = Scenario { supply: Supply::Windows(10.0), work: 120.0, ..at(5.0) };
    add("C", "dip", incident(Incident::Dip { from: 20.0, to: 50.0, limit: 5.0 }, 90.0));
    add("C", "others", incident(Incident::Background { from: 10.0, to: 50.0, rate: 35.0 }, 60.0));
    add("C", "outage", incident(outage, 60.0));
    add("C", "outage RA", Scenario { retry_after: true, ..incident(outage, 60.0) });
    add("C", "charge 50", Scenario { charge: 0.5, ..at(50.0) });
    add("C", "charge 5", Scenario { charge: 0.5, ..at(5.0) });
    add("C", "windows", windows);
    add("C", "windows RA", Scenario { retry_after: true, ..windows });
    add("C", "0.1 s", Scenario { supply: Supply::Bucket(5.0), ..at(50.0) });
    add("C", "10 s", Scenario { supply: Supply::Bucket(500.0), work: 120.0, ..at(50.0) });
    add("C", "1 token", Scenario { supply: Supply::Bucket(1.0), ..at(50.0) });
}

/// The means of all cells for several algorithms.
pub(crate) struct Results {
    pub(crate) cells: Vec<Cell>,
    /// Row by row.
    pub(crate) rows: Vec<(Kind, Vec<Outcome>)>,
}

impl Results {
    /// Runs all cells with a number of seeds from the first on, on all processors.
    pub(crate) fn of(kinds: &[Kind], seed: u64, seeds: u64) -> Self {
        let cells = cells();
        let jobs: Vec<(Kind, &Scenario)> =
            kinds.iter().flat_map(|kind| cells.iter().map(|cell| (*kind, &cell.scenario))).collect();
        let next = AtomicUsize::new(0);
        let work = || {
            let mut done = Vec::new();
            while let Some((index, (kind, scenario))) = take(&next, &jobs) {
                let runs: Vec<_> = (seed..seed + seeds).map(|seed| simulate(scenario, *kind, seed)).collect();
                done.push((index, mean(&runs)));
            }
            done
        };
        let mut done: Vec<(usize, Outcome)> = thread::scope(|scope| {
            let workers: Vec<_> =
                (0..thread::available_parallelism().map_or(1, usize::from)).map(|_| scope.spawn(work)).collect();
            workers.into_iter().flat_map(|worker| worker.join().expect("no simulation panics")).collect()
        });
        done.sort_by_key(|(index, _)| *index);
        let mut outcomes = done.into_iter().map(|(_, outcome)| outcome);
        let rows = kinds.iter().map(|kind| (*kind, outcomes.by_ref().take(cells.len()).collect())).collect();
        Self { cells, rows }
    }

    /// What an algorithm made of a cell.
    pub(crate) fn get(&self, kind: Kind, table: &str, column: &str) -> Outcome {
        let place = self.cells.iter().position(|cell| cell.table == table && cell.column == column);
        let row = self.rows.iter().find(|(other, _)| *other == kind);
        place.zip(row).map(|(place, (_, outcomes))| outcomes[place]).expect("the grid has this cell")
    }
}

fn take<'a, T>(next: &AtomicUsize, jobs: &'a [T]) -> Option<(usize, &'a T)> {
    let index = next.fetch_add(1, Ordering::Relaxed);
    jobs.get(index).map(|job| (index, job))
}
