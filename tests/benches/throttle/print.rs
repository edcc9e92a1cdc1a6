//! Prints the tables, with the difference from the reference in each cell.

use talkable_tests::simulation::{AlgorithmKind, Outcome};

use crate::grid::{Cell, Results};
use crate::reference::{self, Reference};

const TABLES: &[(&str, &str)] = &[
    ("A1", "token bucket of one second, no Retry-After, low limit"),
    ("A2", "token bucket of one second, no Retry-After, higher limits"),
    ("A3", "token bucket of one second, Retry-After in whole seconds"),
    ("C", "64 callers under stress, at 50/s unless noted"),
    ("D", "several independent processes"),
    ("E", "all callers start calls at the same times, using four fifths of the limit"),
];

pub(crate) fn tables(results: &Results) {
    println!("callers@limit: goodput % / wasted % / p99 s / fairness, or calls lost % / wasted %");
    println!("(+1 -2): goodput or lost calls, and wasted requests, in points above or below the reference");
    for (table, title) in TABLES {
        println!("\n{table}. {title}");
        let indices = cells(results, table);
        line("", indices.iter().map(|index| results.cells[*index].column.to_owned()));
        for (kind, outcomes) in &results.rows {
            let cells = indices.iter().enumerate().map(|(column, index)| {
                let outcome = &outcomes[*index];
                match reference::of(*kind, table, column) {
                    Some(reference) => format!("{} {}", show(outcome), difference(outcome, &reference)),
                    None => show(outcome),
                }
            });
            line(name(*kind), cells);
        }
    }
}

/// Returns the indices of the cells of a table.
pub(crate) fn cells(results: &Results, table: &str) -> Vec<usize> {
    let index = |(index, cell): (usize, &Cell)| (cell.table == table).then_some(index);
    results.cells.iter().enumerate().filter_map(index).collect()
}

fn line(first: &str, cells: impl Iterator<Item = String>) {
    let cells = cells.map(|cell| format!("  {cell:<27}"));
    let text: String = std::iter::once(format!("{first:<22}")).chain(cells).collect();
    println!("{}", text.trim_end());
}

pub(crate) fn show(outcome: &Outcome) -> String {
    if outcome.lost > 0.0 {
        return format!("lost {:.0}/{:.0}", outcome.lost, outcome.wasted);
    }
    format!("{:.1}/{:.1}/{:.1}/{:.2}", outcome.goodput, outcome.wasted, outcome.p99, outcome.fairness)
}

fn difference(outcome: &Outcome, reference: &Reference) -> String {
    let (first, wasted) = points(outcome, reference);
    format!("({first:+.0} {wasted:+.0})")
}

/// Returns two differences from the reference, in points. The first is for lost calls if the reference contains them, and
/// otherwise for goodput. The second is for wasted requests.
pub(crate) fn points(outcome: &Outcome, reference: &Reference) -> (f64, f64) {
    let lost = reference.lost.map(|lost| outcome.lost - lost);
    let goodput = reference.goodput.map(|goodput| outcome.goodput - goodput);
    (lost.or(goodput).unwrap_or_default(), outcome.wasted - reference.wasted)
}

pub(crate) fn name(kind: AlgorithmKind) -> &'static str {
    match kind {
        AlgorithmKind::Ours | AlgorithmKind::Tuned(_) => "talkable-api",
        AlgorithmKind::FullJitter => "full jitter 1-60 s",
        AlgorithmKind::FullJitterShort => "full jitter 0.5-8 s",
        AlgorithmKind::Decorrelated => "decorrelated 1-60 s",
        AlgorithmKind::AwsAdaptive => "AWS adaptive",
        AlgorithmKind::ReqwestRetry => "reqwest-retry, 3",
        AlgorithmKind::Proportional(_) => "rate_throttle_client",
        AlgorithmKind::Oracle => "oracle",
    }
}
