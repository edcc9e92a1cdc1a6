//! Checks the gates, which are metrics with required bounds.

use talkable_tests::simulation::{AlgorithmKind, Outcome, Scenario, Supply};

use crate::fleet::Fleets;
use crate::grid::{self, Results};
use crate::overhead::Overhead;
use crate::{print, reference};

/// A metric and its bound.
pub(crate) struct Gate {
    pub(crate) name: String,
    pub(crate) value: f64,
    pub(crate) bound: Bound,
}

#[derive(Clone, Copy)]
pub(crate) enum Bound {
    AtLeast(f64),
    AtMost(f64),
}

use Bound::{AtLeast, AtMost};

/// Prints all gates, and returns whether all of them pass.
pub(crate) fn check(results: &Results, fleets: &Fleets, overhead: &Overhead) -> bool {
    let mut gates = Vec::new();
    calibration(results, &mut gates);
    steady(results, &mut gates);
    stress(results, &mut gates);
    weak_spots(results, &mut gates);
    published(&mut gates);
    fleets.add_gates(&mut gates);
    let mut add = |name: &str, value, bound| gates.push(Gate { name: name.to_owned(), value, bound });
    add("never throttled: allocations per call", overhead.allocations, AtMost(0.0));
    add("never throttled: nanoseconds per call", overhead.nanoseconds, AtMost(1000.0));
    println!("\ngates");
    for gate in &gates {
        let word = if gate.holds() { "PASS" } else { "FAIL" };
        let (sign, bound) = match gate.bound {
            AtLeast(bound) => (">=", bound),
            AtMost(bound) => ("<=", bound),
        };
        println!("{word}  {:<64} {:>8.2} {sign} {bound:.2}", gate.name, gate.value);
    }
    let missed = gates.iter().filter(|gate| !gate.holds()).count();
    println!("{} of {} gates passed", gates.len() - missed, gates.len());
    missed == 0
}

impl Gate {
    fn holds(&self) -> bool {
        match self.bound {
            AtLeast(bound) => self.value >= bound,
            AtMost(bound) => self.value <= bound,
        }
    }
}

/// Adds the gate for the calibration of the simulator: every algorithm except `Ours` must match the reference or differ for a
/// known reason.
fn calibration(results: &Results, gates: &mut Vec<Gate>) {
    let (mut compared, mut close, mut unexplained) = (0, 0, 0.0);
    println!("\nbaselines that differ by more than {} points", reference::TOLERANCE);
    for (kind, outcomes) in results.rows.iter().filter(|(kind, _)| *kind != AlgorithmKind::Ours) {
        for table in ["A1", "A2", "A3", "C", "D", "E"] {
            for (index, cell) in print::cells(results, table).into_iter().enumerate() {
                let Some(reference) = reference::of(*kind, table, index) else { continue };
                let (first, wasted) = print::points(&outcomes[cell], &reference);
                compared += 1;
                if first.abs() <= reference::TOLERANCE && wasted.abs() <= reference::TOLERANCE {
                    close += 1;
                    continue;
                }
                let column = results.cells[cell].column;
                let reason = reference::reason(*kind, column, wasted.abs() <= reference::TOLERANCE);
                unexplained += if reason.is_some() { 0.0 } else { 1.0 };
                let reason = reason.unwrap_or("unknown");
                println!("{table} {column}, {}: {first:+.1} {wasted:+.1}: {reason}", print::name(*kind));
            }
        }
    }
    println!("{close} of {compared} cells differ by less");
    gates.push(Gate {
        name: "baselines that differ without a known reason".to_owned(),
        value: unexplained,
        bound: AtMost(0.0),
    });
}

/// Adds the gates for the published results of `rate_throttle_client`: ten callers in two processes, at a limit of 4,500 requests
/// per hour. 3.66 % of the requests in half an hour are retries, starting without capacity. It takes 551 s to use the capacity of an
/// hour, starting with a sleep of one second.
fn published(gates: &mut Vec<Gate>) {
    let scenario = Scenario { processes: 2, ..Scenario::new(5, 1.25) };
    let retries = Scenario { supply: Supply::Reserve(4500.0, 0.0), work: 1800.0, ..scenario };
    let clear = Scenario { supply: Supply::Reserve(4500.0, 4500.0), work: 3600.0, ..scenario };
    let jobs = [(AlgorithmKind::Proportional(0.0), retries), (AlgorithmKind::Proportional(1.0), clear)];
    let [retries, cleared] = grid::run_all(&jobs, 1, 10).try_into().expect("there are two jobs");
    let seconds = 100.0 * clear.ideal() / cleared.goodput;
    let mut add = |name: &str, value, bound| gates.push(Gate { name: name.to_owned(), value, bound });
    add("rate_throttle_client: retries, published 3.66 %", retries.wasted, AtLeast(2.0));
    add("rate_throttle_client: retries, published 3.66 %", retries.wasted, AtMost(6.0));
    add("rate_throttle_client: seconds to clear, published 551", seconds, AtLeast(450.0));
    add("rate_throttle_client: seconds to clear, published 551", seconds, AtMost(620.0));
}

