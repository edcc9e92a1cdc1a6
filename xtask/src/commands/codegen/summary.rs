//! The summary of a run: what was read, repaired, inferred, corrected and written.

use std::time::Duration;

use ::codegen::Output;

use crate::context::Context;
use crate::terminal::{Failure, count};
use crate::workspace::Change;

pub(crate) fn print_summary(
    output: &Output,
    changes: &[Change],
    elapsed: Duration,
    check: bool,
    context: &mut Context<'_>,
) -> Result<(), Failure> {
    let lines: usize = output.files.iter().map(|file| file.text.lines().count()).sum();
    let report = &output.report;
    let operations = count(report.operations, "operation", "operations");
    let webhooks = count(report.webhooks, "webhook", "webhooks");
    let repaired = count(report.repaired, "place", "places");
    let repairs = count(report.repairs, "repair", "repairs");
    let responses = count(report.responses, "response", "responses");
    let examples = count(report.examples, "example", "examples");
    let corrected = count(report.corrected, "place", "places");
    let actions = count(report.actions, "overlay action", "overlay actions");
    let types = count(report.types, "type", "types");
    let files = count(output.files.len(), "file", "files");
    let lines = count(lines, "line", "lines");
    let verb = if check { "current" } else { "wrote" };
    let rows = [
        ("read", format!("{operations} and {webhooks}")),
        ("repaired", format!("{repaired} by {repairs}")),
        ("inferred", format!("{responses} from {examples}")),
        ("corrected", format!("{corrected} by {actions}")),
        (verb, format!("{types}, {files}, {lines}")),
        ("changed", changed(changes)),
        ("took", format!("{} milliseconds", elapsed.as_millis())),
    ];
    for (what, text) in rows {
        writeln!(context.out, "{what:<10} {text}")?;
    }
    Ok(())
}

fn changed(changes: &[Change]) -> String {
    if changes.is_empty() {
        return "nothing; every file is up to date".to_owned();
    }
    let number = |is: fn(&Change) -> bool| changes.iter().filter(|change| is(change)).count();
    let new = number(|change| matches!(change, Change::Missing(_)));
    let rewritten = number(|change| matches!(change, Change::Differs(..)));
    let removed = number(|change| matches!(change, Change::Leftover(_)));
    format!("{}: {new} new, {rewritten} rewritten, {removed} removed", count(changes.len(), "file", "files"))
}
