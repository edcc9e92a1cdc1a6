//! Failures of calls.

use talkable_api::{ApiErrorKind, Error, Verdict};

use super::{Exit, Failure, Message};
use crate::text::count;

impl Failure {
    /// Creates a failure from an error of a call.
    pub(crate) fn of_call(error: &Error) -> Self {
        Self::of_call_to(error, &[])
    }

    /// Creates a failure from an error of a call with these arguments of the path.
    pub(crate) fn of_call_to(error: &Error, arguments: &[String]) -> Self {
        let (exit, help) = advice(error);
        let mut message = Message::new(title(error));
        if let Error::Api(error) = error {
            let reason = error.reason().name();
            let reason = if reason == "other" { String::new() } else { format!(", reason `{reason}`") };
            message = message.note(format!("status {}{reason}", error.status()));
        }
        if let Some(info) = error.info() {
            message = message.note(format!("{} {}", info.method(), path(info.template(), arguments)));
            // The titles of other errors contain the attempts and the request id.
            if matches!(error, Error::Api(_)) {
                if info.attempts() > 1 {
                    message = message.note(format!("after {}", count(info.attempts(), "attempt")));
                }
                message.notes.extend(info.request_id().map(|id| format!("request id {id}")));
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
        error => {
            let text = without_operation(error);
            match std::error::Error::source(error) {
                Some(source) => format!("{text}: {source}"),
                None => text,
            }
        }
    }
}

/// Returns the text of an error without the name of the operation. The user knows the command, but not this name.
pub(crate) fn without_operation(error: &Error) -> String {
    let text = error.to_string();
    let rest = error.info().and_then(|info| text.strip_prefix(info.operation())?.strip_prefix(" failed"));
    rest.map_or(text.as_str(), |rest| rest.trim_start_matches(':').trim_start()).to_owned()
}

/// Returns the path with the arguments instead of the placeholders.
fn path(template: &str, arguments: &[String]) -> String {
    let mut arguments = arguments.iter();
    let parts = template.split('/').map(|part| match part.strip_prefix('{') {
        Some(_) => arguments.next().map_or(part, String::as_str),
        None => part,
    });
    parts.collect::<Vec<_>>().join("/")
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_contains_the_arguments() {
        let arguments = ["a@b.c".to_owned()];
        assert_eq!(path("/people/{person_slug}/rewards", &arguments), "/people/a@b.c/rewards");
        assert_eq!(path("/people/{person_slug}", &[]), "/people/{person_slug}");
    }
}
