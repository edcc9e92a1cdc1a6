//! Makes thousands of concurrent calls to an unreliable server, and checks their outcomes and the absence of leaks.
//!
//! A seed determines the fault for each request, and thus the outcome of each call.
//!
//! ```text
//! cargo test -p talkable-api --test soak -- --ignored --nocapture
//! ```
#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod faults;

use std::fmt::Write as _;
use std::future::ready;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use fake_server::{Reply, Request, Server, json};
use serde::Deserialize;
use talkable_api::__private::{Method, Operation};
use talkable_api::{Call, CallInfo, Client, Error, TransportErrorKind};
use tokio::runtime::{Builder, Runtime};

use crate::faults::{Faults, Outcome};

/// The number of requests for each call.
type Ledger = Arc<Vec<AtomicUsize>>;

/// The number of concurrent calls.
const CALLERS: usize = 256;
/// The number of sites. Each site has its own throttle, so that a single 429 doesn't stop all callers.
const SITES: usize = 32;
/// The timeout of an attempt. It is much longer than a call takes, so that only withheld responses time out.
const TIMEOUT: Duration = Duration::from_secs(5);
/// The tolerated memory growth in bytes. The allocator retains some memory, but a leak in every call would exceed this limit.
const SLACK: usize = 24 * 1024 * 1024;

static READ: Operation = Operation::new("read", Method::GET, "/api/v2/calls/{id}").site_in_query().idempotent();
static WRITE: Operation = Operation::new("write", Method::POST, "/api/v2/calls/{id}").site_in_body();

/// The tests measure the memory of the whole process, so they run one at a time.
static ALONE: Mutex<()> = Mutex::new(());

#[derive(Debug, Deserialize)]
struct Echo {
    id: usize,
}

#[test]
fn three_thousand_calls_have_the_expected_outcomes_and_no_leaks() {
    soak(3_000, 1);
}

#[test]
#[ignore = "takes a minute or two"]
fn a_hundred_thousand_calls_have_the_expected_outcomes_and_no_leaks() {
    soak(100_000, 2);
}

fn soak(calls: usize, seed: u64) {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let faults = Faults::new(seed);
    let ledger: Ledger = Arc::new((0..calls).map(|_| AtomicUsize::new(0)).collect());
    let server = Server::start({
        let ledger = Arc::clone(&ledger);
        move |request| ready(reply(&request, &ledger, faults))
    });
    let runtime = Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let client = Client::builder().api_key("sesame-0123456789").site_slug("site-0").base_url(server.url());
    let client = client.timeout(TIMEOUT).build().unwrap();

    let begin = Instant::now();
    let (differences, early) = runtime.block_on(make_calls(&client, &ledger, faults));
    let late = resident();
    let seconds = begin.elapsed().as_secs_f64();
    let requests: usize = ledger.iter().map(|requests| requests.load(Ordering::SeqCst)).sum();
    println!("{calls} calls, {requests} requests, {seconds:.1} s, {early} bytes resident, {late} at the end");
    assert!(differences.is_empty(), "{differences}");
    assert!(late <= early + SLACK, "memory grew from {early} to {late} bytes");
    assert_nothing_is_left(client, &server, runtime);
}

fn reply(request: &Request, ledger: &Ledger, faults: Faults) -> Reply {
    let path = request.target().split('?').next().unwrap();
    let id: usize = path.rsplit('/').next().unwrap().parse().unwrap();
    let before = ledger[id].fetch_add(1, Ordering::SeqCst);
    let half = "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"ok\":true,";
    let sent = if faults.is_early(id, before) { "" } else { half };
    match faults.of_request(id, before) {
        Outcome::Found(id) => json(200, &format!(r#"{{"ok":true,"result":{{"id":{id}}}}}"#)),
        Outcome::Status(status) => json(status, "<html>No</html>"),
        Outcome::Interrupted => Reply::reset(sent),
        Outcome::Timeout => Reply::hang(sent),
    }
}

/// Makes all calls. Returns the unexpected outcomes and the memory usage after a fifth of the calls.
async fn make_calls(client: &Client, ledger: &Ledger, faults: Faults) -> (String, usize) {
    let next = Arc::new(AtomicUsize::new(0));
    let early = Arc::new(AtomicUsize::new(0));
    let mut callers = Vec::new();
    for caller in 0..CALLERS {
        let client = client.for_site(format!("site-{}", caller % SITES));
        let (next, early, ledger) = (Arc::clone(&next), Arc::clone(&early), Arc::clone(ledger));
        callers.push(tokio::spawn(async move {
            let mut differences = String::new();
            loop {
                let id = next.fetch_add(1, Ordering::Relaxed);
                if id >= ledger.len() {
                    return differences;
                }
                if id == ledger.len() / 5 {
                    early.store(resident(), Ordering::Relaxed);
                }
                let is_safe = id % 2 == 0;
                let result = call(&client, id, is_safe).response().await;
                let expected = faults.of_call(id, is_safe);
                let requests = ledger[id].load(Ordering::SeqCst);
                if (outcome(&result), requests) != expected || attempts(&result) != requests {
                    writeln!(differences, "{id}: {requests} requests, expected {expected:?}: {result:?}").unwrap();
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
    let info = result.as_ref().map_or_else(Error::info, |response| Some(&response.info));
    usize::try_from(info.map_or(0, CallInfo::attempts)).unwrap()
}

fn outcome(result: &Result<talkable_api::Response<Echo>, Error>) -> Outcome {
    match result {
        Ok(response) => Outcome::Found(response.value.id),
        Err(Error::Api(error)) => Outcome::Status(error.status()),
        Err(Error::Transport(error)) if error.kind() == TransportErrorKind::Timeout => Outcome::Timeout,
        Err(Error::Transport(error)) if error.kind() == TransportErrorKind::Interrupted => Outcome::Interrupted,
        Err(other) => panic!("unexpected error: {other:?}"),
    }
}

/// Asserts that all slots are free, and that no connections or tasks are left.
fn assert_nothing_is_left(client: Client, server: &Server, runtime: Runtime) {
    for site in 0..SITES {
        let status = client.for_site(format!("site-{site}")).throttle();
        assert_eq!((status.waiting, status.in_flight), (0, 0), "site {site}");
    }
    drop(client);
    let metrics = runtime.metrics();
    let until = Instant::now() + Duration::from_secs(60);
    while metrics.num_alive_tasks() + server.open_connections() > 0 {
        let left = (metrics.num_alive_tasks(), server.open_connections());
        assert!(Instant::now() < until, "tasks and connections left: {left:?}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// The resident memory of the process, in bytes.
#[cfg(target_os = "linux")]
fn resident() -> usize {
    let pages = std::fs::read_to_string("/proc/self/statm").unwrap();
    pages.split(' ').nth(1).unwrap().parse::<usize>().unwrap() * 4096
}

#[cfg(not(target_os = "linux"))]
fn resident() -> usize {
    0
}
