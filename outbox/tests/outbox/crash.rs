//! A worker process is killed at each of its steps.

use std::time::{Duration, Instant};

use talkable_outbox::talkable_api::Client;
use talkable_outbox::{State, Worker};

use crate::api;
use crate::child::Process;
use crate::support::{Database, Running, client, purchase, refund, update, worker};
use crate::victim::Victim;

const LEASE: Duration = Duration::from_secs(3);

/// Kills a worker at a point, and lets another one finish. Returns the state of the purchase and the processed calls.
async fn kill_at(point: &str) -> (State, Vec<String>) {
    let victim = Victim::at(point, "-KILL");
    let (server, processed) = victim.start_api();
    let database = Database::new().await;
    let ids = database.add_all(&[purchase("1"), refund("1"), update("jane@example.com").key("1")]).await;

    let mut process = victim.start_worker(&database, &server, LEASE);
    process.killed().await;
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
    for point in ["requested", "answered", "settling"] {
        let (state, processed) = kill_at(point).await;
        assert_eq!((state, &*processed), (State::Doubtful, &ALL.map(str::to_owned)[..]), "{point}");
    }
}

/// An update is sent again after a crash at any point, because sending it twice has the same effect.
#[tokio::test]
async fn an_idempotent_call_is_never_doubtful() {
    for point in ["marked", "requested", "answered", "settling"] {
        let victim = Victim::at(point, "-KILL");
        let (server, processed) = victim.start_api();
        let database = Database::new().await;
        let id = database.add(&update("jane@example.com")).await;
        victim.start_worker(&database, &server, LEASE).killed().await;
        let running = Running::start(worker(&database.outbox, server.url()).lease(LEASE));
        database.wait_for(id, State::Done).await;
        running.stop().await;
        assert!((1..=2).contains(&processed.len()), "{point}: {:?}", processed.list());
    }
}

/// The child process of the next test: 16 calls, of which the throttle lets one go out.
#[tokio::test]
async fn queues_calls() {
    let Some((database, url)) = Process::arguments().await else { return };
    let client = Client::builder().api_key("sesame-0123").site_slug("my-store");
    let client = client.base_url(url).initial_window(1).build().unwrap();
    let worker = Worker::new(database.outbox.clone(), client).lease(LEASE);
    worker.run(std::future::pending()).await;
}

#[tokio::test]
async fn calls_in_the_queue_of_the_throttle_are_not_doubtful_after_a_crash() {
    let (server, processed) = api::start(|request, number, processed| {
        if number == 0 {
            return fake_server::Reply::hang("");
        }
        processed.add(request);
        api::success()
    });
    let database = Database::new().await;
    let orders: Vec<_> = (0..16).map(|order| purchase(&order.to_string())).collect();
    database.add_all(&orders).await;
    let process = Process::run("crash::queues_calls", &database.location, server.url());
    while server.requests().is_empty() {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert_eq!(database.outbox.stats().await.unwrap().in_flight, 16);
    drop(process);
    let running = Running::start(Worker::new(database.outbox.clone(), client(server.url())));
    database.drained().await;
    running.stop().await;
    assert_eq!(database.outbox.stats().await.unwrap().doubtful, 1);
    assert_eq!((processed.len(), processed.twice()), (15, Vec::new()));
}
