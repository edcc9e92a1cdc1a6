//! How soon a worker finds an entry, and how it stops.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use talkable_outbox::{State, Worker};

use crate::api;
use crate::support::{Database, Running, client, update, worker};

#[tokio::test]
async fn finds_an_entry_of_another_connection_within_a_quarter_of_a_second() {
    let (server, _processed) = api::start_healthy();
    let database = Database::new().await;
    let other = Database::open(&database.location).await;
    let running = Running::start(Worker::new(database.outbox.clone(), client(server.url())));
    tokio::time::sleep(Duration::from_secs(1)).await;
    let mut fastest = Duration::MAX;
    for number in 0..5 {
        let began = Instant::now();
        let id = other.add(&update(&format!("{number}@example.com"))).await;
        database.wait_for(id, State::Done).await;
        fastest = fastest.min(began.elapsed());
    }
    running.stop().await;
    assert!(fastest < Duration::from_millis(250), "{fastest:?}");
}

#[tokio::test]
async fn a_stopping_worker_finishes_its_calls_and_releases_the_others() {
    let finished = Arc::new(AtomicUsize::new(0));
    let results = Arc::new(Mutex::new(HashMap::new()));
    let (server, processed) = api::start_healthy();
    let database = Database::new().await;
    for number in 0..40 {
        database.add(&update(&format!("{number}@example.com"))).await;
    }
    let (count, seen) = (Arc::clone(&finished), Arc::clone(&results));
    let worker = worker(&database.outbox, server.url()).on_response(move |id, value| {
        count.fetch_add(1, Ordering::SeqCst);
        seen.lock().unwrap().insert(id, value.clone());
    });
    let running = Running::start(worker);
    while processed.list().is_empty() {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    running.stop().await;
    let stats = database.outbox.stats().await.unwrap();
    assert_eq!((stats.in_flight, stats.doubtful), (0, 0));
    let sent = processed.list().len();
    assert_eq!((stats.ready, finished.load(Ordering::SeqCst)), (40 - sent as u64, sent));
    assert_eq!(results.lock().unwrap().len(), sent);
}
