//! What a run of codegen tells: what was read, mended, inferred, corrected and written.

use std::time::Duration;

use codegen::Output;

use crate::failure::Failure;
use crate::session::Session;
use crate::tree::Change;

pub(crate) fn print(
    output: &Output,
    changes: &[Change],
    elapsed: Duration,
    check: bool,
    session: &mut Session<'_>,
) -> Result<(), Failure> {
    let lines: usize = output.files.iter().map(|file| file.text.lines().count()).sum();
    let report = &output.report;
    let verb = if check { "current" } else { "wrote" };
    let rows = [
        (
            "read",
            format!(
                "{} and {}",
                count(report.operations, "operation", "operations"),
                count(report.webhooks, "webhook", "webhooks")
            ),
        ),
        (
            "mended",
            format!("{} by {}", count(report.repaired, "place", "places"), count(report.repairs, "repair", "repairs")),
        ),
        (
            "inferred",
            format!(
                "{} from {}",
                count(report.responses, "response", "responses"),
                count(report.examples, "example", "examples")
            ),
        ),
        (
            "corrected",
            format!(
                "{} by {}",
                count(report.corrected, "place", "places"),
                count(report.actions, "overlay action", "overlay actions")
            ),
        ),
        (
            verb,
            format!(
                "{}, {}, {}",
                count(report.types, "type", "types"),
                count(output.files.len(), "file", "files"),
                count(lines, "line", "lines")
            ),
        ),
        ("changed", changed(changes)),
        ("took", format!("{} milliseconds", elapsed.as_millis())),
    ];
    for (what, text) in rows {
        writeln!(session.out, "{what:<10} {text}")?;
    }
    Ok(())
}

/// A number with its noun.
pub(crate) fn count(number: usize, one: &str, many: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { many })
}

/// What was done to a file.
pub(crate) fn done(change: &Change) -> String {
    match change {
        Change::Missing(name) => format!("new        {name}"),
        Change::Differs(name, line) => format!("rewritten  {name} from line {line} on"),
        Change::Leftover(name) => format!("removed    {name}"),
    }
}

fn changed(changes: &[Change]) -> String {
    let [mut new, mut rewritten, mut removed] = [0, 0, 0];
    for change in changes {
        match change {
            Change::Missing(_) => new += 1,
            Change::Differs(..) => rewritten += 1,
            Change::Leftover(_) => removed += 1,
        }
    }
    match changes.len() {
        0 => "nothing; every file is what the documents give".to_owned(),
        _ => format!("{}: {new} new, {rewritten} rewritten, {removed} removed", count(changes.len(), "file", "files")),
    }
}
