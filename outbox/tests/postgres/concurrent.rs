//! Workers whose transactions change the same rows at the same time.

use std::time::{Duration, Instant};

use fake_server::json;
use talkable_outbox::{Entry, claim_entries, sqlx};

use crate::api::{self, success};
use crate::backend;
use crate::support::{Database, Running, purchase, update, worker};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_expired_lease_is_ended_once() {
    let database = Database::new().await;
    let orders: Vec<_> = (0..200).map(|order| purchase(&order.to_string())).collect();
    database.add_all(&orders).await;
    let expire = "UPDATE talkable_outbox SET state = 'sending', token = id, lease = 1";
    sqlx::query(expire).execute(&database.pool).await.unwrap();
    sqlx::raw_sql(backend::RECORD).execute(&database.pool).await.unwrap();
    let mut turns = tokio::task::JoinSet::new();
    for _ in 0..8 {
        let outbox = database.outbox.clone();
        turns.spawn(async move { claim_entries(&outbox, 16).await });
    }
    for claimed in turns.join_all().await {
        assert_eq!(claimed.unwrap(), 0);
    }
    assert_eq!(database.count("SELECT count(*) FROM recorded").await, 200);
    assert_eq!(database.count("SELECT count(DISTINCT key) FROM recorded").await, 200);
}

/// Each worker pauses both sites in the same transactions.
#[tokio::test]
async fn workers_that_pause_the_same_sites_do_not_wait_for_each_other() {
    let began = Instant::now();
    let (server, processed) = api::start(move |request, _, processed| {
        if began.elapsed() < Duration::from_secs(3) {
            return json(503, "");
        }
        processed.add(request);
        success()
    });
    let database = Database::new().await;
    let at_site = |entry: Entry, site: &str| {
        let mut entry = entry.to_json();
        entry["call"]["site_slug"] = site.into();
        entry
    };
    let entries = (0..200)
        .map(|person| at_site(update(&person.to_string()), if person % 2 == 0 { "my-store" } else { "my-outlet" }));
    let entries = entries.collect::<serde_json::Value>().to_string();
    sqlx::query(backend::ENQUEUE).bind(entries).execute(&database.pool).await.unwrap();
    let workers = [0, 1, 2, 3].map(|_| {
        let worker = worker(&database.outbox, server.url()).outage_after(1).poll(Duration::from_millis(20));
        Running::start(worker.pauses(Duration::from_millis(1), Duration::from_millis(5)))
    });
    database.drained().await;
    for worker in workers {
        worker.stop().await;
    }
    assert_eq!(processed.len(), 200);
    let deadlocks = "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()";
    assert_eq!(database.count(deadlocks).await, 0);
}
