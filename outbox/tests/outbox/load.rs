//! An outage with many waiting entries, and calls that hang or panic.

use std::time::{Duration, Instant};

use fake_server::{Reply, json};
use talkable_outbox::{State, sqlx};

use crate::api::{self, success};
use crate::support::{Database, Running, eventually, purchase, update, worker};

/// More than the default, because on a busy machine, each turn of the worker takes some time.
const CONCURRENCY: usize = 64;

/// The outage lasts for some seconds, or for `OUTBOX_TEST_OUTAGE_SECONDS`, with `OUTBOX_TEST_OUTAGE_ENTRIES` waiting.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_outage_with_many_waiting_entries_ends_in_their_delivery() {
    let setting = |name: &str| std::env::var(name).ok().and_then(|value| value.parse().ok());
    let entries = setting("OUTBOX_TEST_OUTAGE_ENTRIES").unwrap_or(5_000);
    let outage = Duration::from_secs(setting("OUTBOX_TEST_OUTAGE_SECONDS").unwrap_or(6));
    let database = Database::new().await;
    let fill = "WITH RECURSIVE numbers(number) AS (SELECT 1 UNION ALL SELECT number + 1 FROM numbers WHERE number < $1)
        INSERT INTO talkable_outbox (site, key, operation, payload, due)
        SELECT 'my-store', 'key-' || (number % 1000), 'updatePerson', '{\"version\":1,\"operation\":\"updatePerson\",\"site_slug\":\"my-store\",\"path_arguments\":[\"'
            || number || '\"],\"body\":\"{}\"}', 0 FROM numbers";
    sqlx::query(fill).bind(i64::try_from(entries).unwrap()).execute(&database.pool).await.unwrap();
    let began = Instant::now();
    let (server, processed) = api::start(move |request, _, processed| {
        if began.elapsed() < outage {
            return json(503, "");
        }
        processed.add(request);
        success()
    });
    let running = Running::start(worker(&database.outbox, server.url()).max_attempts(6).concurrency(CONCURRENCY));
    tokio::time::sleep(outage).await;
    let requests = server.requests().len();
    let expected = usize::try_from(entries).unwrap();
    let (began, mut last) = (Instant::now(), 0);
    while processed.len() < expected {
        tokio::time::sleep(Duration::from_secs(5)).await;
        assert!(processed.len() > last, "{last} entries are delivered, and no more");
        last = processed.len();
    }
    println!("{requests} requests in {outage:?}; {entries} entries in {:?} afterwards", began.elapsed());
    database.drained().await;
    running.stop().await;
    assert_eq!((database.outbox.stats().await.unwrap().dead, processed.len()), (0, expected));
    // A call sends up to three requests. Calls start until the pause is recorded, and then one after each pause of up to a second.
    let limit = 3 * (2 * CONCURRENCY + 8 + usize::try_from(outage.as_secs()).unwrap());
    assert!(requests <= limit, "{requests}");
}

