//! Why a command failed, and the exit status that says so.

use std::fmt;
use std::io;

/// The end of a command that did not succeed.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The command line could not be understood.
    Usage(String),
    /// The command line and what would have been right.
    Misused { message: String, usage: &'static str },
    /// The command could not do its work.
    Failed(String),
    /// A program that the command ran has failed, and has said why.
    Status(u8),
}

impl Failure {
    /// Adds how the command is called, for those who called it wrongly.
    pub(crate) fn of(self, usage: &'static str) -> Self {
        match self {
            Self::Usage(message) => Self::Misused { message, usage },
            other => other,
        }
    }

    pub(crate) fn status(&self) -> u8 {
        match self {
            Self::Usage(_) | Self::Misused { .. } => 2,
            Self::Failed(_) => 1,
            Self::Status(status) => *status,
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Usage(message) => writeln!(f, "error: {message}"),
            Self::Misused { message, usage } => writeln!(f, "error: {message}\nusage: {usage}"),
            Self::Failed(message) => writeln!(f, "error: {}", message.trim_end()),
            Self::Status(_) => Ok(()),
        }
    }
}

impl From<lexopt::Error> for Failure {
    fn from(error: lexopt::Error) -> Self {
        Self::Usage(error.to_string())
    }
}

impl From<codegen::Error> for Failure {
    fn from(error: codegen::Error) -> Self {
        Self::Failed(error.to_string())
    }
}

/// Only writing to an output comes here; whoever closed it (`… | head`) has read enough.
impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::BrokenPipe => Self::Status(0),
            _ => Self::Failed(format!("the output cannot be written: {error}")),
        }
    }
}
