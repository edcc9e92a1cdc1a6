//! `cargo xtask coverage`: whether all of the published documents is used.

use codegen::coverage::{Coverage, Fate, Item, ItemKind};
use lexopt::Arg;

use crate::codegen::{Files, Options};
use crate::failure::Failure;
use crate::report::count;
use crate::session::Session;
use crate::{Command, explain};

pub(crate) const COMMAND: Command = Command {
    name: "coverage",
    usage: "cargo xtask coverage [--left-out]",
    about: "Lists every operation, parameter, field and example of the published documents with what it is used as, or why\n\
            it is left out; fails if something is left out and nothing says why.\n\
            --left-out  lists only what is left out",
    run,
};

fn run(parser: &mut lexopt::Parser, session: &mut Session<'_>) -> Result<(), Failure> {
    let mut only_left_out = false;
    while let Some(argument) = parser.next()? {
        match argument {
            Arg::Long("left-out") => only_left_out = true,
            Arg::Short('h') | Arg::Long("help") => return explain(&COMMAND, session),
            other => return Err(other.unexpected().into()),
        }
    }
    let files = Files::read(&Options::default(), session)?;
    let coverage = codegen::coverage(&files.inputs())?;
    let mut text = String::new();
    for item in &coverage.items {
        if !only_left_out || !matches!(item.fate, Fate::Used(_)) {
            text.push_str(&line(item));
        }
    }
    text.push_str(&totals(&coverage));
    session.out.write_all(text.as_bytes())?;
    refuse_lost(&coverage)
}

fn line(item: &Item) -> String {
    let fate = match &item.fate {
        Fate::Used(used) => format!("used: {used}"),
        Fate::LeftOut(reason) => format!("left out: {reason}"),
        Fate::Lost => "LOST".to_owned(),
    };
    format!("{}: {}: {fate}\n", spot(item), name(item))
}

fn spot(item: &Item) -> String {
    let line = item.spot.line.map(|line| format!(":{line}")).unwrap_or_default();
    format!("{}{line}", item.file)
}

/// What an item is called: its names, or where it has none its pointer.
fn name(item: &Item) -> String {
    let names = [item.owner.as_str(), item.name.as_str()].into_iter().filter(|name| !name.is_empty());
    let names: Vec<&str> = names.collect();
    let names = if names.is_empty() { item.spot.pointer.clone() } else { names.join(" ") };
    format!("{} {names}", item.kind.name())
}

fn totals(coverage: &Coverage) -> String {
    let rows = ItemKind::ALL.into_iter().map(|kind| {
        let count =
            |is: fn(&Fate) -> bool| coverage.items.iter().filter(|item| item.kind == kind && is(&item.fate)).count();
        let used = count(|fate| matches!(fate, Fate::Used(_)));
        let left_out = count(|fate| matches!(fate, Fate::LeftOut(_)));
        let lost = count(|fate| matches!(fate, Fate::Lost));
        format!("{:<32}{used:>6} used {left_out:>6} left out {lost:>6} lost\n", kind.plural())
    });
    rows.collect()
}

fn refuse_lost(coverage: &Coverage) -> Result<(), Failure> {
    let lost: Vec<String> =
        coverage.lost().map(|item| format!("  {}: {}\n    at {}", spot(item), name(item), item.spot.pointer)).collect();
    if lost.is_empty() {
        return Ok(());
    }
    Err(Failure::Failed(format!(
        "{} nobody uses, and nothing says why:\n{}\n  cure: let a stage use it, remove it by an overlay action, or add the \
         reason to codegen/src/coverage/",
        count(lost.len(), "thing of the documents that", "things of the documents that"),
        lost.join("\n")
    )))
}
