//! A worker process is killed at each of its steps.

use std::time::{Duration, Instant};

use talkable_outbox::State;

use crate::api;
use crate::child::Process;
use crate::support::{Database, Running, purchase, refund, update, worker};

const LEASE: Duration = Duration::from_secs(3);

/// Kills a worker at a fail point, and lets another one finish. Returns the state of the purchase and the processed calls.
async fn kill_at(point: &str) -> (State, Vec<String>) {
    let (server, processed) = api::start_healthy();
    let database = Database::new().await;
    let ids = database.add_all(&[purchase("1"), refund("1"), update("jane@example.com").key("1")]).await;

    Process::worker(&database.location, server.url(), LEASE, &format!("{point}:KILL:1")).killed().await;
    let killed = Instant::now();
    let running = Running::start(worker(&database.outbox, server.url()).lease(LEASE));
    database.drained().await;
    running.stop().await;
    assert!(killed.elapsed() < LEASE * 5 / 4 + Duration::from_secs(1), "{point}: {:?}", killed.elapsed());

    assert_eq!(processed.twice(), [""; 0], "{point}");
    assert_eq!(database.state(ids[1]).await, State::Done, "{point}");
    assert_eq!(database.state(ids[2]).await, State::Done, "{point}");
    (database.state(ids[0]).await, processed.list())
}

const ALL: [&str; 3] = ["create 1", "refund 1", "update jane@example.com"];

#[tokio::test]
async fn a_call_that_was_not_marked_is_sent_again() {
    for point in ["claimed", "queued", "settled"] {
        let (state, processed) = kill_at(point).await;
        assert_eq!((state, &*processed), (State::Done, &ALL.map(str::to_owned)[..]), "{point}");
    }
}

#[tokio::test]
async fn a_call_is_doubtful_after_a_crash_between_the_mark_and_the_outcome() {
    let (state, processed) = kill_at("marked").await;
    assert_eq!((state, &*processed), (State::Doubtful, &ALL.map(str::to_owned)[1..]));
    for point in ["answered", "settling"] {
        let (state, processed) = kill_at(point).await;
        assert_eq!((state, &*processed), (State::Doubtful, &ALL.map(str::to_owned)[..]), "{point}");
    }
}
