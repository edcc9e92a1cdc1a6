//! Wakes a worker when the database changes.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Notify;
use tokio::task::AbortHandle;

use crate::database::Pool;
use crate::error::Error;

/// How often SQLite is asked whether another connection has changed the file. This reads a counter in shared memory,
/// and no page.
#[cfg(feature = "sqlite")]
const CHECK: Duration = Duration::from_millis(150);

/// The value of `PRAGMA synchronous` from which on a commit is durable.
#[cfg(feature = "sqlite")]
const FULL: i64 = 2;

/// The schema of the outbox, because the channel is shared by all schemas of the database.
#[cfg(feature = "postgres")]
const SCHEMA: &str = "SELECT CAST(nspname AS TEXT) FROM pg_namespace JOIN pg_class ON relnamespace = pg_namespace.oid
    WHERE pg_class.oid = CAST(CAST($1 AS TEXT) AS regclass)";

pub(crate) const OUTBOX: &str = "talkable_outbox";

#[cfg(feature = "inbox")]
pub(crate) const INBOX: &str = "talkable_inbox";

/// The pause after the connection was lost. Until then, the worker finds new entries by polling.
const RECONNECT: Duration = Duration::from_secs(1);

/// A background task that notifies a worker of new entries. Dropping it ends the task.
pub(crate) struct Waker {
    pub(crate) notify: Arc<Notify>,
    task: AbortHandle,
}

impl Waker {
    /// Watches a table, which is also the name of the channel in PostgreSQL.
    pub(crate) fn start(pool: Pool, table: &'static str) -> Self {
        let notify = Arc::new(Notify::new());
        let task = tokio::spawn({
            let notify = Arc::clone(&notify);
            async move {
                loop {
                    if let Err(error) = watch(&pool, table, &notify).await {
                        tracing::debug!(%error, "the worker can't watch the database");
                    }
                    tokio::time::sleep(RECONNECT).await;
                }
            }
        });
        Self { notify, task: task.abort_handle() }
    }
}

impl Drop for Waker {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn watch(pool: &Pool, table: &str, notify: &Notify) -> Result<(), Error> {
    match pool {
        #[cfg(feature = "sqlite")]
        Pool::Sqlite(pool) => {
            let mut connection = pool.acquire().await?;
            let mut last = None;
            if table == OUTBOX && !is_durable(&mut connection).await? {
                tracing::warn!(
                    "a power failure can undo commits, so that calls are sent again; help: set `synchronous` to FULL"
                );
            }
            loop {
                let version: i64 = sqlx::query_scalar("PRAGMA data_version").fetch_one(&mut *connection).await?;
                if last.replace(version).is_some_and(|last| last != version) {
                    notify.notify_one();
                }
                tokio::time::sleep(CHECK).await;
            }
        }
        #[cfg(feature = "postgres")]
        Pool::Postgres(pool) => {
            let mut listener = sqlx::postgres::PgListener::connect_with(pool).await?;
            listener.listen(table).await?;
            let schema: String = sqlx::query_scalar(SCHEMA).bind(table).fetch_one(pool).await?;
            // Entries may have been added before the listener was connected.
            notify.notify_one();
            loop {
                // `None` means that the connection was lost, and notifications with it.
                match listener.try_recv().await? {
                    Some(notification) if notification.payload() != schema => {}
                    Some(_) | None => notify.notify_one(),
                }
            }
        }
    }
}

/// Whether SQLite writes a transaction to disk before its commit returns.
#[cfg(feature = "sqlite")]
async fn is_durable(connection: &mut sqlx::SqliteConnection) -> Result<bool, Error> {
    let synchronous: i64 = sqlx::query_scalar("PRAGMA synchronous").fetch_one(connection).await?;
    Ok(synchronous >= FULL)
}

#[cfg(all(test, feature = "sqlite"))]
mod tests {
    use sqlx::ConnectOptions as _;
    use sqlx::sqlite::{SqliteConnectOptions, SqliteSynchronous};

    use super::*;

    #[tokio::test]
    async fn only_full_and_extra_synchronization_are_durable() {
        for (synchronous, expected) in [
            (SqliteSynchronous::Off, false),
            (SqliteSynchronous::Normal, false),
            (SqliteSynchronous::Full, true),
            (SqliteSynchronous::Extra, true),
        ] {
            let options = SqliteConnectOptions::new().in_memory(true).synchronous(synchronous);
            let mut connection = options.connect().await.expect("a database in memory opens");
            assert_eq!(is_durable(&mut connection).await.expect("a statement"), expected);
        }
    }
}
