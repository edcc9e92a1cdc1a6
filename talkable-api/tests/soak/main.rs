//! Many calls at once against a server on which nothing can be relied: each is accounted for, and nothing stays behind.
//!
//! What the server does with each request follows from a seed, so what must become of each call is known beforehand.
//!
//! ```text
//! cargo test -p talkable-api --test soak -- --ignored --nocapture
//! ```
#![allow(clippy::unwrap_used, reason = "a test that can't go on has failed")]

mod dice;
mod server;

use std::fmt::Write as _;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use serde::Deserialize;
use talkable_api::__private::{Method, Operation, Retry, SiteSlug};
use talkable_api::{Call, Client, Error, TransportErrorKind};
use tokio::runtime::{Builder, Runtime};

use crate::dice::{Dice, Fate};
use crate::server::Server;

/// How many calls are under way at once.
const CALLERS: usize = 256;
/// Each is throttled apart, so that a single 429 doesn't stop all callers.
const SITES: usize = 32;
/// Far more than a call takes here, so that only what the server holds back on purpose is late.
const TIMEOUT: Duration = Duration::from_secs(5);
/// What an allocator keeps for itself under the same load may vary; what leaks with each call is far more.
const SLACK: usize = 24 * 1024 * 1024;

static READ: Operation =
    Operation::new("read", Method::GET, "/api/v2/calls/{id}").site_slug(SiteSlug::Query).retry(Retry::Safe);
static WRITE: Operation = Operation::new("write", Method::POST, "/api/v2/calls/{id}").site_slug(SiteSlug::Body);

/// Memory is that of the whole process, so there is one at a time.
static ALONE: Mutex<()> = Mutex::new(());

#[derive(Debug, Deserialize)]
struct Echo {
    id: usize,
}

#[test]
fn thousands_of_calls() {
    soak(3_000, 1);
}

#[test]
#[ignore = "it takes a minute or two"]
fn a_hundred_thousand_calls() {
    soak(100_000, 2);
}

fn soak(calls: usize, seed: u64) {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let dice = Dice::new(seed);
    let server = Server::start(calls, dice);
    let runtime = Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let client = Client::builder().api_key("sesame-0123456789").site_slug("site-0").base_url(server.url());
    let client = client.timeout(TIMEOUT).build().unwrap();

    let begin = Instant::now();
    let (differences, early) = runtime.block_on(make_calls(&client, &server, dice, calls));
    let late = resident();
    let seconds = begin.elapsed().as_secs_f64();
    let asked: usize = (0..calls).map(|id| server.asked(id)).sum();
    println!("{calls} calls, {asked} requests, {seconds:.1} s; resident {early} bytes, and at the end {late}");
    assert!(differences.is_empty(), "{differences}");
    assert!(late <= early + SLACK, "memory has grown from {early} to {late} bytes");
    assert_nothing_is_left(client, &server, runtime);
}

/// Makes all calls. Gives what differs from what was foreseen, and how much memory was in use after a fifth of them.
async fn make_calls(client: &Client, server: &Server, dice: Dice, calls: usize) -> (String, usize) {
    let next = Arc::new(AtomicUsize::new(0));
    let early = Arc::new(AtomicUsize::new(0));
    let mut callers = Vec::new();
    for caller in 0..CALLERS {
        let client = client.for_site(format!("site-{}", caller % SITES));
        let (next, early, asked) = (Arc::clone(&next), Arc::clone(&early), server.ledger());
        callers.push(tokio::spawn(async move {
            let mut differences = String::new();
            loop {
                let id = next.fetch_add(1, Ordering::Relaxed);
                if id >= calls {
                    return differences;
                }
                if id == calls / 5 {
                    early.store(resident(), Ordering::Relaxed);
                }
                let is_safe = id % 2 == 0;
                let result = call(&client, id, is_safe).response().await;
                let foreseen = dice.foresee(id, is_safe);
                let asked = asked[id].load(Ordering::SeqCst);
                if (fate(&result), asked) != foreseen || attempts(&result) != asked {
                    writeln!(differences, "{id}: asked {asked} times, foreseen {foreseen:?}: {result:?}").unwrap();
                }
            }
        }));
    }
    let mut differences = String::new();
    for caller in callers {
        differences.push_str(&caller.await.unwrap());
    }
    (differences, early.load(Ordering::Relaxed))
}

fn call(client: &Client, id: usize, is_safe: bool) -> Call<Echo> {
    Call::enveloped(client, if is_safe { &READ } else { &WRITE }).segment(id.to_string())
}

fn attempts<T>(result: &Result<talkable_api::Response<T>, Error>) -> usize {
    let attempts = result.as_ref().map_or_else(Error::attempts, |response| response.attempts);
    usize::try_from(attempts).unwrap()
}

/// What became of a call, in the words of the server.
fn fate(result: &Result<talkable_api::Response<Echo>, Error>) -> Fate {
    match result {
        Ok(response) => Fate::Good(response.value.id),
        Err(Error::Api(error)) => Fate::Status(error.status()),
        Err(Error::Transport(error)) if error.kind() == TransportErrorKind::Timeout => Fate::Stall,
        Err(Error::Transport(error)) if error.kind() == TransportErrorKind::Interrupted => Fate::Break,
        Err(other) => panic!("nothing of the kind was done: {other:?}"),
    }
}

/// No permit, no waiting call, no connection and no task.
fn assert_nothing_is_left(client: Client, server: &Server, runtime: Runtime) {
    for site in 0..SITES {
        let status = client.for_site(format!("site-{site}")).throttle();
        assert_eq!((status.waiting, status.in_flight), (0, 0), "site {site}");
    }
    drop(client);
    let metrics = runtime.metrics();
    let until = Instant::now() + Duration::from_secs(60);
    while metrics.num_alive_tasks() + server.connections() > 0 {
        let left = (metrics.num_alive_tasks(), server.connections());
        assert!(Instant::now() < until, "tasks and connections that are left: {left:?}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// How much memory the process holds.
#[cfg(target_os = "linux")]
fn resident() -> usize {
    let pages = std::fs::read_to_string("/proc/self/statm").unwrap();
    pages.split(' ').nth(1).unwrap().parse::<usize>().unwrap() * 4096
}

#[cfg(not(target_os = "linux"))]
fn resident() -> usize {
    0
}
