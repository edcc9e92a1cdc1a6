//! What went wrong with a webhook.
//!
//! ```
//! # fn example(handlers: talkable_api::webhook::Handlers) -> talkable_api::webhook::Handlers {
//! handlers.on_failure(|failure| eprintln!("answered {}: {failure}", failure.status()))
//! # }
//! ```

use std::error::Error as StdError;
use std::fmt;

use super::BoxError;
use crate::webhook::{Rejection, Reply};

/// What went wrong with a webhook, and what was answered.
///
/// It holds neither the key nor the payload; what the error of a handler says is up to the handler.
///
/// ```
/// use talkable_api::webhook::{Failure, Handlers};
///
/// # fn example(handlers: Handlers) -> Handlers {
/// handlers.on_failure(|failure| match failure {
///     Failure::Handler { kind, source } => eprintln!("{kind} will come again: {source}"),
///     other => eprintln!("{other}"),
/// })
/// # }
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub enum Failure {
    /// It was no webhook of the site, or one of an unknown form.
    Rejected(Rejection),
    /// No function is there for its kind: 501.
    Unhandled {
        /// The kind, empty if it had none.
        kind: String,
    },
    /// A function failed: 500.
    Handler {
        /// The kind, empty if it had none.
        kind: String,
        /// What the function returned.
        source: BoxError,
    },
    /// The store that knows what was dealt with failed before the function was called: 500.
    Deduplication {
        /// The kind, empty if it had none.
        kind: String,
        /// What the store returned.
        source: BoxError,
    },
    /// The function has dealt with it, but the store can't remember that: 200, and it may be dealt with again.
    NotRemembered {
        /// The kind, empty if it had none.
        kind: String,
        /// What the store returned.
        source: BoxError,
    },
}

impl Failure {
    /// The status that is answered.
    ///
    /// ```
    /// # use talkable_api::webhook::Failure;
    /// assert_eq!(Failure::Unhandled { kind: "new_web_hook".to_owned() }.status(), 501);
    /// ```
    pub fn status(&self) -> u16 {
        self.reply().status()
    }

    pub(super) fn reply(&self) -> Reply {
        match self {
            Self::Rejected(rejection) => rejection.into(),
            Self::Unhandled { .. } => Reply::unhandled(),
            // What went wrong inside is nobody's business outside.
            Self::Handler { .. } | Self::Deduplication { .. } => Reply::failed(),
            Self::NotRemembered { .. } => Reply::delivered(),
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Rejected(rejection) => rejection.fmt(formatter),
            Self::Unhandled { kind } => write!(formatter, "nothing deals with webhooks of the kind {kind:?}"),
            Self::Handler { kind, source } => {
                write!(formatter, "the webhook of the kind {kind:?} was not dealt with: {source}")
            }
            Self::Deduplication { kind, source } => {
                write!(formatter, "whether the webhook of the kind {kind:?} was dealt with is not known: {source}")
            }
            Self::NotRemembered { kind, source } => {
                write!(formatter, "that the webhook of the kind {kind:?} was dealt with is not remembered: {source}")
            }
        }
    }
}

impl StdError for Failure {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        match self {
            Self::Rejected(rejection) => Some(rejection),
            Self::Unhandled { .. } => None,
            Self::Handler { source, .. } | Self::Deduplication { source, .. } | Self::NotRemembered { source, .. } => {
                Some(source.as_ref())
            }
        }
    }
}
