//! A worker process is suspended until its lease has expired, and continues after another worker took over.

use std::time::Duration;

use talkable_outbox::{State, sqlx};

use crate::backend::{self, SUSPENDED_WRITER_BLOCKS};
use crate::support::{Database, Running, purchase, refund, update, worker};
use crate::victim::{POINTS, Victim};

const LEASE: Duration = Duration::from_secs(3);

/// Suspends a worker at a point. Returns the state of the purchase and the processed calls of its key.
async fn suspend_at(point: &str) -> (State, Vec<String>) {
    let victim = Victim::at(point, "-STOP");
    let (server, processed) = victim.start_api();
    let database = Database::new().await;
    let first = database.add(&purchase("1")).await;
    let rest = [refund("1"), update("jane@example.com").key("1")];
    let rest = [database.add(&rest[0]).await, database.add(&rest[1]).await];
    let mut process = victim.start_worker(&database, &server, LEASE);
    process.stopped().await;
    // On a busy machine, a call could take longer than the short lease.
    let running = Running::start(worker(&database.outbox, server.url()).lease(Duration::from_mins(1)));
    if SUSPENDED_WRITER_BLOCKS {
        // The suspended worker may be in a transaction, at the point `settling` or by chance.
        let _ = tokio::time::timeout(LEASE * 3, database.drained()).await;
    } else {
        database.drained().await;
    }
    // The suspended call ends, its outcome is recorded or discarded, and the worker claims nothing more.
    process.signal("-TERM");
    process.signal("-CONT");
    process.ended().await;
    let last = database.add(&update("joe@example.com")).await;
    for id in [rest[0], rest[1], last] {
        database.wait_for(id, State::Done).await;
    }
    database.drained().await;
    running.stop().await;
    assert_eq!(processed.twice(), [""; 0], "{point}");
    let calls = processed.list().into_iter().filter(|call| !call.contains("joe"));
    (database.state(first).await, calls.collect())
}

const ALL: [&str; 3] = ["create 1", "refund 1", "update jane@example.com"];

#[tokio::test]
async fn a_suspended_worker_sends_nothing_after_its_lease() {
    for point in ["claimed", "queued"] {
        let (state, processed) = suspend_at(point).await;
        assert_eq!((state, &*processed), (State::Done, &ALL.map(str::to_owned)[..]), "{point}");
    }
    let (state, processed) = suspend_at("marked").await;
    // If no other worker has noticed, the call is certainly not sent, and the entry is ready again.
    let expected = if state == State::Doubtful { &ALL[1..] } else { &ALL[..] };
    assert!(matches!(state, State::Done | State::Doubtful), "{state:?}");
    assert_eq!(processed, expected);
}

#[tokio::test]
async fn a_suspended_worker_resolves_its_doubtful_entry() {
    let (state, processed) = suspend_at("answered").await;
    assert_eq!((state, &*processed), (State::Done, &ALL.map(str::to_owned)[..]));
    // The worker may cancel the call before it reads the response, because the lease has expired.
    let (state, processed) = suspend_at("requested").await;
    assert!(matches!(state, State::Done | State::Doubtful), "{state:?}");
    assert_eq!(processed, ALL);
}

#[tokio::test]
async fn a_worker_that_is_suspended_while_it_settles_does_not_block_others_for_long() {
    for point in ["settling", "settled"] {
        let (state, processed) = suspend_at(point).await;
        assert_eq!((state, &*processed), (State::Done, &ALL.map(str::to_owned)[..]), "{point}");
    }
}

/// Another transaction locks the entry while the mark waits for it.
#[tokio::test]
async fn a_mark_that_hangs_until_the_lease_has_expired_sends_nothing() {
    let victim = Victim::at("queued", "-STOP");
    let (server, processed) = victim.start_api();
    let database = Database::new().await;
    let id = database.add(&purchase("1")).await;
    let process = victim.start_worker(&database, &server, LEASE);
    process.stopped().await;
    let mut lock = backend::begin(&database.pool).await;
    sqlx::query("UPDATE talkable_outbox SET error = error").execute(&mut *lock).await.unwrap();
    process.signal("-CONT");
    tokio::time::sleep(LEASE * 5 / 4).await;
    assert_eq!(processed.len(), 0);
    lock.rollback().await.unwrap();
    database.drained().await;
    // PostgreSQL compares the lease with the time at which the statement began, so the mark may be valid.
    let is_sent = database.state(id).await != State::Doubtful;
    assert_eq!(processed.len(), usize::from(is_sent));
}

/// The worker is the only one, so it claims its own entry again.
#[tokio::test]
async fn a_suspended_worker_does_not_settle_an_entry_that_it_claimed_again() {
    for point in POINTS {
        let victim = Victim::at(point, "-STOP");
        let (server, processed) = victim.start_api();
        let database = Database::new().await;
        for number in 0..4 {
            let person = format!("{number}@example.com");
            database.add(&update(&person).key("1")).await;
        }
        let process = victim.start_worker(&database, &server, LEASE);
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

/// As above, with calls that are not idempotent.
#[tokio::test]
async fn a_suspended_worker_does_not_send_its_own_purchase_twice() {
    for point in POINTS {
        let victim = Victim::at(point, "-STOP");
        let (server, processed) = victim.start_api();
        let database = Database::new().await;
        let ids = database.add_all(&[purchase("1"), refund("1")]).await;
        let process = victim.start_worker(&database, &server, LEASE);
        process.stopped().await;
        tokio::time::sleep(LEASE * 5 / 4).await;
        process.signal("-CONT");
        database.drained().await;
        database.wait_for(ids[1], State::Done).await;
        let (state, calls) = (database.state(ids[0]).await, processed.list());
        let is_doubtful = state == State::Doubtful && (calls == ["refund 1"] || calls == ["create 1", "refund 1"]);
        assert!(
            is_doubtful || (state == State::Done && calls == ["create 1", "refund 1"]),
            "{point}: {state:?} {calls:?}"
        );
    }
}
