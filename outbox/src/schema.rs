//! The tables and their migrations.

use crate::database::{Pool, Row};
use crate::error::Error;
use crate::sql::{Sql, sql};

/// The migrations in order, each with its scripts. A migration must never change once it was published.
///
/// Processes with the previous version of this crate keep running during an update, so a migration only adds tables,
/// indexes, and columns with a default. A migration that can't be done in this way raises [`OLDEST_READER`].
const MIGRATIONS: &[&[Sql]] = &[&[CLOCK, TABLES, INDEXES, NOTIFICATIONS, THROTTLE]];

/// The oldest version of the schema whose code can use the current tables.
const OLDEST_READER: i64 = 1;

/// The clock of the database. SQLite has a function for it.
const CLOCK: Sql = sql! {
    POSTGRES_ONLY "CREATE FUNCTION talkable_outbox_now() RETURNS BIGINT LANGUAGE sql STABLE AS
        'SELECT CAST(extract(epoch FROM statement_timestamp()) * 1000 AS BIGINT)'"
};

/// All times are milliseconds since 1970.
const TABLES: Sql = sql! {
    "CREATE TABLE talkable_outbox (
        " ID ",
        site TEXT NOT NULL,
        key TEXT,
        dedup TEXT,
        operation TEXT NOT NULL,
        payload TEXT,
        state TEXT NOT NULL DEFAULT 'ready',
        blocks " INT " NOT NULL DEFAULT 1 CHECK (blocks IN (0, 1)),
        holds " INT " NOT NULL DEFAULT 0 CHECK (holds IN (0, 1)),
        due " INT " NOT NULL CHECK (due >= 0),
        not_before " INT ",
        attempts " INT " NOT NULL DEFAULT 0,
        tries " INT " NOT NULL DEFAULT 0,
        lease " INT ",
        token " INT ",
        error TEXT,
        sent " INT ",
        sent_until " INT ",
        created " INT " NOT NULL DEFAULT " DEFAULT_NOW ",
        changed " INT " NOT NULL DEFAULT " DEFAULT_NOW ")" STRICT ";
    CREATE TABLE talkable_outbox_pause (
        site TEXT PRIMARY KEY, until " INT " NOT NULL, reason TEXT NOT NULL, failures " INT " NOT NULL)" STRICT ";
    CREATE TABLE talkable_inbox (
        " ID ",
        fingerprint TEXT NOT NULL UNIQUE,
        kind TEXT,
        site TEXT,
        payload TEXT,
        state TEXT NOT NULL DEFAULT 'ready',
        due " INT " NOT NULL,
        attempts " INT " NOT NULL DEFAULT 0,
        error TEXT,
        created " INT " NOT NULL DEFAULT " DEFAULT_NOW ",
        changed " INT " NOT NULL DEFAULT " DEFAULT_NOW ")" STRICT
};

const INDEXES: Sql = sql! {
    "CREATE UNIQUE INDEX talkable_outbox_dedup ON talkable_outbox (site, dedup) WHERE dedup IS NOT NULL;
    CREATE INDEX talkable_outbox_due ON talkable_outbox (site, due, id) WHERE state = 'ready';
    CREATE INDEX talkable_outbox_keyless ON talkable_outbox (site, due, id) WHERE state = 'ready' AND key IS NULL;
    CREATE INDEX talkable_outbox_key ON talkable_outbox (site, key, id) WHERE blocks = 1;
    CREATE INDEX talkable_outbox_lease ON talkable_outbox (lease) WHERE lease IS NOT NULL;
    CREATE INDEX talkable_outbox_failed ON talkable_outbox (state, id) WHERE state IN ('dead', 'doubtful');
    CREATE INDEX talkable_outbox_processed ON talkable_outbox (changed) WHERE state IN ('done', 'discarded');
    CREATE INDEX talkable_inbox_due ON talkable_inbox (due, id) WHERE state = 'ready';
    CREATE INDEX talkable_inbox_dead ON talkable_inbox (id) WHERE state = 'dead';
    CREATE INDEX talkable_inbox_processed ON talkable_inbox (changed) WHERE state = 'done'"
};