/// Adds the gates for constant limits (tables A1, A2 and A3).
fn steady(results: &Results, gates: &mut Vec<Gate>) {
    let mut add = |name: String, value, bound| gates.push(Gate { name, value, bound });
    let ours = |table, column| results.get(AlgorithmKind::Ours, table, column);
    let times_oracle = |table, column| ours(table, column).p99 / results.get(AlgorithmKind::Oracle, table, column).p99;
    let main = ours("A1", "64@5");
    add("64 callers at 5/s: goodput".to_owned(), main.goodput, AtLeast(99.0));
    add("64 callers at 5/s: wasted".to_owned(), main.wasted, AtMost(10.0));
    add("64 callers at 5/s: p99 relative to the oracle".to_owned(), times_oracle("A1", "64@5"), AtMost(1.05));
    add("64 callers at 5/s: fairness".to_owned(), main.fairness, AtLeast(0.98));
    for cell in results.cells.iter().filter(|cell| matches!(cell.table, "A1" | "A2")) {
        let outcome = ours(cell.table, cell.column);
        let most = if cell.scenario.limit < 50.0 { 12.0 } else { 5.0 };
        add(format!("{} {}: goodput", cell.table, cell.column), outcome.goodput, AtLeast(97.0));
        add(format!("{} {}: wasted", cell.table, cell.column), outcome.wasted, AtMost(most));
        add(format!("{} {}: lost", cell.table, cell.column), outcome.lost, AtMost(0.0));
        if cell.scenario.callers >= 8 {
            let times = times_oracle(cell.table, cell.column);
            add(format!("{} {}: p99 relative to the oracle", cell.table, cell.column), times, AtMost(1.5));
        }
    }
    for cell in results.cells.iter().filter(|cell| cell.table == "A3") {
        add(format!("A3 {}: goodput", cell.column), ours("A3", cell.column).goodput, AtLeast(90.0));
    }
}

/// Adds the gates for difficult limits (table C) and for several processes (table D).
fn stress(results: &Results, gates: &mut Vec<Gate>) {
    let mut add = |name: &str, value, bound| gates.push(Gate { name: name.to_owned(), value, bound });
    let goodput = |table, column| results.get(AlgorithmKind::Ours, table, column).goodput;
    add("C dip: goodput", goodput("C", "dip"), AtLeast(95.0));
    add("C throttled calls charged, 50/s: goodput", goodput("C", "charge 50"), AtLeast(92.0));
    add("C throttled calls charged, 5/s: goodput", goodput("C", "charge 5"), AtLeast(88.0));
    let processes = results.get(AlgorithmKind::Ours, "D", "4x16@50");
    add("D 4 processes of 16 at 50/s: goodput", processes.goodput, AtLeast(97.0));
    add("D 4 processes of 16 at 50/s: fairness", processes.fairness, AtLeast(0.95));
}

/// Adds the gates for scenarios in which the reference design performs poorly. In these scenarios, the goodput of the throttle
/// must exceed that of the reference design by at least three points.
fn weak_spots(results: &Results, gates: &mut Vec<Gate>) {
    let spots: [(&str, &str, &str, f64); 4] = [
        ("fixed windows of 10 s", "C", "windows", 91.0),
        ("a bucket of one token at 50/s", "C", "1 token", 52.0),
        ("16 processes at 5/s", "D", "16x4@5", 78.0),
        ("a burst that barely exceeds the bucket", "E", "64@50", 87.0),
    ];
    for (name, table, column, before) in spots {
        let Outcome { goodput, .. } = results.get(AlgorithmKind::Ours, table, column);
        gates.push(Gate { name: format!("weak spot, {name}: goodput"), value: goodput, bound: AtLeast(before + 3.0) });
    }
}
