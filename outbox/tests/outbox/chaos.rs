//! Random kills, suspensions, crashes of the database server and faults of the API, while two processes send purchases, updates and
//! refunds.

use std::collections::{HashMap, HashSet};
use std::sync::Mutex;
use std::time::{Duration, Instant};

use fake_server::{Reply, Server, json, with_headers};
use talkable_outbox::{Filter, State, sqlx};

use crate::api::{self, Processed, success};
use crate::backend;
use crate::child::Process;
use crate::support::{Database, purchase, refund, update};

const LEASE: Duration = Duration::from_secs(2);

/// Runs for some seconds, or for `OUTBOX_TEST_CHAOS_SECONDS`, with the seed `OUTBOX_TEST_CHAOS_SEED`.
#[tokio::test]
async fn nothing_is_lost_sent_twice_or_out_of_order() {
    let setting = |name: &str| std::env::var(name).ok().and_then(|value| value.parse().ok());
    let seconds = setting("OUTBOX_TEST_CHAOS_SECONDS").unwrap_or(8);
    let seed = setting("OUTBOX_TEST_CHAOS_SEED").unwrap_or_else(|| u64::from(std::process::id()));
    println!("seed {seed}, {seconds} seconds");
    let mut random = fastrand::Rng::with_seed(seed);
    let (server, processed) = start_faulty(random.fork());
    let own = backend::Server::start().await;
    let database = Database::open(&own.location).await;
    database.outbox.migrate().await.unwrap();
    sqlx::raw_sql(backend::RECORD).execute(&database.pool).await.unwrap();
    let orders = run(&own, &database, &server, &mut random, Duration::from_secs(seconds)).await;

    let doubtful = doubtful(&database).await;
    let (doubted, expired) = (recorded("doubtful", &database).await, recorded("expired", &database).await);
    let calls = processed.list();
    println!("{orders} orders, {} requests, {} doubtful", calls.len(), doubtful.len());
    let twice: Vec<_> = processed.twice().into_iter().filter(|call| !call.starts_with("update")).collect();
    let (lost, breaks) = check(orders, &calls, &doubtful, &doubted, &expired);
    assert_eq!((lost, twice, breaks), (Vec::new(), Vec::new(), Vec::new()), "seed {seed}");
    assert_eq!(database.outbox.stats().await.unwrap().dead, 0);
}

/// Permits 200 requests a second. One request in 100 gets a 5xx, and one in 200 no response. Half of both are processed.
fn start_faulty(random: fastrand::Rng) -> (Server, Processed) {
    let state = Mutex::new((Instant::now(), 20.0_f64, random));
    api::start(move |request, _, processed| {
        let mut state = state.lock().unwrap();
        let (last, tokens, random) = &mut *state;
        *tokens = (*tokens + last.elapsed().as_secs_f64() * 200.0).min(20.0);
        *last = Instant::now();
        if *tokens < 1.0 {
            return with_headers(429, "", "");
        }
        *tokens -= 1.0;
        let fault = random.u32(0..200);
        if fault >= 3 || random.bool() {
            processed.add(request);
        }
        match fault {
            0..2 => json(503, ""),
            2 => Reply::close(""),
            _ => success(),
        }
    })
}

