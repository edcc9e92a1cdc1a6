//! Measures enqueuing and sending, each as a ratio to plain statements through sqlx in the same run.
//!
//! `cargo bench -p talkable-outbox` measures SQLite, and with `--features inbox,postgres` also PostgreSQL.
#![allow(clippy::unwrap_used, reason = "a panic ends the benchmark")]

#[cfg(feature = "postgres")]
mod postgres;
#[cfg(feature = "postgres")]
#[path = "../../tests/postgres/server.rs"]
#[allow(dead_code, reason = "only the tests restart the server")]
mod server;
mod sqlite;
mod statements;

use std::time::{Duration, Instant};

use fake_server::{Server, json};
use serde_json::json;
use talkable_api::{Client, StoredCall};
use talkable_outbox::{Entry, Outbox, Worker};

fn main() {
    // `cargo test --all-targets` also runs benchmarks, without this argument.
    if !std::env::args().any(|argument| argument == "--bench") {
        return;
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(async {
        println!("{:<34} {:>10} {:>10} {:>8}", "", "outbox/s", "plain/s", "ratio");
        sqlite::measure().await;
        #[cfg(feature = "postgres")]
        postgres::measure().await;
    });
}

/// Prints the rates of an operation of the outbox and of plain statements.
pub(crate) fn report(name: &str, outbox: f64, plain: f64) {
    println!("{name:<34} {outbox:>10.0} {plain:>10.0} {:>8.2}", outbox / plain);
}

/// Measures how many items a repeated operation processes in a second.
pub(crate) async fn rate(items: u32, mut operation: impl AsyncFnMut()) -> f64 {
    let (began, mut count) = (Instant::now(), 0);
    while began.elapsed() < Duration::from_secs(2) {
        operation().await;
        count += items;
    }
    f64::from(count) / began.elapsed().as_secs_f64()
}

pub(crate) fn update(number: u32) -> Entry {
    entry("updatePerson", &format!("{number}@example.com")).key((number / 4).to_string())
}

/// A call that is not idempotent, so it is marked before it is sent.
pub(crate) fn refund(number: u32) -> Entry {
    entry("markOriginAsRefunded", &number.to_string()).key((number / 4).to_string())
}

fn entry(operation: &str, argument: &str) -> Entry {
    let stored = json!({
        "version": 1, "operation": operation, "site_slug": "my-store", "path_arguments": [argument],
        "body": r#"{"data":{}}"#,
    });
    Entry::from(serde_json::from_value::<StoredCall>(stored).unwrap())
}

/// Sends all entries with some workers, and returns the entries per second.
pub(crate) async fn drain(outbox: &Outbox, entries: u32, workers: usize) -> f64 {
    let server = Server::script([json(200, r#"{"ok":true,"result":{}}"#)]);
    let began = Instant::now();
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..workers {
        let client = Client::builder().api_key("sesame-0123").site_slug("my-store").base_url(server.url());
        let client = client.throttle_off().build().unwrap();
        let worker = Worker::new(outbox.clone(), client).concurrency(64);
        tasks.spawn(worker.run(std::future::pending()));
    }
    let mut last = 0;
    while last < entries as usize {
        tokio::time::sleep(Duration::from_millis(5)).await;
        last = server.processed();
    }
    let rate = f64::from(entries) / began.elapsed().as_secs_f64();
    tokio::time::sleep(Duration::from_millis(500)).await;
    rate
}
