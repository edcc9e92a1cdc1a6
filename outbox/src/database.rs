//! The two databases: pools, connections, transactions and rows.

use std::time::Duration;

#[cfg(feature = "postgres")]
use sqlx::postgres::{PgConnection, PgPool, PgRow, Postgres};
#[cfg(feature = "sqlite")]
use sqlx::sqlite::{Sqlite, SqliteConnection, SqlitePool, SqliteRow};
use sqlx::{AssertSqlSafe, Row as _};

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
pub(crate) enum Transaction {
    #[cfg(feature = "sqlite")]
    Sqlite(sqlx::Transaction<'static, Sqlite>),
    #[cfg(feature = "postgres")]
    Postgres(sqlx::Transaction<'static, Postgres>),
}

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
    /// Starts a transaction. In SQLite, it takes the write lock at once, so it can't fail later because of another
    /// writer.
    pub(crate) async fn begin(&self) -> Result<Transaction, Error> {
        Ok(match self {
            #[cfg(feature = "sqlite")]
            Self::Sqlite(pool) => Transaction::Sqlite(pool.begin_with("BEGIN IMMEDIATE").await?),
            #[cfg(feature = "postgres")]
            Self::Postgres(pool) => Transaction::Postgres(pool.begin().await?),
        })
    }

    /// Starts a transaction as [`begin`](Self::begin) does. PostgreSQL rolls it back if no statement follows for some time, because
    /// the row locks of a worker that is suspended or cut off would block the other workers.
    pub(crate) async fn begin_with_timeout(&self, idle: Duration) -> Result<Transaction, Error> {
        #[cfg(not(feature = "postgres"))]
        let _ = idle;
        match self {
            #[cfg(feature = "sqlite")]
            Self::Sqlite(_) => self.begin().await,
            #[cfg(feature = "postgres")]
            Self::Postgres(pool) => {
                let milliseconds = milliseconds(idle).clamp(1, i64::from(i32::MAX));
                let begin = format!("BEGIN; SET LOCAL idle_in_transaction_session_timeout = {milliseconds}");
                Ok(Transaction::Postgres(pool.begin_with(AssertSqlSafe(begin)).await?))
            }
        }
    }

    /// Runs a statement without a transaction and returns its rows.
    pub(crate) async fn fetch(&self, sql: &Sql, arguments: &[Argument<'_>]) -> Result<Vec<Row>, Error> {
        match self {
            #[cfg(feature = "sqlite")]
            Self::Sqlite(pool) => Connection::from(&mut *pool.acquire().await?).fetch(sql, arguments).await,
            #[cfg(feature = "postgres")]
            Self::Postgres(pool) => Connection::from(&mut *pool.acquire().await?).fetch(sql, arguments).await,
        }
    }

    /// Runs a statement without a transaction and returns the number of rows that it affected.
    pub(crate) async fn execute(&self, sql: &Sql, arguments: &[Argument<'_>]) -> Result<u64, Error> {
        match self {
            #[cfg(feature = "sqlite")]
            Self::Sqlite(pool) => Connection::from(&mut *pool.acquire().await?).execute(sql, arguments).await,
            #[cfg(feature = "postgres")]
            Self::Postgres(pool) => Connection::from(&mut *pool.acquire().await?).execute(sql, arguments).await,
        }
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

impl Transaction {
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
