//! A worker process is suspended until its lease has expired, and continues after another worker took over.

use std::time::Duration;

use talkable_outbox::State;

use crate::api;
use crate::child::Process;
use crate::support::{Database, Running, purchase, refund, update, worker};

const LEASE: Duration = Duration::from_secs(2);

async fn suspend_at(point: &str) -> (State, Vec<String>) {
    let (server, processed) = api::start_healthy();
    let database = Database::new().await;
    let first = database.add(&purchase("1")).await;
    database.add(&refund("1")).await;
    database.add(&update("jane@example.com").key("1")).await;
    let process = Process::worker(&database.location, server.url(), LEASE, &format!("{point}:STOP:1"));
    process.stopped().await;
    let running = Running::start(worker(&database.outbox, server.url()).lease(LEASE));
    database.drained().await;
    process.signal("-CONT");
    // The suspended call ends, and its outcome is recorded or discarded.
    tokio::time::sleep(Duration::from_secs(1)).await;
    let last = database.add(&update("joe@example.com")).await;
    database.wait_for(last, State::Done).await;
    running.stop().await;
    assert_eq!(processed.twice(), [""; 0], "{point}");
    (database.state(first).await, processed.list())
}

#[tokio::test]
async fn a_suspended_worker_sends_nothing_after_its_lease() {
    for point in ["claimed", "queued"] {
        let (state, processed) = suspend_at(point).await;
        let expected = ["create 1", "refund 1", "update jane@example.com", "update joe@example.com"];
        assert_eq!((state, &*processed), (State::Done, &expected.map(str::to_owned)[..]), "{point}");
    }
}

#[tokio::test]
async fn a_suspended_worker_resolves_its_doubtful_entry() {
    let (state, processed) = suspend_at("answered").await;
    assert_eq!((state, processed.len()), (State::Done, 4));
}

/// The worker is the only one, so it claims its own entry again.
#[tokio::test]
async fn a_suspended_worker_does_not_settle_an_entry_that_it_claimed_again() {
    for point in ["claimed", "queued", "answered"] {
        let (server, processed) = api::start_healthy();
        let database = Database::new().await;
        for number in 0..4 {
            let person = format!("{number}@example.com");
            database.add(&update(&person).key("1")).await;
        }
        let process = Process::worker(&database.location, server.url(), LEASE, &format!("{point}:STOP:1"));
        process.stopped().await;
        tokio::time::sleep(LEASE * 5 / 4).await;
        process.signal("-CONT");
        database.drained().await;
        let mut calls = processed.list();
        calls.dedup();
        let expected = [0, 1, 2, 3].map(|number| format!("update {number}@example.com"));
        assert_eq!(calls, expected, "{point}: an update may be sent twice, but not after a later one");
    }
}
