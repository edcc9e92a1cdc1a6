//! Entries are added in transactions that end in any way, and by processes that add the same ones.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use talkable_outbox::{Enqueued, sqlx};

use crate::api;
use crate::backend;
use crate::child::{Process, signal_self, test};
use crate::support::{Database, Running, purchase, refund, worker};

const DATABASE: &str = "OUTBOX_TEST_ENQUEUE";
const MOMENT: &str = "OUTBOX_TEST_ENQUEUE_MOMENT";

fn start(database: &Database, name: &str, moment: &str) -> Process {
    Process::start(test(name).env(DATABASE, &database.location).env(MOMENT, moment))
}

/// A checkout that is killed right before or right after its COMMIT.
#[tokio::test]
async fn places_an_order_and_is_killed() {
    let (Ok(location), Ok(moment)) = (std::env::var(DATABASE), std::env::var(MOMENT)) else { return };
    let database = Database::open(&location).await;
    let mut transaction = backend::begin(&database.pool).await;
    sqlx::query("INSERT INTO orders VALUES (1)").execute(&mut *transaction).await.unwrap();
    let entries = [purchase("1").dedup("purchase-1"), refund("1").dedup("refund-1")];
    database.outbox.enqueue_all(&mut *transaction, &entries).await.unwrap();
    if moment == "before" {
        signal_self("-KILL");
    }
    transaction.commit().await.unwrap();
    signal_self("-KILL");
}

#[tokio::test]
async fn an_entry_exists_if_and_only_if_its_order_does() {
    for (moment, expected) in [("before", 0), ("after", 1)] {
        let (server, processed) = api::start_healthy();
        let database = Database::new().await;
        sqlx::query("CREATE TABLE orders (id BIGINT PRIMARY KEY)").execute(&database.pool).await.unwrap();
        start(&database, "enqueue::places_an_order_and_is_killed", moment).killed().await;
        // The checkout is repeated. It waits until the database has rolled the transaction of the killed process back.
        let is_new = database.enqueue(&purchase("1").dedup("purchase-1")).await != Enqueued::Duplicate;
        assert_eq!(is_new, expected == 0, "{moment}");
        let _ = database.enqueue(&refund("1").dedup("refund-1")).await;
        assert_eq!(database.count("SELECT count(*) FROM orders").await, expected, "{moment}");
        assert_eq!(database.count("SELECT count(*) FROM talkable_outbox").await, 2, "{moment}");
        let running = Running::start(worker(&database.outbox, server.url()));
        database.drained().await;
        running.stop().await;
        assert_eq!(processed.list(), ["create 1", "refund 1"], "{moment}");
    }
}

/// Adds 50 entries, from the given time on, so that all processes add them at the same time.
#[tokio::test]
async fn adds_the_same_entries() {
    let (Ok(location), Ok(moment)) = (std::env::var(DATABASE), std::env::var(MOMENT)) else { return };
    let database = Database::open(&location).await;
    while SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis() < moment.parse().unwrap() {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    for order in 0..50 {
        let _ = database.enqueue(&purchase(&order.to_string()).dedup(format!("purchase-{order}"))).await;
    }
}

#[tokio::test]
async fn processes_that_add_the_same_entries_at_the_same_time_add_each_once() {
    let (server, processed) = api::start_healthy();
    let database = Database::new().await;
    let moment = SystemTime::now().duration_since(UNIX_EPOCH).unwrap() + Duration::from_millis(500);
    let moment = moment.as_millis().to_string();
    let mut processes = [0; 4].map(|_| start(&database, "enqueue::adds_the_same_entries", &moment));
    for process in &mut processes {
        assert!(process.ended().await.success());
    }
    assert_eq!(database.count("SELECT count(*) FROM talkable_outbox").await, 50);
    let running = Running::start(worker(&database.outbox, server.url()));
    database.drained().await;
    running.stop().await;
    assert_eq!((processed.len(), processed.twice()), (50, Vec::new()));
}
