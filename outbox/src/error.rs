//! Errors of the outbox.

use std::fmt;

/// An error of the outbox or the inbox.
///
/// Neither `Display` nor `Debug` contains the arguments of a statement, which include personal data.
#[non_exhaustive]
pub enum Error {
    /// The database failed.
    Database(sqlx::Error),
    /// The call can't be stored, for example because it uploads a file.
    Call(talkable_api::Error),
    /// The API did not return whether a call was processed.
    LookUp(talkable_api::Error),
    /// A newer version of this crate has changed the tables in a way that this version does not support.
    SchemaTooNew {
        /// The version of the tables.
        version: i64,
    },
    /// The connection belongs to the other kind of database.
    WrongDatabase,
    /// A later attempt has received the webhook, or its payload was erased. The effects of this attempt are rolled back.
    ReceivedAgain,
    /// The text is not a [`Doubt`](crate::Doubt).
    InvalidDoubt,
}

impl fmt::Display for Error {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Database(error) => write!(formatter, "the database failed: {error}{}", help(error)),
            Self::Call(error) => write!(formatter, "the call can't be stored: {error}"),
            Self::LookUp(error) => write!(formatter, "looking up the call failed: {error}"),
            Self::SchemaTooNew { version } => {
                write!(formatter, "unsupported version {version} of the outbox tables; help: update talkable-outbox")
            }
            Self::WrongDatabase => formatter.write_str(
                "the connection and the outbox use different kinds of databases; \
                help: use a connection of the outbox's database",
            ),
            Self::InvalidDoubt => formatter
                .write_str("invalid doubt; help: list the doubtful entries, and copy the doubt, such as 17-8523"),
            Self::ReceivedAgain => formatter.write_str(
                "the webhook was received again before it was done; \
                help: increase `Receiver::retry_after` if this happens often",
            ),
        }
    }
}

/// The remedy for common failures of the database.
fn help(error: &sqlx::Error) -> &'static str {
    match error {
        sqlx::Error::PoolTimedOut => {
            "; help: increase `max_connections` of the pool; a worker needs three connections, and a receiver two"
        }
        sqlx::Error::Database(error) if is_missing(&**error) => "; help: call `Outbox::migrate` first",
        _ => "",
    }
}

/// Whether a table or a function of this crate does not exist.
fn is_missing(error: &dyn sqlx::error::DatabaseError) -> bool {
    // The codes of PostgreSQL are those of an undefined table and an undefined function.
    let is_undefined = error.code().is_some_and(|code| code == "42P01" || code == "42883");
    error.message().contains("talkable_") && (is_undefined || error.message().starts_with("no such table"))
}

// Derived output would contain the details of a violated constraint, which PostgreSQL takes from the row.
impl fmt::Debug for Error {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Error({self})")
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            // `Display` contains the message, and `Debug` of the source would contain the row.
            Self::Database(_)
            | Self::SchemaTooNew { .. }
            | Self::WrongDatabase
            | Self::ReceivedAgain
            | Self::InvalidDoubt => None,
            Self::Call(error) | Self::LookUp(error) => error.source(),
        }
    }
}

impl From<sqlx::Error> for Error {
    fn from(error: sqlx::Error) -> Self {
        Self::Database(error)
    }
}

impl From<talkable_api::Error> for Error {
    fn from(error: talkable_api::Error) -> Self {
        Self::Call(error)
    }
}

#[cfg(test)]
mod tests {
    use super::Error;

    #[test]
    fn an_exhausted_pool_names_the_setting() {
        let error = Error::from(sqlx::Error::PoolTimedOut).to_string();
        assert!(error.contains("; help: increase `max_connections`"), "{error}");
    }
}