/// Wakes the workers of other processes. With SQLite, they watch the file.
const NOTIFICATIONS: Sql = sql! {
    POSTGRES_ONLY "CREATE FUNCTION talkable_outbox_notify() RETURNS TRIGGER LANGUAGE plpgsql AS
        'BEGIN PERFORM pg_notify(TG_TABLE_NAME, TG_TABLE_SCHEMA); RETURN NULL; END';
    CREATE TRIGGER talkable_outbox_notify AFTER INSERT ON talkable_outbox
        FOR EACH STATEMENT EXECUTE FUNCTION talkable_outbox_notify();
    CREATE TRIGGER talkable_inbox_notify AFTER INSERT ON talkable_inbox
        FOR EACH STATEMENT EXECUTE FUNCTION talkable_outbox_notify()"
};

/// The shared state of the throttle, which may be lost when the server crashes.
const THROTTLE: Sql = sql! {
    POSTGRES_ONLY "CREATE UNLOGGED TABLE talkable_throttle (
        key TEXT PRIMARY KEY,
        version BIGINT NOT NULL,
        value BYTEA NOT NULL,
        changed BIGINT NOT NULL DEFAULT talkable_outbox_now())"
};

/// Returns a row if the outbox was migrated before. A process without the privilege to create tables needs no more.
const FIND_VERSION_TABLE: Sql = Sql {
    #[cfg(feature = "sqlite")]
    sqlite: "SELECT 1 FROM sqlite_master WHERE name = 'talkable_outbox_version'",
    #[cfg(feature = "postgres")]
    postgres: "SELECT 1 WHERE to_regclass('talkable_outbox_version') IS NOT NULL",
};

const VERSION_TABLE: Sql = sql! {
    "CREATE TABLE IF NOT EXISTS talkable_outbox_version (version " INT " PRIMARY KEY, oldest_reader " INT " NOT NULL)" STRICT
};

const READ_VERSION: Sql = sql! { "SELECT max(version), max(oldest_reader) FROM talkable_outbox_version" };

const WRITE_VERSION: Sql = sql! { "INSERT INTO talkable_outbox_version (version, oldest_reader) VALUES ($1, $2)" };

/// Only one process migrates at a time. In SQLite, the transaction itself is the lock. The number is arbitrary.
const LOCK: Sql = sql! { POSTGRES_ONLY "SELECT pg_advisory_xact_lock(7318349394477056)" };

/// The version of the tables that this crate creates.
pub(crate) fn current_version() -> i64 {
    i64::try_from(MIGRATIONS.len()).unwrap_or(i64::MAX)
}

/// Creates the tables, or updates them to the version of this crate.
pub(crate) async fn migrate(pool: &Pool) -> Result<(), Error> {
    let is_found = !pool.fetch(&FIND_VERSION_TABLE, &[]).await?.is_empty();
    if is_found && version(&pool.fetch(&READ_VERSION, &[]).await?)? >= current_version() {
        return Ok(());
    }
    let mut transaction = pool.begin().await?;
    let mut connection = transaction.connection();
    connection.run_script(&LOCK).await?;
    if !is_found {
        connection.run_script(&VERSION_TABLE).await?;
    }
    let version = version(&connection.fetch(&READ_VERSION, &[]).await?)?;
    for (number, migration) in (1_i64..).zip(MIGRATIONS) {
        if number > version {
            for script in *migration {
                connection.run_script(script).await?;
            }
            connection.execute(&WRITE_VERSION, &[number.into(), OLDEST_READER.into()]).await?;
        }
    }
    transaction.commit().await
}

/// Reads the result of [`READ_VERSION`], and fails if this crate can't use the tables.
fn version(rows: &[Row]) -> Result<i64, Error> {
    let (version, oldest_reader) = match rows.first() {
        Some(row) => (row.int(0)?.unwrap_or(0), row.int(1)?.unwrap_or(0)),
        None => (0, 0),
    };
    if oldest_reader > current_version() { Err(Error::SchemaTooNew { version }) } else { Ok(version) }
}
