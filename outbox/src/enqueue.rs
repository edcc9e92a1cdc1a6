//! Adds entries to the outbox, in the transaction of the caller.

use serde_json::Value;

use crate::database::Connection;
use crate::entry::{Entry, EntryId};
use crate::error::Error;
use crate::outbox::Outbox;
use crate::sql::Sql;

/// The statement that enqueues entries in SQLite, for other drivers and languages. Its parameter is a JSON array of
/// objects:
///
/// ```json
/// [{
///     "call": {
///         "version": 1,
///         "operation": "createPurchase",
///         "site_slug": "my-store",
///         "body": "{\"data\":{\"email\":\"jane@example.com\",\"order_number\":\"1042\",\"subtotal\":99.5}}"
///     },
///     "key": "order-1042",
///     "dedup": "purchase-1042"
/// }]
/// ```
///
/// The fields of `call` are those of [`StoredCall`](talkable_api::StoredCall); `path_arguments` is an array of strings
/// and `query` an array of pairs. Optional fields next to `call` are `key`, `dedup`, `due` in whole milliseconds since
/// 1970, and `hold`. The statement returns the ids of the new entries, and skips those whose `dedup` exists.
///
/// It needs SQLite 3.38.
pub const ENQUEUE_SQLITE: &str = "\
INSERT INTO talkable_outbox (site, key, dedup, operation, payload, due, not_before, holds)
SELECT value -> 'call' ->> 'site_slug', value ->> 'key', value ->> 'dedup', value -> 'call' ->> 'operation', value ->> 'call',
       coalesce(value ->> 'due', CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER)), value ->> 'due',
       coalesce(value ->> 'hold', 0)
FROM json_each($1) WHERE true ORDER BY json_each.key
ON CONFLICT DO NOTHING RETURNING id";

/// The statement that enqueues entries in PostgreSQL 12 or later. Its parameter and result are those of
/// [`ENQUEUE_SQLITE`].
pub const ENQUEUE_POSTGRES: &str = "\
INSERT INTO talkable_outbox (site, key, dedup, operation, payload, due, not_before, holds)
SELECT value -> 'call' ->> 'site_slug', value ->> 'key', value ->> 'dedup', value -> 'call' ->> 'operation', value ->> 'call',
       coalesce((value ->> 'due')::bigint, talkable_outbox_now()), (value ->> 'due')::bigint,
       coalesce((value ->> 'hold')::boolean, false)::int
FROM json_array_elements($1::json) WITH ORDINALITY AS each(value, position) ORDER BY position
ON CONFLICT DO NOTHING RETURNING id";

const ENQUEUE: Sql = Sql {
    #[cfg(feature = "sqlite")]
    sqlite: ENQUEUE_SQLITE,
    #[cfg(feature = "postgres")]
    postgres: ENQUEUE_POSTGRES,
};

/// The result of [`Outbox::enqueue`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Enqueued {
    /// The entry was added.
    New(EntryId),
    /// An entry with the same deduplication key exists.
    Duplicate,
}

impl Outbox {
    /// Adds an entry in the caller's transaction, so that the entry exists if and only if the transaction commits.
    ///
    /// In SQLite, start the transaction with `pool.begin_with("BEGIN IMMEDIATE")`. A deferred transaction fails if
    /// another connection writes between its first read and its first write.
    ///
    /// # Errors
    ///
    /// [`Error::Database`] if the statement fails, and [`Error::WrongDatabase`] if the connection belongs to the other
    /// kind of database.
    pub async fn enqueue(&self, connection: impl Into<Connection<'_>>, entry: &Entry) -> Result<Enqueued, Error> {
        let ids = self.enqueue_all(connection, std::slice::from_ref(entry)).await?;
        Ok(ids.first().map_or(Enqueued::Duplicate, |id| Enqueued::New(*id)))
    }

    /// Adds several entries in the caller's transaction, and returns the ids of the new ones in the order of the
    /// entries.
    ///
    /// # Errors
    ///
    /// The same as for [`enqueue`](Self::enqueue).
    pub async fn enqueue_all(
        &self,
        connection: impl Into<Connection<'_>>,
        entries: &[Entry],
    ) -> Result<Vec<EntryId>, Error> {
        let mut connection = connection.into();
        if !connection.matches(&self.pool) {
            return Err(Error::WrongDatabase);
        }
        let now = self.now();
        let items = entries.iter().map(|entry| {
            let mut item = entry.to_json();
            if let (Some(now), None) = (now, entry.due) {
                item["due"] = Value::from(now);
            }
            item
        });
        let items = Value::Array(items.collect()).to_string();
        let rows = connection.fetch(&ENQUEUE, &[items.as_str().into()]).await?;
        let mut ids: Vec<EntryId> = rows.iter().filter_map(|row| row.int(0).transpose()).collect::<Result<_, _>>()?;
        ids.sort_unstable();
        Ok(ids)
    }
}
