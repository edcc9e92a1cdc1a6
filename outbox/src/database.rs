//! The two databases: pools, connections, transactions and rows.

use std::time::Duration;

use sqlx::pool::PoolConnection;
#[cfg(feature = "postgres")]
use sqlx::postgres::{PgConnection, PgPool, PgRow, Postgres};
#[cfg(feature = "sqlite")]
use sqlx::sqlite::{Sqlite, SqliteConnection, SqlitePool, SqliteRow};
use sqlx::{AssertSqlSafe, Connection as _, Row as _};

use crate::error::Error;
use crate::sql::Sql;

/// A pool of connections.
#[derive(Clone, Debug)]
pub(crate) enum Pool {
    #[cfg(feature = "sqlite")]
    Sqlite(SqlitePool),
    #[cfg(feature = "postgres")]
    Postgres(PgPool),
}

/// A connection of the caller, usually inside a transaction. `&mut *transaction` and `&mut *connection` convert to it.
#[derive(Debug)]
pub struct Connection<'c>(Kind<'c>);

#[derive(Debug)]
enum Kind<'c> {
    #[cfg(feature = "sqlite")]
    Sqlite(&'c mut SqliteConnection),
    #[cfg(feature = "postgres")]
    Postgres(&'c mut PgConnection),
}

#[cfg(feature = "sqlite")]
impl<'c> From<&'c mut SqliteConnection> for Connection<'c> {
    fn from(connection: &'c mut SqliteConnection) -> Self {
        Self(Kind::Sqlite(connection))
    }
}

#[cfg(feature = "postgres")]
impl<'c> From<&'c mut PgConnection> for Connection<'c> {
    fn from(connection: &'c mut PgConnection) -> Self {
        Self(Kind::Postgres(connection))
    }
}

/// A transaction of the outbox.
pub(crate) enum Transaction<'c> {
    #[cfg(feature = "sqlite")]
    Sqlite(sqlx::Transaction<'c, Sqlite>),
    #[cfg(feature = "postgres")]
    Postgres(sqlx::Transaction<'c, Postgres>),
}

/// A connection of a pool. Dropping it without [`release`](Self::release) closes a connection to PostgreSQL: if the
/// network is interrupted, the pool would wait for the end of the last statement, and its other users for the pool.
pub(crate) struct Checkout {
    connection: Pooled,
    is_released: bool,
}

enum Pooled {
    #[cfg(feature = "sqlite")]
    Sqlite(PoolConnection<Sqlite>),
    #[cfg(feature = "postgres")]
    Postgres(PoolConnection<Postgres>),
}

impl Checkout {
    pub(crate) fn connection(&mut self) -> Connection<'_> {
        match &mut self.connection {
            #[cfg(feature = "sqlite")]
            Pooled::Sqlite(connection) => Connection(Kind::Sqlite(connection)),
            #[cfg(feature = "postgres")]
            Pooled::Postgres(connection) => Connection(Kind::Postgres(connection)),
        }
    }

    /// Starts a transaction as [`Pool::begin`] does. PostgreSQL rolls it back if no statement follows for some time,
    /// because the row locks of a worker that is suspended or cut off would block the other workers.
    pub(crate) async fn begin(&mut self, idle: Duration) -> Result<Transaction<'_>, Error> {
        #[cfg(not(feature = "postgres"))]
        let _ = idle;
        Ok(match &mut self.connection {
            #[cfg(feature = "sqlite")]
            Pooled::Sqlite(connection) => Transaction::Sqlite(connection.begin_with(BEGIN_SQLITE).await?),
            #[cfg(feature = "postgres")]
            Pooled::Postgres(connection) => {
                let milliseconds = milliseconds(idle).clamp(1, i64::from(i32::MAX));
                let begin = format!("{BEGIN_POSTGRES}; SET LOCAL idle_in_transaction_session_timeout = {milliseconds}");
                Transaction::Postgres(connection.begin_with(AssertSqlSafe(begin)).await?)
            }
        })
    }

    /// Returns the connection to the pool, if no statement is in progress.
    pub(crate) fn release(mut self) {
        self.is_released = true;
    }
}

impl Drop for Checkout {
    fn drop(&mut self) {
        if self.is_released {
            return;
        }
        match &mut self.connection {
            #[cfg(feature = "sqlite")]
            Pooled::Sqlite(_) => {}
            #[cfg(feature = "postgres")]
            Pooled::Postgres(connection) => connection.close_on_drop(),
        }
    }
}

/// Takes the write lock at once, so that the transaction can't fail later because of another writer.
#[cfg(feature = "sqlite")]
const BEGIN_SQLITE: &str = "BEGIN IMMEDIATE";

