//! Prints the summary of a codegen run.

use std::time::Duration;

use ::codegen::Output;

use crate::command::{Context, Result};
use crate::terminal::count;
use crate::workspace::Change;

pub(crate) fn print_summary(
    output: &Output,
    changes: &[Change],
    elapsed: Duration,
    check: bool,
    context: &mut Context<'_>,
) -> Result {
    let report = &output.report;
    let lines: usize = output.files.iter().map(|file| file.text.lines().count()).sum();
    let all = |number, noun: &str| count(number, noun, &format!("{noun}s"));
    let written = [all(report.types, "type"), all(output.files.len(), "file"), all(lines, "line")];
    let left_out = match report.left_out {
        0 => String::new(),
        number => format!(", and left out {number}"),
    };
    let rows = [
        ("read", format!("{} and {}{left_out}", all(report.operations, "operation"), all(report.webhooks, "webhook"))),
        ("repaired", format!("{} by {}", all(report.repaired, "location"), all(report.repairs, "repair"))),
        ("inferred", format!("{} from {}", all(report.responses, "response"), all(report.examples, "example"))),
        ("corrected", format!("{} by {}", all(report.corrected, "location"), all(report.actions, "overlay action"))),
        (if check { "current" } else { "wrote" }, written.join(", ")),
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
