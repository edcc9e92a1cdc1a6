//! Asks for confirmation before a command changes a live site.

use std::io::{self, BufRead as _, BufReader};

use crate::failure::{Exit, Failure, Message, Result};
use crate::profile::Target;
use crate::session::Session;

/// Asks a question. Fails if the answer is not yes, or if there is no terminal.
pub(super) fn confirm(question: &str, session: &mut Session<'_>) -> Result {
    if !session.is_input_terminal || !session.is_error_terminal {
        let failure = Failure::usage("can't ask for confirmation without a terminal").note(question);
        return Err(failure.help("pass `--yes` to skip the question"));
    }
    write!(session.errors, "{question} [y/N] ")?;
    session.errors.flush()?;
    let mut answer = String::new();
    BufReader::with_capacity(1, &mut *session.input).read_line(&mut answer).map_err(unreadable)?;
    if ["y", "yes"].contains(&answer.trim().to_ascii_lowercase().as_str()) {
        return Ok(());
    }
    Err(Failure::new(Exit::Canceled, Message::new("canceled; nothing was sent")))
}

/// Asks whether to do something that can't be undone.
pub(super) fn confirm_irreversible(action: &str, target: &Target, session: &mut Session<'_>) -> Result {
    let (sites, server) = (target.sites.join(", "), &target.base_url);
    confirm(&format!("{action} at {sites} of {server}? This can't be undone."), session)
}

/// Creates a failure for an answer that can't be read.
pub(super) fn unreadable(error: io::Error) -> Failure {
    Failure::usage(format!("could not read the answer: {error}"))
}
