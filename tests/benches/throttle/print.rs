//! The tables, with the difference from the reference in each cell.

use talkable_tests::simulation::{Kind, Outcome};

use crate::grid::{Cell, Results};
use crate::reference::{self, Reference};

const TABLES: &[(&str, &str)] = &[
    ("A1", "token bucket of one second, no Retry-After, a small limit"),
    ("A2", "the same, higher limits"),
    ("A3", "the same with Retry-After in whole seconds"),
    ("C", "64 callers under stress, at 50 a second unless said"),
    ("D", "several processes that don't know of each other"),
    ("E", "all callers begin at the same time, again and again, at four fifths of the limit"),
];

pub(crate) fn tables(results: &Results) {
    println!("callers@limit: goodput % / wasted % / p99 s / fairness, or calls lost % / wasted %");
    println!("(+1 -2): goodput or lost, and wasted, are so many points above and below the reference");
    for (table, title) in TABLES {
        println!("\n{table}. {title}");
        let places: Vec<usize> = places(results, table);
        line("", places.iter().map(|place| results.cells[*place].column.to_owned()));
        for (kind, outcomes) in &results.rows {
            let cells = places.iter().enumerate().map(|(index, place)| {
                let outcome = &outcomes[*place];
                match reference::of(*kind, table, index) {
                    Some(reference) => format!("{} {}", show(outcome), difference(outcome, &reference)),
                    None => show(outcome),
                }
            });
            line(name(*kind), cells);
        }
    }
}

/// The columns of a table, as places in the grid.
pub(crate) fn places(results: &Results, table: &str) -> Vec<usize> {
    let is_its = |(place, cell): (usize, &Cell)| (cell.table == table).then_some(place);
    results.cells.iter().enumerate().filter_map(is_its).collect()
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

/// The difference of a cell from the reference, in points.
pub(crate) fn points(outcome: &Outcome, reference: &Reference) -> (f64, f64) {
    let lost = reference.lost.map(|lost| outcome.lost - lost);
    let goodput = reference.goodput.map(|goodput| outcome.goodput - goodput);
    (lost.or(goodput).unwrap_or_default(), outcome.wasted - reference.wasted)
}

pub(crate) fn name(kind: Kind) -> &'static str {
    match kind {
        Kind::Ours | Kind::Tuned(_) => "talkable-api",
        Kind::FullJitter => "full jitter 1-60 s",
        Kind::FullJitterShort => "full jitter 0.5-8 s",
        Kind::Decorrelated => "decorrelated 1-60 s",
        Kind::AwsAdaptive => "AWS adaptive",
        Kind::ReqwestRetry => "reqwest-retry, 3",
        Kind::Oracle => "oracle",
    }
}
