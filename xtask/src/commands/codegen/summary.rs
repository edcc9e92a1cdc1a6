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
    let all = |number, singular: &str| count(number, singular, &format!("{singular}s"));
    let both = |one: (usize, &str), word: &str, other: (usize, &str)| {
        format!("{} {word} {}", all(one.0, one.1), all(other.0, other.1))
    };
    let rows = [
        ("read", both((report.operations, "operation"), "and", (report.webhooks, "webhook"))),
        ("repaired", both((report.repaired, "location"), "by", (report.repairs, "repair"))),
        ("inferred", both((report.responses, "response"), "from", (report.examples, "example"))),
        ("corrected", both((report.corrected, "location"), "by", (report.actions, "overlay action"))),
        (
            if check { "current" } else { "wrote" },
            [all(report.types, "type"), all(output.files.len(), "file"), all(lines, "line")].join(", "),
        ),
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
