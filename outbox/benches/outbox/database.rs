//! The two databases, and plain statements in a table of their own.

use std::path::PathBuf;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use sqlx::AssertSqlSafe;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqliteSynchronous};
use talkable_outbox::{Entry, Outbox, sqlx};

const TABLE: &str = "CREATE TABLE plain (id BIGINT PRIMARY KEY, payload TEXT, state TEXT)";

/// A database with an outbox.
pub(crate) trait Database: Sized {
    const NAME: &str;
    /// A query that lists the numbers from 1 to the limit that is appended to it, as the column `number`.
    const NUMBERS: &str;
    /// Updates the statistics, and removes deleted rows, as PostgreSQL does in the background.
    const MAINTAIN: &str;

    fn outbox(&self) -> &Outbox;

    /// The database as text, for child processes.
    fn location(&self) -> &str;

    /// Opens the database with other connections.
    async fn open(location: &str) -> Self;

    async fn run(&self, sql: &str);

    async fn enqueue(&self, entries: &[Entry]);

    /// Inserts rows into the plain table in one transaction.
    async fn insert(&self, rows: u32);

    /// Updates rows of the plain table in one transaction.
    async fn update(&self, rows: u32);
}

pub(crate) struct Sqlite {
    pool: SqlitePool,
    outbox: Outbox,
    location: String,
    next: AtomicI64,
}

impl Sqlite {
    pub(crate) async fn create() -> Self {
        let folder = std::env::temp_dir().join(format!("talkable-outbox-bench-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let database = Self::open(folder.join("bench.db").to_str().unwrap()).await;
        database.outbox.migrate().await.unwrap();
        database.run(TABLE).await;
        database
    }

    pub(crate) async fn delete(self) {
        self.pool.close().await;
        std::fs::remove_dir_all(PathBuf::from(&self.location).parent().unwrap()).unwrap();
    }
}

/// Implements the methods whose text is the same for both databases, but whose types in sqlx differ.
macro_rules! statements {
    ($self:ident, $begin:expr) => {
        fn outbox(&self) -> &Outbox {
            &self.outbox
        }

        fn location(&self) -> &str {
            &self.location
        }

        async fn run(&self, sql: &str) {
            sqlx::raw_sql(AssertSqlSafe(sql.to_owned())).execute(&self.pool).await.unwrap();
        }

        async fn enqueue(&$self, entries: &[Entry]) {
            let mut transaction = $begin.await.unwrap();
            $self.outbox.enqueue_all(&mut *transaction, entries).await.unwrap();
            transaction.commit().await.unwrap();
        }

        async fn insert(&$self, rows: u32) {
            let mut transaction = $begin.await.unwrap();
            for _ in 0..rows {
                let id = $self.next.fetch_add(1, Ordering::Relaxed);
                let insert = sqlx::query("INSERT INTO plain VALUES ($1, $2, 'ready')").bind(id);
                insert.bind("x".repeat(180)).execute(&mut *transaction).await.unwrap();
            }
            transaction.commit().await.unwrap();
        }

        async fn update(&$self, rows: u32) {
            let mut transaction = $begin.await.unwrap();
            for id in 0..i64::from(rows) {
                let update = sqlx::query("UPDATE plain SET state = 'done' WHERE id = $1").bind(id);
                update.execute(&mut *transaction).await.unwrap();
            }
            transaction.commit().await.unwrap();
        }
    };
}

impl Database for Sqlite {
    const NAME: &str = "SQLite";
    const NUMBERS: &str = "WITH RECURSIVE numbers(number) AS (SELECT 1 UNION ALL SELECT number + 1 FROM numbers)
        SELECT number FROM numbers LIMIT ";
    const MAINTAIN: &str = "ANALYZE";

    statements!(self, self.pool.begin_with("BEGIN IMMEDIATE"));

    async fn open(location: &str) -> Self {
        let options = SqliteConnectOptions::new().filename(location).create_if_missing(true);
        let options = options.journal_mode(SqliteJournalMode::Wal).synchronous(SqliteSynchronous::Full);
        let pool = SqlitePool::connect_with(options.busy_timeout(Duration::from_secs(20))).await.unwrap();
        Self { outbox: Outbox::sqlite(pool.clone()), pool, location: location.to_owned(), next: AtomicI64::new(0) }
    }
}

#[cfg(feature = "postgres")]
pub(crate) struct Postgres {
    pool: sqlx::PgPool,
    outbox: Outbox,
    location: String,
    next: AtomicI64,
    /// Keeps the server running.
    _server: Option<crate::server::Server>,
}

#[cfg(feature = "postgres")]
impl Postgres {
    pub(crate) async fn create() -> Self {
        let server = crate::server::Server::start();
        server.ready().await;
        let database = Self { _server: None, ..Self::open(&server.url).await };
        database.outbox.migrate().await.unwrap();
        database.run(TABLE).await;
        Self { _server: Some(server), ..database }
    }
}

#[cfg(feature = "postgres")]
impl Database for Postgres {
    const NAME: &str = "PostgreSQL";
    const NUMBERS: &str = "SELECT number FROM (SELECT 1) one, LATERAL generate_series(1, 10000000) AS number LIMIT ";
    const MAINTAIN: &str = "VACUUM ANALYZE";

    statements!(self, self.pool.begin());

    async fn open(location: &str) -> Self {
        let pool = sqlx::postgres::PgPoolOptions::new().max_connections(40).connect(location).await.unwrap();
        let outbox = Outbox::postgres(pool.clone());
        Self { outbox, pool, location: location.to_owned(), next: AtomicI64::new(0), _server: None }
    }
}
