//! A worker process gets a SIGTERM.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use talkable_outbox::State;

use crate::api;
use crate::child::Process;
use crate::support::{Database, eventually, purchase};

#[tokio::test]
async fn a_terminated_process_finishes_its_calls_and_releases_the_others() {
    let (server, processed) = api::start_slow(Duration::from_secs(1));
    let database = Database::new().await;
    let orders: Vec<_> = (0..40).map(|order| purchase(&order.to_string())).collect();
    let ids = database.add_all(&orders).await;
    let mut process = Process::worker(&database.location, server.url(), Duration::from_secs(8), "");
    eventually(async || processed.len() == 16, "16 calls are in flight").await;
    process.signal("-TERM");
    assert!(process.ended().await.success());
    let stats = database.outbox.stats().await.unwrap();
    assert_eq!((stats.ready, stats.in_flight, stats.doubtful, stats.dead), (24, 0, 0, 0));
    let done = AtomicUsize::new(0);
    for id in ids {
        if database.state(id).await == State::Done {
            done.fetch_add(1, Ordering::SeqCst);
        }
    }
    assert_eq!((done.into_inner(), processed.len()), (16, 16));
    // Another process sends the rest.
    let _process = Process::worker(&database.location, server.url(), Duration::from_secs(8), "");
    database.drained().await;
    assert_eq!((processed.len(), processed.twice()), (40, Vec::new()));
}
