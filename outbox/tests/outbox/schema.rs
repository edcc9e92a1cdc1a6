//! Migrations, and entries from plain SQL.

use fake_server::Server;
use talkable_outbox::{Error, State, sqlx};

use crate::api;
use crate::backend::ENQUEUE;
use crate::support::{Database, Running, worker};

#[tokio::test]
async fn four_connections_migrate_at_once() {
    let database = Database::empty().await;
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..4 {
        let path = database.location.clone();
        tasks.spawn(async move { Database::open(&path).await.outbox.migrate().await });
    }
    while let Some(result) = tasks.join_next().await {
        result.unwrap().unwrap();
    }
    assert_eq!(database.outbox.stats().await.unwrap().ready, 0);
}

#[tokio::test]
async fn shares_the_tables_with_the_next_version_unless_they_are_incompatible() {
    let database = Database::new().await;
    let raise = |version: i64, oldest: i64| {
        let insert = sqlx::query("INSERT INTO talkable_outbox_version VALUES ($1, $2)").bind(version).bind(oldest);
        insert.execute(&database.pool)
    };
    raise(1000, 1).await.unwrap();
    database.outbox.migrate().await.unwrap();
    raise(1001, 1001).await.unwrap();
    let error = database.outbox.migrate().await.unwrap_err();
    assert!(matches!(error, Error::SchemaTooNew { version: 1001 }), "{error}");
}

#[tokio::test]
async fn an_outbox_without_tables_asks_for_a_migration() {
    let database = Database::empty().await;
    let error = database.outbox.stats().await.unwrap_err().to_string();
    assert!(error.ends_with("; help: call `Outbox::migrate` first"), "{error}");
}

#[tokio::test]
async fn rejects_a_time_before_1970() {
    let database = Database::new().await;
    let entries = r#"[{"call": {"operation": "findPerson", "site_slug": "my-store"}, "due": -9000000000000000000}]"#;
    assert!(sqlx::query(ENQUEUE).bind(entries).execute(&database.pool).await.is_err());
    database.add(&crate::support::purchase("1").not_before(i64::MIN)).await;
    database.add(&crate::support::purchase("2").not_before(i64::MAX)).await;
    assert_eq!(database.outbox.stats().await.unwrap().ready, 2);
}

#[tokio::test]
async fn rejects_values_of_wrong_types() {
    let database = Database::new().await;
    for (field, value) in [("due", "1.5"), ("due", "\"soon\""), ("hold", "2"), ("hold", "\"yes, please\"")] {
        let call = r#"{"operation": "findPerson", "site_slug": "my-store"}"#;
        let entries = format!(r#"[{{"call": {call}, "{field}": {value}}}]"#);
        assert!(sqlx::query(ENQUEUE).bind(&entries).execute(&database.pool).await.is_err(), "{entries}");
    }
}

#[tokio::test]
async fn a_process_stops_sending_if_another_one_migrates_to_an_incompatible_version() {
    let (server, processed) = api::start_healthy();
    let database = Database::new().await;
    let running = Running::start(worker(&database.outbox, server.url()));
    let insert = sqlx::query("INSERT INTO talkable_outbox_version VALUES (1001, 1001)");
    insert.execute(&database.pool).await.unwrap();
    let id = database.add(&crate::support::purchase("1")).await;
    tokio::time::sleep(std::time::Duration::from_secs(2)).await;
    running.stop().await;
    assert_eq!((processed.list(), database.state(id).await), (Vec::new(), State::Ready));
}

#[tokio::test]
async fn plain_sql_enqueues_entries() {
    let (server, processed): (Server, _) = api::start_healthy();
    let database = Database::new().await;
    let entries = r#"[
        {"call": {"version": 1, "operation": "createOrigin", "site_slug": "my-store",
                  "body": "{\"type\":\"Purchase\",\"data\":{\"email\":\"jane@example.com\",\"order_number\":\"7\",\"subtotal\":\"9.50\"}}"},
         "key": "7", "dedup": "purchase-7"},
        {"call": {"version": 1, "operation": "markOriginAsRefunded", "site_slug": "my-store", "path_arguments": ["7"], "body": "{\"data\":{}}"},
         "key": "7", "hold": true}]"#;
    let ids: Vec<i64> = sqlx::query_scalar(ENQUEUE).bind(entries).fetch_all(&database.pool).await.unwrap();
    let again: Vec<i64> = sqlx::query_scalar(ENQUEUE).bind(entries).fetch_all(&database.pool).await.unwrap();
    assert_eq!((ids.len(), again.len()), (2, 1));
    let running = Running::start(worker(&database.outbox, server.url()));
    database.drained().await;
    running.stop().await;
    assert_eq!(database.state(ids[1]).await, State::Done);
    assert_eq!(processed.list()[..2], ["create 7", "refund 7"]);
}

#[tokio::test]
async fn rejects_incomplete_entries_without_quoting_them() {
    let database = Database::new().await;
    let entries = r#"[{"call": {"operation": "createOrigin"}, "key": "jane@example.com"}]"#;
    let error = sqlx::query(ENQUEUE).bind(entries).execute(&database.pool).await.unwrap_err();
    let error = Error::from(error);
    assert!(format!("{error} {error:?}").contains("site"), "{error}");
    assert!(!format!("{error} {error:?}").contains("jane"), "{error}");
}
