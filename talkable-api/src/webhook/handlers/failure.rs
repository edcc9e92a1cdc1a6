//! Failures to handle a webhook.

use std::error::Error as StdError;
use std::fmt;

use super::BoxError;
use crate::webhook::{Rejection, Reply};

/// A failure to handle a webhook, for [`Handlers::on_failure`](super::Handlers::on_failure).
///
/// It contains neither the security key nor the payload, unless a handler's error contains them.
#[derive(Debug)]
#[non_exhaustive]
pub enum Failure {
    /// The request was rejected. The reply is 400, 401, 408, 413, 415 or 503.
    Rejected(Rejection),
    /// The kind has no handler. The reply is 501.
    Unhandled {
        /// The kind, or an empty string if the webhook has no kind.
        kind: String,
    },
    /// The handler returned an error. The reply is 500.
    Handler {
        /// The kind, or an empty string if the webhook has no kind.
        kind: String,
        /// The handler's error.
        source: BoxError,
    },
    /// Another handler is running for the same webhook. The reply is 503.
    InProgress {
        /// The kind, or an empty string if the webhook has no kind.
        kind: String,
    },
    /// The webhook could not be claimed in the deduplication store, so the handler was not called. The reply is 500.
    StoreRead {
        /// The kind, or an empty string if the webhook has no kind.
        kind: String,
        /// The store's error.
        source: BoxError,
    },
    /// The handler succeeded, but the deduplication store could not be updated. The reply is 200.
    StoreWrite {
        /// The kind, or an empty string if the webhook has no kind.
        kind: String,
        /// The store's error.
        source: BoxError,
    },
    /// The handler failed, and the webhook could not be released in the deduplication store. Until the lease expires, the reply to
    /// a resent webhook is 503. The hook also runs for the handler's failure, which determines the reply.
    StoreRelease {
        /// The kind, or an empty string if the webhook has no kind.
        kind: String,
        /// The store's error.
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
            Self::InProgress { .. } => Reply::busy(),
            // The reply must not reveal internal errors.
            Self::Handler { .. } | Self::StoreRead { .. } | Self::StoreRelease { .. } => Reply::failed(),
            Self::StoreWrite { .. } => Reply::delivered(),
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Rejected(rejection) => rejection.fmt(formatter),
            Self::Unhandled { kind } => write!(formatter, "no handler for webhooks of kind {kind:?}"),
            Self::InProgress { kind } => write!(formatter, "the webhook of kind {kind:?} is already being handled"),
            Self::Handler { kind, source } => write!(formatter, "the handler for {kind:?} failed: {source}"),
            Self::StoreRead { kind, source } => {
                write!(formatter, "could not claim the webhook of kind {kind:?}: {source}")
            }
            Self::StoreWrite { kind, source } => {
                write!(formatter, "could not mark the webhook of kind {kind:?} as handled: {source}")
            }
            Self::StoreRelease { kind, source } => {
                write!(formatter, "could not release the webhook of kind {kind:?}: {source}")
            }
        }
    }
}

impl StdError for Failure {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        match self {
            Self::Rejected(rejection) => Some(rejection),
            Self::Unhandled { .. } | Self::InProgress { .. } => None,
            Self::Handler { source, .. }
            | Self::StoreRead { source, .. }
            | Self::StoreWrite { source, .. }
            | Self::StoreRelease { source, .. } => Some(source.as_ref()),
        }
    }
}
