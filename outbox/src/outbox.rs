//! The handle of an outbox.

use std::fmt;
use std::sync::Arc;

#[cfg(feature = "postgres")]
use sqlx::postgres::PgPool;
#[cfg(feature = "sqlite")]
use sqlx::sqlite::SqlitePool;

use crate::database::Pool;
use crate::error::Error;
use crate::schema;

/// A clock that returns the milliseconds since 1970.
pub type Clock = Arc<dyn Fn() -> i64 + Send + Sync>;

/// An outbox in a database. It is cheap to clone.
#[derive(Clone)]
pub struct Outbox {
    pub(crate) pool: Pool,
    /// `None` for the clock of the database.
    clock: Option<Clock>,
}

impl Outbox {
    /// Creates an outbox in a SQLite database, usually the one that contains the orders.
    ///
    /// The database should use the journal mode WAL, `synchronous = FULL` and a busy timeout of several seconds:
    ///
    /// ```
    /// use std::time::Duration;
    /// use talkable_outbox::sqlx::sqlite::*;
    ///
    /// let options = SqliteConnectOptions::new().filename("shop.db").create_if_missing(true);
    /// let options = options.journal_mode(SqliteJournalMode::Wal).synchronous(SqliteSynchronous::Full);
    /// let options = options.busy_timeout(Duration::from_secs(10));
    /// # let _ = options;
    /// ```
    #[cfg(feature = "sqlite")]
    #[cfg_attr(docsrs, doc(cfg(feature = "sqlite")))]
    pub fn sqlite(pool: SqlitePool) -> Self {
        Self { pool: Pool::Sqlite(pool), clock: None }
    }

    /// Creates an outbox in a PostgreSQL database, in the first schema of the `search_path` that contains its tables, or
    /// in the first one if none does. All times are those of the database.
    #[cfg(feature = "postgres")]
    #[cfg_attr(docsrs, doc(cfg(feature = "postgres")))]
    pub fn postgres(pool: PgPool) -> Self {
        Self { pool: Pool::Postgres(pool), clock: None }
    }

    /// Replaces the clock, for tests.
    #[must_use]
    pub fn clock(mut self, clock: Clock) -> Self {
        self.clock = Some(clock);
        self
    }

    /// Creates the tables, or updates them to the version of this crate. Any number of processes may call this at the
    /// same time, and processes with the previous version keep working. If the tables are up to date, this only reads
    /// their version, so that a worker needs no privilege to create tables.
    ///
    /// # Errors
    ///
    /// [`Error::Database`] if a statement fails, and [`Error::SchemaTooNew`] if a newer version has changed the tables
    /// in an incompatible way.
    pub async fn migrate(&self) -> Result<(), Error> {
        schema::migrate(&self.pool).await
    }

    /// The time for statements, or `None` for the clock of the database.
    pub(crate) fn now(&self) -> Option<i64> {
        self.clock.as_ref().map(|clock| clock())
    }
}

impl fmt::Debug for Outbox {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Outbox").finish_non_exhaustive()
    }
}
