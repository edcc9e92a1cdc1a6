//! Failures of calls.

use talkable_api::{ApiErrorKind, Error, Verdict};

use super::{Exit, Failure, Message};
use crate::text::count;

impl Failure {
    /// Creates a failure from an error of a call.
    pub(crate) fn of_call(error: &Error) -> Self {
        let (exit, help) = advice(error);
        let mut message = Message::new(title(error));
        if let Error::Api(error) = error {
            let reason = error.reason().name();
            let reason = if reason == "other" { String::new() } else { format!(", reason `{reason}`") };
            message = message.note(format!("status {}{reason}", error.status()));
        }
        if let Some(info) = error.info() {
            let attempts = info.attempts();
            let attempts = if attempts > 1 { format!(", after {attempts} attempts") } else { String::new() };
            message = message.note(format!("{} {}{attempts}", info.method(), info.template()));
            if let Some(id) = info.request_id() {
                message = message.note(format!("request id {id}"));
            }
        }
        message.help.extend(help);
        Self::new(exit, message)
    }
}

fn title(error: &Error) -> String {
    match error {
        Error::Api(error) => {
            let subject = match error.kind() {
                ApiErrorKind::Unauthorized => "the API rejected the key",
                ApiErrorKind::TooManyRequests => "the site is rate limited",
                ApiErrorKind::Server => "the API failed",
                _ => "the API rejected the request",
            };
            match error.message().trim() {
                "" => subject.to_owned(),
                message => format!("{subject}: {}", message.lines().next().unwrap_or_default()),
            }
        }
        error => match std::error::Error::source(error) {
            Some(source) => format!("{error}: {source}"),
            None => error.to_string(),
        },
    }
}

/// Returns the exit code, and what to do.
fn advice(error: &Error) -> (Exit, Option<String>) {
    let (exit, help) = match error.verdict() {
        Verdict::NotSent => (Exit::Usage, "nothing was sent; correct the argument or the setting"),
        Verdict::RetryAfter(pause) => {
            let seconds = count(pause.as_secs().max(1), "second");
            return (Exit::TryAgain, Some(format!("run the command again in {seconds}; repeating it is safe")));
        }
        Verdict::Unauthorized => {
            (Exit::Unauthorized, "`talkable whoami` shows which key is used, and `talkable login` replaces it")
        }
        Verdict::Processed => (Exit::Processed, "the API processed the request; do not repeat it"),
        Verdict::MaybeProcessed => {
            (Exit::MaybeProcessed, "the API may have processed the request; look up the result before you repeat it")
        }
        _ => return (Exit::Rejected, None),
    };
    (exit, Some(help.to_owned()))
}