#[tokio::test]
async fn a_hot_key_does_not_delay_other_entries() {
    let (server, processed) = api::start_healthy();
    let database = Database::new().await;
    let fill = "WITH RECURSIVE numbers(number) AS (SELECT 1 UNION ALL SELECT number + 1 FROM numbers WHERE number < 20000)
        INSERT INTO talkable_outbox (site, key, operation, payload, due)
        SELECT 'my-store', 'hot', 'updatePerson', '{\"version\":1,\"operation\":\"updatePerson\",\"site_slug\":\"my-store\",\"path_arguments\":[\"hot-'
            || number || '\"],\"body\":\"{}\"}', 0 FROM numbers";
    sqlx::query(fill).execute(&database.pool).await.unwrap();
    let mut others: Vec<_> = (0..200).map(|number| update(&number.to_string()).key(number.to_string())).collect();
    others.push(update("keyless"));
    database.add_all(&others).await;
    let began = Instant::now();
    let running = Running::start(worker(&database.outbox, server.url()));
    let delivered = async || processed.list().iter().filter(|call| !call.contains("hot-")).count() == 201;
    eventually(delivered, "the other entries are delivered").await;
    tokio::time::sleep(Duration::from_secs(1)).await;
    let hot = processed.list().len() - 201;
    running.stop().await;
    println!("201 entries and {hot} of the hot key in {:?}", began.elapsed());
    assert!(began.elapsed() < Duration::from_secs(15) && hot > 10, "{hot}");
    let order: Vec<_> = processed.list().into_iter().filter(|call| call.contains("hot-")).collect();
    assert_eq!(order, (1..=order.len()).map(|number| format!("update hot-{number}")).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_panic_of_the_hook_does_not_discard_the_result() {
    let (server, processed) = api::start_healthy();
    let database = Database::new().await;
    let (updated, created) = (database.add(&update("jane@example.com")).await, database.add(&purchase("1")).await);
    let worker = worker(&database.outbox, server.url());
    let running = Running::start(worker.on_response(|_, _| panic!("a defect of the hook")));
    database.wait_for(updated, State::Done).await;
    database.wait_for(created, State::Done).await;
    running.stop().await;
    assert_eq!(processed.list().len(), 2);
}

#[tokio::test]
async fn a_call_ends_with_its_lease() {
    let (server, processed) = api::start(|request, number, processed| {
        processed.add(request);
        if number < 2 { Reply::hang("") } else { success() }
    });
    let database = Database::new().await;
    let (created, updated) = (database.add(&purchase("1")).await, database.add(&update("jane@example.com")).await);
    let running = Running::start(worker(&database.outbox, server.url()).lease(Duration::from_secs(2)));
    database.wait_for(created, State::Doubtful).await;
    database.wait_for(updated, State::Done).await;
    running.stop().await;
    assert_eq!(processed.list().iter().filter(|call| *call == "create 1").count(), 1);
}

#[tokio::test]
async fn a_stopping_worker_cancels_calls_that_hang() {
    let (server, _processed) = api::start(|request, _, processed| {
        processed.add(request);
        Reply::hang("")
    });
    for grace in [Duration::ZERO, Duration::from_secs(1)] {
        let database = Database::new().await;
        let purchases: Vec<_> = (0..8).map(|order| purchase(&order.to_string())).collect();
        let updates: Vec<_> = (0..8).map(|person| update(&person.to_string())).collect();
        database.add_all(&[purchases, updates].concat()).await;
        let running = Running::start(worker(&database.outbox, server.url()).grace(grace));
        eventually(async || server.requests().len() == 16, "all calls are in flight").await;
        server.take_requests();
        let began = Instant::now();
        running.stop().await;
        assert!(began.elapsed() < Duration::from_secs(3), "{:?}", began.elapsed());
        let stats = database.outbox.stats().await.unwrap();
        assert_eq!((stats.doubtful, stats.ready, stats.in_flight), (8, 8, 0), "{grace:?}");
    }
}

#[tokio::test]
async fn a_stopping_worker_records_outcomes_while_it_waits_for_other_calls() {
    let (server, processed) = api::start(|request, number, processed| {
        processed.add(request);
        if number == 0 { Reply::hang("") } else { success() }
    });
    let database = Database::new().await;
    let hanging = database.add(&purchase("1")).await;
    let worker = worker(&database.outbox, server.url()).grace(Duration::MAX).lease(Duration::from_secs(4));
    let running = Running::start(worker);
    eventually(async || processed.list().len() == 1, "the first call hangs").await;
    let others = [purchase("2"), purchase("3")];
    let ids = database.add_all(&others).await;
    eventually(async || processed.list().len() == 3, "the others are in flight").await;
    let stopping = tokio::spawn(running.stop());
    for id in ids {
        database.wait_for(id, State::Done).await;
    }
    assert_eq!(database.state(hanging).await, State::Sending);
    stopping.await.unwrap();
    assert_eq!(database.state(hanging).await, State::Doubtful);
}
