//! Why a command failed, and the exit status that says so.

use std::io;

use crate::draw::{Severity, draw};

/// The end of a command that did not succeed.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The command line could not be understood.
    Usage(String),
    /// The command line and what would have been right.
    Misused { message: String, usage: &'static str },
    /// The command could not do its work.
    Failed(String),
    /// What was read can't be used, for these reasons.
    Refused(Vec<codegen::Error>),
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

    /// The text that tells of it.
    pub(crate) fn told(&self, colors: bool) -> String {
        let plain = |message: &str| draw(Severity::Error, &codegen::Error::new(message), colors);
        match self {
            Self::Usage(message) => plain(message),
            Self::Misused { message, usage } => format!("{}usage: {usage}\n", plain(message)),
            Self::Failed(message) => plain(message.trim_end()),
            Self::Refused(errors) => {
                let told: Vec<String> = errors.iter().map(|error| draw(Severity::Error, error, colors)).collect();
                told.join("\n")
            }
            Self::Status(_) => String::new(),
        }
    }

    pub(crate) fn status(&self) -> u8 {
        match self {
            Self::Usage(_) | Self::Misused { .. } => 2,
            Self::Failed(_) | Self::Refused(_) => 1,
            Self::Status(status) => *status,
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
        Self::Refused(vec![error])
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