/// Sets the isolation level, because the statements expect to see rows that were committed while they waited for a lock.
#[cfg(feature = "postgres")]
const BEGIN_POSTGRES: &str = "BEGIN ISOLATION LEVEL READ COMMITTED";

/// An argument of a statement.
#[derive(Clone, Copy)]
pub(crate) enum Argument<'a> {
    Int(Option<i64>),
    Text(Option<&'a str>),
}

impl From<i64> for Argument<'_> {
    fn from(value: i64) -> Self {
        Self::Int(Some(value))
    }
}

impl From<Option<i64>> for Argument<'_> {
    fn from(value: Option<i64>) -> Self {
        Self::Int(value)
    }
}

impl<'a> From<&'a str> for Argument<'a> {
    fn from(value: &'a str) -> Self {
        Self::Text(Some(value))
    }
}

impl<'a> From<Option<&'a str>> for Argument<'a> {
    fn from(value: Option<&'a str>) -> Self {
        Self::Text(value)
    }
}

macro_rules! query {
    ($text:expr, $arguments:expr) => {{
        let mut query = sqlx::query($text);
        for argument in $arguments {
            query = match *argument {
                Argument::Int(value) => query.bind(value),
                Argument::Text(value) => query.bind(value),
            };
        }
        query
    }};
}

impl Pool {
    /// Starts a transaction.
    pub(crate) async fn begin(&self) -> Result<Transaction<'static>, Error> {
        Ok(match self {
            #[cfg(feature = "sqlite")]
            Self::Sqlite(pool) => Transaction::Sqlite(pool.begin_with(BEGIN_SQLITE).await?),
            #[cfg(feature = "postgres")]
            Self::Postgres(pool) => Transaction::Postgres(pool.begin_with(BEGIN_POSTGRES).await?),
        })
    }

    /// Takes a connection from the pool.
    pub(crate) async fn check_out(&self) -> Result<Checkout, Error> {
        let connection = match self {
            #[cfg(feature = "sqlite")]
            Self::Sqlite(pool) => Pooled::Sqlite(pool.acquire().await?),
            #[cfg(feature = "postgres")]
            Self::Postgres(pool) => Pooled::Postgres(pool.acquire().await?),
        };
        Ok(Checkout { connection, is_released: false })
    }

    /// Limits the time of an operation with PostgreSQL, whose server may be unreachable. SQLite has a busy timeout.
    pub(crate) async fn within<T>(
        &self,
        limit: Duration,
        operation: impl Future<Output = Result<T, Error>>,
    ) -> Result<T, Error> {
        match self {
            #[cfg(feature = "sqlite")]
            Self::Sqlite(_) => {
                let _ = limit;
                operation.await
            }
            #[cfg(feature = "postgres")]
            Self::Postgres(_) => match tokio::time::timeout(limit, operation).await {
                Ok(result) => result,
                Err(_) => Err(sqlx::Error::Io(std::io::ErrorKind::TimedOut.into()).into()),
            },
        }
    }

    /// Runs a statement without a transaction and returns its rows.
    pub(crate) async fn fetch(&self, sql: &Sql, arguments: &[Argument<'_>]) -> Result<Vec<Row>, Error> {
        let mut checkout = self.check_out().await?;
        let rows = checkout.connection().fetch(sql, arguments).await?;
        checkout.release();
        Ok(rows)
    }

    /// Runs a statement without a transaction and returns the number of rows that it affected.
    pub(crate) async fn execute(&self, sql: &Sql, arguments: &[Argument<'_>]) -> Result<u64, Error> {
        let mut checkout = self.check_out().await?;
        let rows = checkout.connection().execute(sql, arguments).await?;
        checkout.release();
        Ok(rows)
    }

    /// Runs a statement until it affects no rows, and returns the total number of rows.
    pub(crate) async fn exhaust(&self, sql: &Sql, arguments: &[Argument<'_>]) -> Result<u64, Error> {
        let mut total = 0;
        loop {
            match self.execute(sql, arguments).await? {
                0 => return Ok(total),
                rows => total += rows,
            }
        }
    }
}

impl Transaction<'_> {
    pub(crate) fn connection(&mut self) -> Connection<'_> {
        match self {
            #[cfg(feature = "sqlite")]
            Self::Sqlite(transaction) => Connection(Kind::Sqlite(transaction)),
            #[cfg(feature = "postgres")]
            Self::Postgres(transaction) => Connection(Kind::Postgres(transaction)),
        }
    }

    #[cfg(feature = "inbox")]
    pub(crate) async fn rollback(self) -> Result<(), Error> {
        match self {
            #[cfg(feature = "sqlite")]
            Self::Sqlite(transaction) => transaction.rollback().await?,
            #[cfg(feature = "postgres")]
            Self::Postgres(transaction) => transaction.rollback().await?,
        }
        Ok(())
    }

    pub(crate) async fn commit(self) -> Result<(), Error> {
        match self {
            #[cfg(feature = "sqlite")]
            Self::Sqlite(transaction) => transaction.commit().await?,
            #[cfg(feature = "postgres")]
            Self::Postgres(transaction) => transaction.commit().await?,
        }
        Ok(())
    }
}