/// Enqueues three calls for each order, and returns the number of orders after all calls are settled.
async fn run(
    own: &backend::Server,
    database: &Database,
    api: &Server,
    random: &mut fastrand::Rng,
    duration: Duration,
) -> u32 {
    let start = || Process::worker(&database.location, api.url(), LEASE, "");
    let mut workers = [start(), start()];
    // The time at which a suspended worker continues. It may hold the write lock of SQLite until then.
    let mut suspended = [None; 2];
    let (began, mut orders) = (Instant::now(), 0);
    while began.elapsed() < duration {
        // After many kills, the workers catch up first.
        if database.count("SELECT count(*) FROM talkable_outbox WHERE state = 'ready'").await < 500 {
            for _ in 0..random.u32(1..4) {
                let order = orders.to_string();
                let person = update(&format!("{order}@example.com")).key(&order);
                database.add_all(&[purchase(&order), person, refund(&order)]).await;
                orders += 1;
            }
        }
        let victim = random.usize(0..2);
        match random.u32(0..200) {
            0..10 => {
                workers[victim].signal("-KILL");
                (workers[victim], suspended[victim]) = (start(), None);
            }
            10..20 if suspended == [None; 2] => {
                workers[victim].signal("-STOP");
                let pause = Duration::from_millis(random.u64(500..3500));
                suspended[victim] = Some(Instant::now() + pause);
                let pid = workers[victim].id();
                tokio::spawn(async move {
                    tokio::time::sleep(pause).await;
                    let _ = std::process::Command::new("kill").args(["-CONT", &pid]).status();
                });
            }
            20 => own.crash().await,
            21 => {
                database.outbox.purge(Duration::from_secs(5), Duration::MAX).await.unwrap();
                api.take_requests();
            }
            _ => tokio::time::sleep(Duration::from_millis(random.u64(10..100))).await,
        }
        for until in &mut suspended {
            *until = until.filter(|until| *until > Instant::now());
        }
    }
    database.drained().await;
    // A worker that was suspended may still record that a doubtful call succeeded.
    tokio::time::sleep(Duration::from_secs(4)).await;
    database.drained().await;
    orders
}

/// The operations and keys of entries.
type Entries = HashSet<(String, String)>;

/// The entries to which this happened at any time.
async fn recorded(event: &str, database: &Database) -> Entries {
    let rows = sqlx::query_as("SELECT operation, key FROM recorded WHERE event = $1").bind(event);
    rows.fetch_all(&database.pool).await.unwrap().into_iter().collect()
}

/// The doubtful entries.
async fn doubtful(database: &Database) -> Entries {
    let mut doubtful = HashSet::new();
    let mut after = 0;
    loop {
        let page = database.outbox.list(&Filter::state(State::Doubtful).after(after).limit(500)).await.unwrap();
        let Some(entry) = page.last() else { return doubtful };
        after = entry.id;
        doubtful.extend(page.into_iter().map(|entry| (entry.operation, entry.key.unwrap_or_default())));
    }
}

/// The lost calls, and the pairs of calls in the wrong order.
fn check(
    orders: u32,
    calls: &[String],
    doubtful: &Entries,
    doubted: &Entries,
    expired: &Entries,
) -> (Vec<String>, Vec<String>) {
    let (mut first, mut last) = (HashMap::new(), HashMap::new());
    for (at, call) in calls.iter().enumerate() {
        first.entry(call.as_str()).or_insert(at);
        last.insert(call.as_str(), at);
    }
    let (mut lost, mut breaks, mut repeated) = (Vec::new(), Vec::new(), 0);
    for order in (0..orders).map(|order| order.to_string()) {
        let entries = [
            ("createOrigin", format!("create {order}")),
            ("updatePerson", format!("update {order}@example.com")),
            ("markOriginAsRefunded", format!("refund {order}")),
        ];
        let is_in = |entries: &Entries, operation: &str| entries.contains(&(operation.to_owned(), order.clone()));
        for (operation, call) in &entries {
            if !first.contains_key(call.as_str()) && !is_in(doubtful, operation) {
                lost.push(call.clone());
            }
        }
        for pair in entries.windows(2) {
            let (operation, call) = &pair[0];
            let (Some(end), Some(start)) = (last.get(&**call), first.get(&*pair[1].1)) else { continue };
            // A doubtful call lets later ones go on, so its own request may arrive late. If it succeeds, the entry is done.
            if end < start || is_in(doubted, operation) {
                continue;
            }
            // A worker that was suspended right before the request may repeat it after the call of another worker.
            if is_in(expired, operation) && first.get(&**call).is_some_and(|first| first < start) {
                repeated += 1;
            } else {
                breaks.push(format!("{call}, {}", pair[1].1));
            }
        }
    }
    println!("{repeated} idempotent calls repeated late, {} leases expired", expired.len());
    (lost, breaks)
}
