//! What can go wrong between a request and its reply.

use std::error::Error as StdError;
use std::fmt;

use super::BoxError;
use crate::webhook::{Rejection, Reply};

/// A failure to handle a webhook, as passed to [`Handlers::on_failure`](super::Handlers::on_failure).
///
/// It contains neither the security key nor the payload, except for what an error of your handler includes.
///
/// ```
/// use talkable_api::webhook::{Failure, Handlers};
///
/// # fn example(handlers: Handlers) -> Handlers {
/// handlers.on_failure(|failure| match failure {
///     Failure::Handler { kind, source } => eprintln!("{kind} failed, Talkable will resend it: {source}"),
///     other => eprintln!("replied {}: {other}", other.status()),
/// })
/// # }
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub enum Failure {
    /// The request was rejected: 400, 401, 413 or 415.
    Rejected(Rejection),
    /// The kind has no handler: 501.
    Unhandled {
        /// The kind, or an empty string if there is none.
        kind: String,
    },
    /// The handler returned an error: 500.
    Handler {
        /// The kind, or an empty string if there is none.
        kind: String,
        /// The error of the handler.
        source: BoxError,
    },
    /// The deduplication store could not be read, so the handler was not called: 500.
    StoreRead {
        /// The kind, or an empty string if there is none.
        kind: String,
        /// The error of the store.
        source: BoxError,
    },
    /// The handler succeeded, but the deduplication store could not be written: 200.
    StoreWrite {
        /// The kind, or an empty string if there is none.
        kind: String,
        /// The error of the store.
        source: BoxError,
    },
}

impl Failure {
    /// The status of the reply.
    pub fn status(&self) -> u16 {
        self.reply().status()
    }

    pub(super) fn reply(&self) -> Reply {
        match self {
            Self::Rejected(rejection) => rejection.into(),
            Self::Unhandled { .. } => Reply::unhandled(),
            // The reply must not reveal internal errors.
            Self::Handler { .. } | Self::StoreRead { .. } => Reply::failed(),
            Self::StoreWrite { .. } => Reply::delivered(),
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Rejected(rejection) => rejection.fmt(formatter),
            Self::Unhandled { kind } => write!(formatter, "no handler for webhooks of kind {kind:?}"),
            Self::Handler { kind, source } => write!(formatter, "the handler of {kind:?} failed: {source}"),
            Self::StoreRead { kind, source } => {
                write!(formatter, "could not check whether the webhook of kind {kind:?} was already handled: {source}")
            }
            Self::StoreWrite { kind, source } => {
                write!(formatter, "could not mark the webhook of kind {kind:?} as handled: {source}")
            }
        }
    }
}

impl StdError for Failure {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        match self {
            Self::Rejected(rejection) => Some(rejection),
            Self::Unhandled { .. } => None,
            Self::Handler { source, .. } | Self::StoreRead { source, .. } | Self::StoreWrite { source, .. } => {
                Some(source.as_ref())
            }
        }
    }
}
