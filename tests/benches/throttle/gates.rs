//! The gates: figures with bounds.

use talkable_tests::simulation::{Kind, Outcome};

use crate::grid::Results;
use crate::overhead::Overhead;
use crate::{print, reference};

/// A figure and its bound.
struct Gate {
    what: String,
    figure: f64,
    bound: Bound,
}

#[derive(Clone, Copy)]
enum Bound {
    AtLeast(f64),
    AtMost(f64),
}

use Bound::{AtLeast, AtMost};

/// Prints all gates. Returns whether all pass.
pub(crate) fn check(results: &Results, overhead: &Overhead) -> bool {
    let mut gates = Vec::new();
    calibration(results, &mut gates);
    steady(results, &mut gates);
    stress(results, &mut gates);
    weak_spots(results, &mut gates);
    let mut add = |what: &str, figure, bound| gates.push(Gate { what: what.to_owned(), figure, bound });
    add("never throttled: allocations a call", overhead.allocations, AtMost(0.0));
    add("never throttled: nanoseconds a call", overhead.nanoseconds, AtMost(1000.0));
    println!("\ngates");
    for gate in &gates {
        let word = if gate.holds() { "PASS" } else { "FAIL" };
        let (sign, bound) = match gate.bound {
            AtLeast(bound) => (">=", bound),
            AtMost(bound) => ("<=", bound),
        };
        println!("{word}  {:<64} {:>8.2} {sign} {bound:.2}", gate.what, gate.figure);
    }
    let missed = gates.iter().filter(|gate| !gate.holds()).count();
    println!("{} of {} gates hold", gates.len() - missed, gates.len());
    missed == 0
}

impl Gate {
    fn holds(&self) -> bool {
        match self.bound {
            AtLeast(bound) => self.figure >= bound,
            AtMost(bound) => self.figure <= bound,
        }
    }
}

/// The simulator: the other algorithms have the reference figures, or a known reason for the difference.
fn calibration(results: &Results, gates: &mut Vec<Gate>) {
    let (mut compared, mut close, mut unexplained) = (0, 0, 0.0);
    println!("\nbaselines that are off by more than {} points", reference::TOLERANCE);
    for (kind, outcomes) in results.rows.iter().filter(|(kind, _)| *kind != Kind::Ours) {
        for table in ["A1", "A2", "A3", "C", "D", "E"] {
            for (index, place) in print::places(results, table).into_iter().enumerate() {
                let Some(reference) = reference::of(*kind, table, index) else { continue };
                let (first, wasted) = print::points(&outcomes[place], &reference);
                compared += 1;
                if first.abs() <= reference::TOLERANCE && wasted.abs() <= reference::TOLERANCE {
                    close += 1;
                    continue;
                }
                let column = results.cells[place].column;
                let reason = reference::reason(*kind, column, wasted.abs() <= reference::TOLERANCE);
                unexplained += if reason.is_some() { 0.0 } else { 1.0 };
                let reason = reason.unwrap_or("unknown");
                println!("{table} {column}, {}: {first:+.1} {wasted:+.1}: {reason}", print::name(*kind));
            }
        }
    }
    println!("{close} of {compared} are closer");
    gates.push(Gate {
        what: "baselines that are off without a reason".to_owned(),
        figure: unexplained,
        bound: AtMost(0.0),
    });
}

/// Tables A1, A2 and A3.
fn steady(results: &Results, gates: &mut Vec<Gate>) {
    let mut add = |what: String, figure, bound| gates.push(Gate { what, figure, bound });
    let ours = |table, column| results.get(Kind::Ours, table, column);
    let times_oracle = |table, column| ours(table, column).p99 / results.get(Kind::Oracle, table, column).p99;
    let main = ours("A1", "64@5");
    add("64 callers at 5/s: goodput".to_owned(), main.goodput, AtLeast(99.0));
    add("64 callers at 5/s: wasted".to_owned(), main.wasted, AtMost(10.0));
    add("64 callers at 5/s: p99 by the oracle's".to_owned(), times_oracle("A1", "64@5"), AtMost(1.05));
    add("64 callers at 5/s: fairness".to_owned(), main.fairness, AtLeast(0.98));
    for cell in results.cells.iter().filter(|cell| matches!(cell.table, "A1" | "A2")) {
        let outcome = ours(cell.table, cell.column);
        let most = if cell.scenario.limit < 50.0 { 12.0 } else { 5.0 };
        add(format!("{} {}: goodput", cell.table, cell.column), outcome.goodput, AtLeast(97.0));
        add(format!("{} {}: wasted", cell.table, cell.column), outcome.wasted, AtMost(most));
        add(format!("{} {}: lost", cell.table, cell.column), outcome.lost, AtMost(0.0));
        if cell.scenario.callers >= 8 {
            let times = times_oracle(cell.table, cell.column);
            add(format!("{} {}: p99 by the oracle's", cell.table, cell.column), times, AtMost(1.5));
        }
    }
    for cell in results.cells.iter().filter(|cell| cell.table == "A3") {
        add(format!("A3 {}: goodput", cell.column), ours("A3", cell.column).goodput, AtLeast(90.0));
    }
}

/// Tables C and D.
fn stress(results: &Results, gates: &mut Vec<Gate>) {
    let mut add = |what: &str, figure, bound| gates.push(Gate { what: what.to_owned(), figure, bound });
    let goodput = |table, column| results.get(Kind::Ours, table, column).goodput;
    add("C dip: goodput", goodput("C", "dip"), AtLeast(95.0));
    add("C refused calls charged, 50/s: goodput", goodput("C", "charge 50"), AtLeast(92.0));
    add("C refused calls charged, 5/s: goodput", goodput("C", "charge 5"), AtLeast(88.0));
    let processes = results.get(Kind::Ours, "D", "4x16@50");
    add("D 4 processes of 16 at 50/s: goodput", processes.goodput, AtLeast(97.0));
    add("D 4 processes of 16 at 50/s: fairness", processes.fairness, AtLeast(0.95));
}

/// The weak spots of the reference design, where ours must be better by three points.
fn weak_spots(results: &Results, gates: &mut Vec<Gate>) {
    let spots: [(&str, &str, &str, f64); 4] = [
        ("fixed windows of 10 s", "C", "windows", 91.0),
        ("a bucket of one token at 50/s", "C", "1 token", 52.0),
        ("16 processes at 5/s", "D", "16x4@5", 78.0),
        ("a burst that barely exceeds the bucket", "E", "64@50", 87.0),
    ];
    for (what, table, column, before) in spots {
        let Outcome { goodput, .. } = results.get(Kind::Ours, table, column);
        gates.push(Gate { what: format!("weak spot, {what}: goodput"), figure: goodput, bound: AtLeast(before + 3.0) });
    }
}
