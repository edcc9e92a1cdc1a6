//! The logic of the `conform` program.

use std::io::{self, Write};

use codegen::suggest;

use super::arguments::Arguments;
use super::compare::Absent;
use super::entry::{self, Entry, Failure};
use super::judge::judge;
use super::report::Report;

/// Returns the report on a response body with its envelope, or `None` if the operation does not exist.
pub fn response(operation: &str, body: &[u8]) -> Option<Report> {
    let encoded = entry::operation(operation)?.response(body);
    Some(judge(body, Absent::IsNull, encoded.map(Into::into).map_err(failure)))
}

/// Returns the report on a request body, or `None` if the operation does not exist or its requests have no JSON body.
pub fn request(operation: &str, body: &[u8]) -> Option<Report> {
    let encoded = entry::operation(operation)?.request(body)?;
    Some(judge(body, Absent::IsOmitted, encoded.map(Into::into).map_err(failure)))
}

/// Returns the report on a recorded webhook (a form, a JSON delivery or only a payload), or `None` if the webhook does not
/// exist.
pub fn webhook(name: &str, recorded: &[u8]) -> Option<Report> {
    let encoded = entry::event(name)?.response(recorded);
    // If the payload can't be extracted, an empty payload is sufficient, because `encoded` is then an error.
    let payload = entry::recorded_payload(recorded).map(|(_, payload)| payload).unwrap_or_default();
    Some(judge(payload.as_bytes(), Absent::IsNull, encoded.map(Into::into).map_err(failure)))
}

/// Returns the names of all webhooks.
pub fn webhooks() -> impl Iterator<Item = &'static str> {
    entry::events().iter().map(Entry::name)
}

/// Returns the names of all operations.
pub fn operations() -> impl Iterator<Item = &'static str> {
    entry::operations().iter().map(Entry::name)
}

/// Checks that the operation exists and, with `--request`, that its requests have a JSON body.
///
/// # Errors
///
/// Returns a message that states the problem, and suggests similar names for an unknown operation.
pub fn check_operation(Arguments { request, operation, .. }: &Arguments) -> Result<(), String> {
    match entry::operation(operation) {
        Some(entry) if *request && entry.request(b"{}").is_none() => {
            Err(format!("requests of {operation} have no JSON body"))
        }
        Some(_) => Ok(()),
        None if entry::event(operation).is_some() => match request {
            true => Err(format!("{operation} is a webhook; --request applies only to operations")),
            false => Ok(()),
        },
        None => {
            let meant = suggest(operation, operations().chain(webhooks()));
            Err(if meant.is_empty() {
                let all: Vec<&str> = operations().chain(webhooks()).collect();
                format!("unknown operation `{operation}`; the operations are {}", all.join(", "))
            } else {
                format!("unknown operation `{operation}`; did you mean {}?", meant.join(" or "))
            })
        }
    }
}

/// Prints a report for each file. Returns whether all files match the bindings.
///
/// # Errors
///
/// Fails if a line can't be printed.
pub fn run(arguments: &Arguments, out: &mut impl Write) -> io::Result<bool> {
    let judge = match entry::event(&arguments.operation) {
        _ if arguments.request => request,
        Some(_) => webhook,
        None => response,
    };
    let mut all_match = true;
    for file in &arguments.files {
        let report = match std::fs::read(file) {
            Ok(body) => judge(&arguments.operation, &body),
            Err(error) => Some(Report::Unreadable { reason: error.to_string() }),
        };
        let report = report.unwrap_or_else(|| Report::Unreadable { reason: "unknown operation".to_owned() });
        all_match &= report.matches();
        writeln!(out, "{file}: {report}")?;
    }
    Ok(all_match)
}

/// If a field is missing, changes the pointer so that it points to the field instead of its record.
fn failure(Failure { mut pointer, reason }: Failure) -> Failure {
    if let Some(field) = reason.strip_prefix("missing field `").and_then(|rest| rest.strip_suffix('`')) {
        pointer.push('/');
        pointer.push_str(field);
    }
    Failure { pointer, reason }
}
