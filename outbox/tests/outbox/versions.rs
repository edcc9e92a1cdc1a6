//! Processes of two versions share the tables, and migrate them at the same time.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use talkable_outbox::{State, sqlx};

use crate::api;
use crate::child::{Process, signal_self, test};
use crate::support::{Database, purchase, refund, update, worker};

const DATABASE: &str = "OUTBOX_TEST_VERSIONS";
const ARGUMENT: &str = "OUTBOX_TEST_VERSIONS_ARGUMENT";

/// The migration of the next version, which adds a column and an index.
const NEXT: &str = "
    ALTER TABLE talkable_outbox ADD COLUMN note TEXT NOT NULL DEFAULT '';
    CREATE INDEX talkable_outbox_note ON talkable_outbox (note, id) WHERE note <> '';
    INSERT INTO talkable_outbox_version (version, oldest_reader) VALUES (1000, 1)";

fn start(database: &Database, name: &str, argument: &str) -> Process {
    Process::start(test(name).env(DATABASE, &database.location).env(ARGUMENT, argument))
}

#[tokio::test]
async fn migrates() {
    let (Ok(location), Ok(moment)) = (std::env::var(DATABASE), std::env::var(ARGUMENT)) else { return };
    let database = Database::open(&location).await;
    while SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis() < moment.parse().unwrap() {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    database.outbox.migrate().await.unwrap();
    database.add(&purchase(&std::process::id().to_string())).await;
}

#[tokio::test]
async fn four_processes_migrate_at_the_same_time() {
    let database = Database::empty().await;
    let moment = SystemTime::now().duration_since(UNIX_EPOCH).unwrap() + Duration::from_millis(500);
    let moment = moment.as_millis().to_string();
    let mut processes = [0; 4].map(|_| start(&database, "versions::migrates", &moment));
    for process in &mut processes {
        assert!(process.ended().await.success());
    }
    assert_eq!(database.outbox.stats().await.unwrap().ready, 4);
}

/// A worker of this version, which migrates first, as a process does that starts.
#[tokio::test]
async fn works() {
    let (Ok(location), Ok(url)) = (std::env::var(DATABASE), std::env::var(ARGUMENT)) else { return };
    let database = Database::open(&location).await;
    database.outbox.migrate().await.unwrap();
    worker(&database.outbox, &url).run(std::future::pending()).await;
}

/// A worker of the next version, whose code differs in the migration.
#[tokio::test]
async fn works_with_the_next_version() {
    let (Ok(location), Ok(url)) = (std::env::var(DATABASE), std::env::var(ARGUMENT)) else { return };
    let database = Database::open(&location).await;
    database.outbox.migrate().await.unwrap();
    let mut transaction = crate::backend::begin(&database.pool).await;
    sqlx::raw_sql(NEXT).execute(&mut *transaction).await.unwrap();
    transaction.commit().await.unwrap();
    worker(&database.outbox, &url).run(std::future::pending()).await;
}

#[tokio::test]
async fn workers_of_two_versions_deliver_together() {
    let (server, processed) = api::start_healthy();
    let database = Database::new().await;
    let old = start(&database, "versions::works", server.url());
    let first = database.add(&update("first@example.com")).await;
    database.wait_for(first, State::Done).await;
    // The next version migrates while the previous one sends.
    let new = start(&database, "versions::works_with_the_next_version", server.url());
    for order in 0..150 {
        database.add_all(&[purchase(&order.to_string()), refund(&order.to_string())]).await;
    }
    database.drained().await;
    assert_eq!(database.count("SELECT count(*) FROM talkable_outbox_version WHERE version = 1000").await, 1);
    assert_eq!((processed.len(), processed.twice()), (301, Vec::new()));
    // Each version alone also sends, and the previous one can start again.
    drop(old);
    let second = database.add(&update("second@example.com")).await;
    database.wait_for(second, State::Done).await;
    drop(new);
    let _old = start(&database, "versions::works", server.url());
    let third = database.add(&update("third@example.com")).await;
    database.wait_for(third, State::Done).await;
    let stats = database.outbox.stats().await.unwrap();
    assert_eq!((stats.dead, stats.doubtful), (0, 0));
}

/// A process that is killed while it migrates does not stop the next one.
#[tokio::test]
async fn is_killed_while_it_migrates() {
    let Ok(location) = std::env::var(DATABASE) else { return };
    let database = Database::open(&location).await;
    let mut transaction = crate::backend::begin(&database.pool).await;
    sqlx::raw_sql("CREATE TABLE talkable_outbox (id BIGINT)").execute(&mut *transaction).await.unwrap();
    signal_self("-KILL");
}

#[tokio::test]
async fn a_migration_that_was_killed_is_repeated() {
    let database = Database::empty().await;
    start(&database, "versions::is_killed_while_it_migrates", "").killed().await;
    database.outbox.migrate().await.unwrap();
    assert_eq!(database.outbox.stats().await.unwrap().ready, 0);
}