impl Connection<'_> {
    /// Whether the connection is of the same kind as the pool.
    pub(crate) fn matches(&self, pool: &Pool) -> bool {
        match (&self.0, pool) {
            #[cfg(feature = "sqlite")]
            (Kind::Sqlite(_), Pool::Sqlite(_)) => true,
            #[cfg(feature = "postgres")]
            (Kind::Postgres(_), Pool::Postgres(_)) => true,
            #[cfg(all(feature = "sqlite", feature = "postgres"))]
            _ => false,
        }
    }

    /// Runs a statement and returns its rows.
    pub(crate) async fn fetch(&mut self, sql: &Sql, arguments: &[Argument<'_>]) -> Result<Vec<Row>, Error> {
        Ok(match &mut self.0 {
            #[cfg(feature = "sqlite")]
            Kind::Sqlite(connection) => {
                let rows = query!(sql.sqlite, arguments).fetch_all(&mut **connection).await?;
                rows.into_iter().map(Row::Sqlite).collect()
            }
            #[cfg(feature = "postgres")]
            Kind::Postgres(connection) => {
                let rows = query!(sql.postgres, arguments).fetch_all(&mut **connection).await?;
                rows.into_iter().map(Row::Postgres).collect()
            }
        })
    }

    /// Runs a statement and returns the number of rows that it affected.
    pub(crate) async fn execute(&mut self, sql: &Sql, arguments: &[Argument<'_>]) -> Result<u64, Error> {
        Ok(match &mut self.0 {
            #[cfg(feature = "sqlite")]
            Kind::Sqlite(connection) => query!(sql.sqlite, arguments).execute(&mut **connection).await?.rows_affected(),
            #[cfg(feature = "postgres")]
            Kind::Postgres(connection) => {
                query!(sql.postgres, arguments).execute(&mut **connection).await?.rows_affected()
            }
        })
    }

    /// Runs several statements without arguments.
    pub(crate) async fn run_script(&mut self, script: &Sql) -> Result<(), Error> {
        match &mut self.0 {
            #[cfg(feature = "sqlite")]
            Kind::Sqlite(connection) => {
                sqlx::raw_sql(AssertSqlSafe(script.sqlite)).execute(&mut **connection).await?;
            }
            #[cfg(feature = "postgres")]
            Kind::Postgres(connection) => {
                sqlx::raw_sql(AssertSqlSafe(script.postgres)).execute(&mut **connection).await?;
            }
        }
        Ok(())
    }
}

/// A row of a result.
pub(crate) enum Row {
    #[cfg(feature = "sqlite")]
    Sqlite(SqliteRow),
    #[cfg(feature = "postgres")]
    Postgres(PgRow),
}

impl Row {
    pub(crate) fn int(&self, column: usize) -> Result<Option<i64>, Error> {
        Ok(match self {
            #[cfg(feature = "sqlite")]
            Self::Sqlite(row) => row.try_get(column)?,
            #[cfg(feature = "postgres")]
            Self::Postgres(row) => row.try_get(column)?,
        })
    }

    /// A number of milliseconds, or zero if it is negative or null.
    pub(crate) fn duration(&self, column: usize) -> Result<Duration, Error> {
        Ok(Duration::from_millis(self.int(column)?.and_then(|time| u64::try_from(time).ok()).unwrap_or(0)))
    }

    pub(crate) fn text(&self, column: usize) -> Result<Option<String>, Error> {
        Ok(match self {
            #[cfg(feature = "sqlite")]
            Self::Sqlite(row) => row.try_get(column)?,
            #[cfg(feature = "postgres")]
            Self::Postgres(row) => row.try_get(column)?,
        })
    }
}

/// About a hundred years in milliseconds. Adding it to the current time does not overflow.
const LONGEST: i64 = 3_155_760_000_000;

/// A duration as an argument of a statement.
pub(crate) fn milliseconds(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(LONGEST).min(LONGEST)
}
