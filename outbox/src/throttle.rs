//! The store of the throttle in PostgreSQL.

use std::fmt;
use std::time::Duration;

use sqlx::postgres::{PgConnection, PgPool, PgRow};
use sqlx::{Executor as _, Row as _};
use talkable_api::throttle::{SharedStore, Snapshot, StoreError, StoreFuture, Swap};
use tokio::sync::Mutex;
use tokio::time::timeout;

/// The time until an operation is given up, including the connection.
const TIMEOUT: Duration = Duration::from_secs(1);

/// The server cancels a statement after [`TIMEOUT`], for example if it waits for a lock. Closing the connection does
/// not cancel it.
const STATEMENT_TIMEOUT: &str = "SET statement_timeout = '1s'";

/// The columns are the version, the value, and the time in microseconds.
const LOAD: &str = "SELECT t.version, t.value, CAST(extract(epoch FROM clock_timestamp()) * 1000000 AS BIGINT)
    FROM (VALUES (1)) AS one LEFT JOIN talkable_throttle t ON t.key = $1";

/// The version of a new key is the time, so that a deleted key never gets the same version again.
const INSERT: &str = "INSERT INTO talkable_throttle (key, version, value)
    VALUES ($1, CAST(extract(epoch FROM clock_timestamp()) * 1000000 AS BIGINT), $2)
    ON CONFLICT (key) DO NOTHING
    RETURNING version, NULL, CAST(extract(epoch FROM clock_timestamp()) * 1000000 AS BIGINT)";

const UPDATE: &str = "UPDATE talkable_throttle SET version = version + 1, value = $2, changed = talkable_outbox_now()
    WHERE key = $1 AND version = $3
    RETURNING version, NULL, CAST(extract(epoch FROM clock_timestamp()) * 1000000 AS BIGINT)";

/// A [`SharedStore`] in the table `talkable_throttle`, which [`Outbox::migrate`](crate::Outbox::migrate) creates.
///
/// The store takes one connection out of the pool when it is first used, and keeps it until it is dropped or the
/// connection fails. The pool can open another one instead.
///
/// ```no_run
/// # async fn example(pool: talkable_outbox::sqlx::PgPool) -> Result<(), Box<dyn std::error::Error>> {
/// use std::sync::Arc;
/// use talkable_outbox::{Outbox, ThrottleStore, Worker, talkable_api::Client};
///
/// let outbox = Outbox::postgres(pool.clone());
/// outbox.migrate().await?;
/// let client = Client::builder().api_key("key").site_slug("my-store");
/// let client = client.shared_throttle(Arc::new(ThrottleStore::new(pool))).build()?;
/// Worker::new(outbox, client).run(std::future::pending()).await;
/// # Ok(())
/// # }
/// ```
pub struct ThrottleStore {
    pool: PgPool,
    /// `None` before the first operation, and after a failed or canceled one.
    connection: Mutex<Option<PgConnection>>,
}

impl ThrottleStore {
    /// Creates a store in a PostgreSQL database, in the first schema of the `search_path`.
    pub fn new(pool: PgPool) -> Self {
        Self { pool, connection: Mutex::new(None) }
    }

    /// Takes a connection out of the pool, so that a small pool does not run out of connections.
    async fn connect(&self) -> Result<PgConnection, sqlx::Error> {
        let mut connection = self.pool.acquire().await?.detach();
        connection.execute(STATEMENT_TIMEOUT).await?;
        Ok(connection)
    }

    /// Runs an operation. If it fails, or if it is canceled, the connection is closed.
    async fn run<T>(
        &self,
        operation: impl AsyncFnOnce(&mut PgConnection) -> Result<T, sqlx::Error>,
    ) -> Result<T, StoreError> {
        let mut kept = self.connection.lock().await;
        let kept = &mut *kept;
        let run = async move {
            let mut connection = match kept.take() {
                Some(connection) => connection,
                None => self.connect().await?,
            };
            let result = operation(&mut connection).await?;
            *kept = Some(connection);
            Ok::<_, sqlx::Error>(result)
        };
        Ok(timeout(TIMEOUT, run).await??)
    }
}

impl SharedStore for ThrottleStore {
    fn load<'a>(&'a self, key: &'a str) -> StoreFuture<'a, Snapshot> {
        Box::pin(self.run(async |connection| load(connection, key).await))
    }

    fn compare_and_set<'a>(&'a self, key: &'a str, expected_version: u64, blob: &'a [u8]) -> StoreFuture<'a, Swap> {
        Box::pin(self.run(async move |connection| {
            let query = sqlx::query(if expected_version == 0 { INSERT } else { UPDATE }).bind(key).bind(blob);
            // A version that is out of range does not exist.
            let query = if expected_version == 0 { query } else { query.bind(i64::try_from(expected_version).ok()) };
            Ok(match query.fetch_optional(&mut *connection).await? {
                Some(row) => Swap::Stored { version: version(&row)?, now: now(&row)? },
                // The statement saw the table before the other transaction, so only another statement sees its value.
                None => Swap::Refused(load(connection, key).await?),
            })
        }))
    }
}

async fn load(connection: &mut PgConnection, key: &str) -> Result<Snapshot, sqlx::Error> {
    let row = sqlx::query(LOAD).bind(key).fetch_one(connection).await?;
    let value: Option<Vec<u8>> = row.try_get(1)?;
    Ok(match value {
        Some(value) => Snapshot::new(version(&row)?, value, now(&row)?),
        None => Snapshot::absent(now(&row)?),
    })
}

fn version(row: &PgRow) -> Result<u64, sqlx::Error> {
    unsigned(row, 0)
}

fn now(row: &PgRow) -> Result<Duration, sqlx::Error> {
    unsigned(row, 2).map(Duration::from_micros)
}

fn unsigned(row: &PgRow, column: usize) -> Result<u64, sqlx::Error> {
    let value: i64 = row.try_get(column)?;
    u64::try_from(value).map_err(|error| sqlx::Error::Decode(error.into()))
}

impl fmt::Debug for ThrottleStore {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("ThrottleStore").finish_non_exhaustive()
    }
}
