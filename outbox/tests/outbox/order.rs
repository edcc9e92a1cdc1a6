//! Entries with the same key stay in order while an earlier one is retried, dead, doubtful, or retried by an operator.

use fake_server::{Reply, json};
use talkable_outbox::{Resolution, State};

use crate::api::{self, success};
use crate::support::{Database, Running, purchase, refund, update, worker};

#[tokio::test]
async fn later_entries_wait_while_the_first_one_is_retried() {
    let (server, processed) = api::start(|request, number, processed| {
        if number < 8 {
            return json(503, "");
        }
        processed.add(request);
        success()
    });
    let database = Database::new().await;
    let entries: Vec<_> = (0..5).map(|number| update(&format!("{number}@example.com")).key("1")).collect();
    database.add_all(&entries).await;
    let workers = [0, 1].map(|_| Running::start(worker(&database.outbox, server.url()).outage_after(100)));
    database.drained().await;
    for worker in workers {
        worker.stop().await;
    }
    assert_eq!(processed.list(), [0, 1, 2, 3, 4].map(|number| format!("update {number}@example.com")));
}

#[tokio::test]
async fn an_entry_that_is_retried_by_hand_comes_before_the_waiting_ones() {
    let (server, processed) = api::start(|request, number, processed| {
        if number == 0 {
            return json(400, r#"{"ok":false,"error_message":"no"}"#);
        }
        processed.add(request);
        success()
    });
    let database = Database::new().await;
    let ids = database.add_all(&[purchase("1"), refund("1")]).await;
    let running = Running::start(worker(&database.outbox, server.url()));
    database.wait_for(ids[1], State::Done).await;
    running.stop().await;
    assert_eq!(database.state(ids[0]).await, State::Dead);
    database.add(&update("jane@example.com").key("1")).await;
    assert!(database.outbox.retry(ids[0]).await.unwrap());
    let running = Running::start(worker(&database.outbox, server.url()));
    database.drained().await;
    running.stop().await;
    assert_eq!(processed.list(), ["refund 1", "create 1", "update jane@example.com"]);
}

#[tokio::test]
async fn a_doubtful_entry_that_holds_its_key_lets_it_go_on_when_it_is_resolved() {
    for (resolution, expected) in [
        (Resolution::Processed, &["create 1", "refund 1"][..]),
        (Resolution::NotProcessed, &["create 1", "create 1", "refund 1"][..]),
    ] {
        let (server, processed) = api::start(|request, number, processed| {
            processed.add(request);
            if number == 0 { Reply::close("") } else { success() }
        });
        let database = Database::new().await;
        let ids = database.add_all(&[purchase("1").hold_key(), refund("1")]).await;
        let running = Running::start(worker(&database.outbox, server.url()));
        database.wait_for(ids[0], State::Doubtful).await;
        tokio::time::sleep(std::time::Duration::from_millis(300)).await;
        assert_eq!((database.state(ids[1]).await, processed.len()), (State::Ready, 1));
        assert!(database.outbox.resolve(database.listed(ids[0]).await.doubt.unwrap(), resolution).await.unwrap());
        database.wait_for(ids[1], State::Done).await;
        running.stop().await;
        assert_eq!(processed.list(), expected, "{resolution:?}");
    }
}
