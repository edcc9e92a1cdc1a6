//! The failure of a command, and its exit status.

use std::fmt::Display;
use std::io;

use codegen::Diagnostic;

use super::render::render;
use super::summary::summarized;

/// The result of a command or of one of its steps.
pub(crate) type Result<T = ()> = std::result::Result<T, Failure>;

/// The failure of a command.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The arguments are invalid.
    Usage(String),
    /// The command failed with these errors.
    Refused(Vec<Diagnostic>),
    /// A check was skipped because a tool is missing.
    Skipped(String),
    /// The exit status to return, without a message.
    Status(u8),
}

impl Failure {
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Diagnostic::error(message).into()
    }

    /// Returns a function that turns an I/O error into a failure. `name` is the file or the program that the error is about.
    pub(crate) fn io(name: impl Display, what: &str) -> impl Fn(io::Error) -> Self {
        move |error| Self::new(format!("{name}: {what}: {error}"))
    }

    /// Adds the name of the file to each error.
    pub(crate) fn in_file(self, name: &str) -> Self {
        self.map(|error| error.in_file(name))
    }

    /// Adds a note to each error.
    pub(crate) fn note(self, note: impl Into<String>) -> Self {
        let note = note.into();
        self.map(|error| error.note(note.clone()))
    }

    /// Adds the remedy to each error.
    pub(crate) fn help(self, help: impl Into<String>) -> Self {
        let help = help.into();
        self.map(|error| error.help(help.clone()))
    }

    fn map(self, change: impl Fn(Diagnostic) -> Diagnostic) -> Self {
        match self {
            Self::Refused(errors) => Self::Refused(errors.into_iter().map(change).collect()),
            other => other,
        }
    }

    /// The text to print to standard error.
    pub(crate) fn render(&self, colors: bool) -> String {
        let error = |error: &Diagnostic| render(error, colors);
        match self {
            Self::Usage(message) | Self::Skipped(message) => error(&Diagnostic::error(message)),
            Self::Refused(errors) => summarized(errors).iter().map(error).collect::<Vec<_>>().join("\n"),
            Self::Status(_) => String::new(),
        }
    }

    /// The exit status.
    pub(crate) fn status(&self) -> u8 {
        match self {
            Self::Usage(_) => 2,
            Self::Refused(_) | Self::Skipped(_) => 1,
            Self::Status(status) => *status,
        }
    }
}

impl From<lexopt::Error> for Failure {
    fn from(error: lexopt::Error) -> Self {
        Self::Usage(error.to_string())
    }
}

impl From<Diagnostic> for Failure {
    fn from(error: Diagnostic) -> Self {
        Self::Refused(vec![error])
    }
}

/// An error while writing output. A closed pipe, as in `… | head`, counts as success.
impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::BrokenPipe => Self::Status(0),
            _ => Self::new(format!("the output cannot be written: {error}")),
        }
    }
}
