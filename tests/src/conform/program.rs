//! The program, less the process around it.

use std::io::{self, Write};

use talkable_api::conform::{self, Entry};

use super::arguments::Arguments;
use super::compare::Absent;
use super::judge::{Failure, judge};
use super::names::near;
use super::report::Report;

/// Judges the body of a response, envelope included; none if there is no such operation.
pub fn response(operation: &str, body: &[u8]) -> Option<Report> {
    let encoded = conform::operation(operation)?.response(body);
    Some(judge(body, Absent::IsNull, encoded.map(Into::into).map_err(failure)))
}

/// Judges the body of a request; none if there is no such operation, or it has no JSON body.
pub fn request(operation: &str, body: &[u8]) -> Option<Report> {
    let encoded = conform::operation(operation)?.request(body)?;
    Some(judge(body, Absent::IsLeftOut, encoded.map(Into::into).map_err(failure)))
}

/// Judges what was recorded of a webhook: a form, a JSON delivery, or its payload alone; none if there is no such kind.
pub fn webhook(name: &str, recorded: &[u8]) -> Option<Report> {
    let encoded = conform::event(name)?.response(recorded);
    // What can't be taken apart doesn't decode either.
    let payload = conform::recorded_payload(recorded).map(|(_, payload)| payload).unwrap_or_default();
    Some(judge(payload.as_bytes(), Absent::IsNull, encoded.map(Into::into).map_err(failure)))
}

/// The names of all webhooks.
pub fn webhooks() -> impl Iterator<Item = &'static str> {
    conform::events().iter().map(Entry::name)
}

/// The names of all operations.
pub fn operations() -> impl Iterator<Item = &'static str> {
    conform::operations().iter().map(Entry::name)
}

/// What is wrong with the operation that was asked for, if something is.
///
/// # Errors
///
/// A sentence that names the operations which were probably meant.
pub fn check_operation(Arguments { request, operation, .. }: &Arguments) -> Result<(), String> {
    match conform::operation(operation) {
        Some(entry) if *request && entry.request(b"{}").is_none() => {
            Err(format!("a request of {operation} has no JSON body"))
        }
        Some(_) => Ok(()),
        None if conform::event(operation).is_some() => match request {
            true => Err(format!("{operation} is a webhook, and no request of ours")),
            false => Ok(()),
        },
        None => {
            let meant = near(operation, operations().chain(webhooks()));
            Err(if meant.is_empty() {
                let all: Vec<&str> = operations().chain(webhooks()).collect();
                format!("there is no operation `{operation}`; there are {}", all.join(", "))
            } else {
                format!("there is no operation `{operation}`; did you mean {}?", meant.join(" or "))
            })
        }
    }
}

/// Judges every file, printing a line for each. Returns whether all of them fit.
///
/// # Errors
///
/// If a line cannot be printed.
pub fn run(arguments: &Arguments, out: &mut impl Write) -> io::Result<bool> {
    let judge = match conform::event(&arguments.operation) {
        _ if arguments.request => request,
        Some(_) => webhook,
        None => response,
    };
    let mut fit = true;
    for file in &arguments.files {
        let report = match std::fs::read(file) {
            Ok(body) => judge(&arguments.operation, &body),
            Err(error) => Some(Report::Unreadable { reason: error.to_string() }),
        };
        let report = report.unwrap_or_else(|| Report::Unreadable { reason: "it is of no operation".to_owned() });
        fit &= report.fits();
        writeln!(out, "{file}: {report}")?;
    }
    Ok(fit)
}

/// Where a field is missing, its own place is told and not that of the record.
fn failure(conform::Failure { mut pointer, reason, .. }: conform::Failure) -> Failure {
    if let Some(field) = reason.strip_prefix("missing field `").and_then(|rest| rest.strip_suffix('`')) {
        pointer.push('/');
        pointer.push_str(field);
    }
    Failure { pointer, reason }
}
