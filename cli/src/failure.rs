//! Failures of the program: messages in the format of rustc, and exit codes.

mod call;

use std::fmt::Display;
use std::io;

use annotate_snippets::{Group, Level, Renderer};

pub(crate) use self::call::without_operation;

/// The result of a command.
pub(crate) type Result<T = ()> = std::result::Result<T, Failure>;

/// The exit codes, on which scripts can rely.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    Success = 0,
    /// The API rejected the request, or a check failed.
    Rejected = 1,
    /// The arguments or the settings are invalid, and nothing was sent.
    Usage = 2,
    /// The key is wrong, or does not permit the operation.
    Unauthorized = 3,
    /// A temporary failure. Running the command again is safe.
    TryAgain = 4,
    /// The API may have processed the request, and processing it twice would have an effect.
    MaybeProcessed = 5,
    /// The API processed the request, but its response can't be read.
    Processed = 6,
    /// Some rows of a file failed.
    Partial = 7,
    /// The result can't be printed or written to a file.
    Output = 8,
    /// The user interrupted or declined the command.
    Canceled = 130,
}

/// The section of the help that documents the exit codes.
pub(crate) const EXIT_CODES: &str = "\
Exit codes:
  0    success
  1    the API rejected the request, or a check failed
  2    invalid arguments or settings; nothing was sent
  3    the key is wrong, or does not permit the operation
  4    temporary failure; running the command again is safe
  5    the API may have processed the request; look it up before you repeat it
  6    the API processed the request, but its response can't be read; do not repeat it
  7    some rows of a file failed
  8    the result can't be printed or written; requests may already have been sent
  130  canceled";

/// One or more errors, with the exit code.
#[derive(Clone, Debug)]
pub(crate) struct Failure {
    pub(crate) exit: Exit,
    pub(crate) errors: Vec<Message>,
}

/// An error with notes and help.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Message {
    pub(crate) title: String,
    pub(crate) notes: Vec<String>,
    pub(crate) help: Vec<String>,
}

impl Message {
    pub(crate) fn new(title: impl Into<String>) -> Self {
        Self { title: title.into(), notes: Vec::new(), help: Vec::new() }
    }

    pub(crate) fn note(mut self, note: impl Into<String>) -> Self {
        self.notes.push(note.into());
        self
    }

    pub(crate) fn help(mut self, help: impl Into<String>) -> Self {
        self.help.push(help.into());
        self
    }

    fn render(&self, level: Level<'static>, is_colored: bool) -> String {
        let mut group = Group::with_title(level.primary_title(self.title.trim()));
        group = group.elements(self.notes.iter().map(|note| Level::NOTE.message(note.as_str())));
        group = group.elements(self.help.iter().map(|help| Level::HELP.message(help.as_str())));
        let renderer = if is_colored { Renderer::styled() } else { Renderer::plain() };
        format!("{}\n", renderer.render(&[group]))
    }

    /// Renders the message as a warning.
    pub(crate) fn warning(&self, is_colored: bool) -> String {
        self.render(Level::WARNING, is_colored)
    }
}

impl Failure {
    pub(crate) fn new(exit: Exit, message: Message) -> Self {
        Self { exit, errors: vec![message] }
    }

    /// Creates a failure for invalid arguments or settings.
    pub(crate) fn usage(title: impl Into<String>) -> Self {
        Self::new(Exit::Usage, Message::new(title))
    }

    /// Creates a failure for a file that can't be read.
    pub(crate) fn read(path: impl Display, error: impl Display) -> Self {
        Self::usage(format!("could not read {path}: {error}"))
    }

    /// Creates a failure for a result that can't be printed or written.
    pub(crate) fn output(title: impl Into<String>) -> Self {
        Self::new(Exit::Output, Message::new(title))
    }

    pub(crate) fn note(mut self, note: impl Into<String>) -> Self {
        if let Some(last) = self.errors.last_mut() {
            last.notes.push(note.into());
        }
        self
    }

    pub(crate) fn help(mut self, help: impl Into<String>) -> Self {
        if let Some(last) = self.errors.last_mut() {
            last.help.push(help.into());
        }
        self
    }

    /// Replaces the help of the last error.
    pub(crate) fn only_help(mut self, help: impl Into<String>) -> Self {
        if let Some(last) = self.errors.last_mut() {
            last.help = vec![help.into()];
        }
        self
    }

    /// Succeeds if there are no failures. Otherwise fails with all errors, and with the exit code of the first failure that has
    /// a message: a closed pipe has none.
    pub(crate) fn all(failures: Vec<Self>) -> Result<Exit> {
        let first = failures.iter().find(|failure| !failure.errors.is_empty()).or(failures.first());
        let Some(exit) = first.map(|failure| failure.exit) else { return Ok(Exit::Success) };
        Err(Self { exit, errors: failures.into_iter().flat_map(|failure| failure.errors).collect() })
    }

    /// Renders the errors for standard error.
    pub(crate) fn render(&self, is_colored: bool) -> String {
        self.errors.iter().map(|message| message.render(Level::ERROR, is_colored)).collect()
    }
}

/// A failure to write the result. If the reader of a pipe has closed it, like `head`, the program stops without a message.
impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        if error.kind() == io::ErrorKind::BrokenPipe {
            return Self { exit: Exit::Success, errors: Vec::new() };
        }
        Self::output(format!("could not write the output: {error}"))
    }
}

impl From<csv::Error> for Failure {
    fn from(error: csv::Error) -> Self {
        match error.into_kind() {
            csv::ErrorKind::Io(error) => error.into(),
            _ => Self::output("could not write the output as CSV"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn renders_like_rustc() {
        let failure = Failure::usage("invalid value").note("a note").help("fix it");
        assert_eq!(failure.render(false), "error: invalid value\n |\n = note: a note\n = help: fix it\n");
    }

    #[test]
    fn the_help_documents_every_exit_code() {
        let exits = [
            Exit::Success,
            Exit::Rejected,
            Exit::Usage,
            Exit::Unauthorized,
            Exit::TryAgain,
            Exit::MaybeProcessed,
            Exit::Processed,
            Exit::Partial,
            Exit::Output,
            Exit::Canceled,
        ];
        for exit in exits {
            let code = format!("{:<3}  ", exit as u8);
            assert!(EXIT_CODES.lines().any(|line| line.trim_start().starts_with(&code)), "{code}");
        }
    }
}
