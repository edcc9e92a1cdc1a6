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
    /// The transaction belongs to the other kind of database.
    WrongDatabase,
}

impl fmt::Display for Error {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Database(error) => write!(formatter, "the database failed: {error}"),
            Self::Call(error) => write!(formatter, "the call can't be stored: {error}"),
            Self::LookUp(error) => write!(formatter, "looking up the call failed: {error}"),
            Self::SchemaTooNew { version } => {
                write!(formatter, "unsupported version {version} of the outbox tables; help: update talkable-outbox")
            }
            Self::WrongDatabase => formatter.write_str(
                "the connection and the outbox use different kinds of databases; help: pass a connection of the outbox's database",
            ),
        }
    }
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
            Self::Database(_) | Self::SchemaTooNew { .. } | Self::WrongDatabase => None,
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
