//! Error reasons, recognized from the API's messages.
//!
//! The API has no error codes, and responds with a 400 to nearly every invalid request. Codegen generates the reasons and their
//! messages from `x-error-reasons`, which may be empty.

use super::{ApiError, Error};
use crate::generated::{REASONS, Reason};

/// A reason and its messages.
pub(crate) struct KnownReason {
    pub(crate) reason: Reason,
    pub(crate) name: &'static str,
    /// The patterns of the messages, in which `*` matches any text. The first reason with a matching pattern applies.
    pub(crate) messages: &'static [&'static str],
    pub(crate) is_not_found: bool,
}

impl Reason {
    /// The name of the reason for logs and metrics, such as `person_not_found`.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.known().map_or("other", |known| known.name)
    }

    /// Whether an object that the request refers to does not exist. False for a site, a campaign or a metric, since an unknown one
    /// is a mistake in the program or its settings.
    #[must_use]
    pub fn is_not_found(self) -> bool {
        self.known().is_some_and(|known| known.is_not_found)
    }

    fn known(self) -> Option<&'static KnownReason> {
        REASONS.iter().find(|known| known.reason == self)
    }
}

impl ApiError {
    /// The reason for the error, recognized from the API's [`message`](Self::message).
    pub fn reason(&self) -> Reason {
        let Some(message) = &self.message else { return Reason::Other };
        let is_known = |known: &&KnownReason| known.messages.iter().any(|pattern| is_match(message, pattern));
        REASONS.iter().find(is_known).map_or(Reason::Other, |known| known.reason)
    }
}

impl Error {
    /// Whether an object that the request refers to does not exist, such as a person or an offer. See also
    /// [`Call::optional`](crate::Call::optional).
    pub fn is_not_found(&self) -> bool {
        matches!(self, Self::Api(error) if error.reason().is_not_found())
    }
}

fn is_match(message: &str, pattern: &str) -> bool {
    let Some((start, rest)) = pattern.split_once('*') else { return message == pattern };
    let Some(mut message) = message.strip_prefix(start) else { return false };
    let mut parts = rest.split('*').peekable();
    while let Some(part) = parts.next() {
        if parts.peek().is_none() {
            return message.ends_with(part);
        }
        let Some((_, after)) = message.split_once(part) else { return false };
        message = after;
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_matches_any_text() {
        for (message, pattern, expected) in [
            ("No campaign found.", "No campaign found.", true),
            ("No campaign found", "No campaign found.", false),
            ("Duplicate entity: a\nb", "Duplicate entity: *", true),
            ("A Duplicate entity: a", "Duplicate entity: *", false),
            ("`type` is required", "`*` is required", true),
            ("` is required", "`*` is required", false),
            ("Validation failed: Name has already been taken.", "Validation failed: * has already been taken*", true),
            ("Validation failed: Name is taken", "Validation failed: * has already been taken*", false),
            ("Email isn't valid", "*Email isn't valid", true),
            ("", "", true),
            ("", "*", true),
            ("aa", "a*a*a", false),
        ] {
            assert_eq!(is_match(message, pattern), expected, "{message} {pattern}");
        }
    }
}
