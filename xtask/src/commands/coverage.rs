//! `cargo xtask coverage`: whether all of the published documents is used.

use ::codegen::report::coverage::{Coverage, Fate, Item, ItemKind};
use lexopt::Arg;

use crate::command::Command;
use crate::context::Context;
use crate::inputs::{Files, Options};
use crate::terminal::Failure;

pub(crate) const COMMAND: Command = Command {
    name: "coverage",
    usage: "cargo xtask coverage [--left-out]",
    about: "Lists every operation, parameter, field and example of the published documents with what it is used as, or why\n\
            it is left out; fails if something is left out and nothing says why.\n\
            --left-out  lists only what is left out",
    run,
};

fn run(parser: &mut lexopt::Parser, context: &mut Context<'_>) -> Result<(), Failure> {
    let mut only_left_out = false;
    while let Some(argument) = parser.next()? {
        match argument {
            Arg::Long("left-out") => only_left_out = true,
            other => return Err(other.unexpected().into()),
        }
    }
    let coverage = coverage(context)?;
    let mut text = String::new();
    for item in &coverage.items {
        if !only_left_out || !matches!(item.fate, Fate::Used(_)) {
            text.push_str(&line(item));
        }
    }
    text.push_str(&totals(&coverage));
    context.out.write_all(text.as_bytes())?;
    refuse_lost(coverage)
}

/// The check of `cargo xtask check`.
pub(crate) fn check(context: &mut Context<'_>) -> Result<(), Failure> {
    let coverage = coverage(context)?;
    context.out.write_all(totals(&coverage).as_bytes())?;
    refuse_lost(coverage)
}

fn coverage(context: &Context<'_>) -> Result<Coverage, Failure> {
    let files = Files::read(&Options::default(), context)?;
    Ok(::codegen::coverage(&files.inputs())?)
}

fn refuse_lost(coverage: Coverage) -> Result<(), Failure> {
    if coverage.lost.is_empty() { Ok(()) } else { Err(Failure::Refused(coverage.lost)) }
}

fn line(item: &Item) -> String {
    let fate = match &item.fate {
        Fate::Used(used) => format!("used: {used}"),
        Fate::LeftOut(reason) => format!("left out: {reason}"),
        Fate::Lost => "LOST".to_owned(),
    };
    format!("{}: {}: {fate}\n", spot(item), item.title())
}

fn spot(item: &Item) -> String {
    let line = item.spot.line.map(|line| format!(":{line}")).unwrap_or_default();
    format!("{}{line}", item.file)
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
