//! The connection breaks after PostgreSQL has executed a statement, before the client gets the reply.

use std::time::Duration;

use talkable_outbox::{Enqueued, State};

use crate::api;
use crate::proxy::Proxy;
use crate::support::{Database, Running, purchase, refund, update, worker};

/// Loses the reply to a statement of a worker. Returns the states of a purchase, its refund and an update, and the calls.
async fn lose(statement: &str, after: u32) -> ([State; 3], Vec<String>) {
    let (server, processed) = api::start_healthy();
    let database = Database::new().await;
    let ids = database.add_all(&[purchase("1"), refund("1"), update("jane@example.com").key("1")]).await;
    let proxy = Proxy::start(&database.location).await;
    let through_proxy = Database::open(&proxy.location(&database.location)).await;
    proxy.lose(statement, after);
    let running = Running::start(worker(&through_proxy.outbox, server.url()).lease(Duration::from_secs(2)));
    database.drained().await;
    running.stop().await;
    assert!(proxy.has_lost(), "{statement} {after}");
    assert_eq!(processed.twice(), [""; 0], "{statement} {after}");
    let states = [database.state(ids[0]).await, database.state(ids[1]).await, database.state(ids[2]).await];
    (states, processed.list())
}

const ALL: [&str; 3] = ["create 1", "refund 1", "update jane@example.com"];

/// The first commit is that of the claim, and the next ones settle an entry and claim the next one.
#[tokio::test]
async fn a_lost_reply_to_the_commit_of_a_turn_delays_entries() {
    for commits in 0..4 {
        let (states, calls) = lose("COMMIT", commits).await;
        assert_eq!((states, &*calls), ([State::Done; 3], &ALL.map(str::to_owned)[..]), "{commits}");
    }
}

/// The mark is committed, but nothing was sent, so the call is not doubtful.
#[tokio::test]
async fn a_lost_reply_to_a_mark_delays_the_call() {
    for marks in 0..2 {
        let (states, calls) = lose("SET state = 'sending'", marks).await;
        assert_eq!((states, &*calls), ([State::Done; 3], &ALL.map(str::to_owned)[..]), "{marks}");
    }
}

#[tokio::test]
async fn a_checkout_repeats_a_transaction_whose_commit_got_no_reply() {
    let database = Database::new().await;
    let proxy = Proxy::start(&database.location).await;
    let through_proxy = Database::open(&proxy.location(&database.location)).await;
    let entry = purchase("1").dedup("purchase-1");
    let mut transaction = crate::backend::begin(&through_proxy.pool).await;
    through_proxy.outbox.enqueue(&mut *transaction, &entry).await.unwrap();
    proxy.lose("COMMIT", 0);
    transaction.commit().await.unwrap_err();
    assert_eq!(through_proxy.enqueue(&entry).await, Enqueued::Duplicate);
    assert_eq!(database.count("SELECT count(*) FROM talkable_outbox").await, 1);
}
