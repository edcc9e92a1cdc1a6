//! Measures the outbox, each time as a ratio to plain statements through sqlx in the same run.
//!
//! `cargo bench -p talkable-outbox` measures SQLite, and with `--features inbox,postgres` also PostgreSQL. Arguments
//! after `--` select measurements by a part of their name. `OUTBOX_BENCH_WAITING` is the number of entries that wait
//! during a claim.
#![allow(clippy::unwrap_used, reason = "a panic ends the benchmark")]

mod claim;
mod database;
mod drain;
mod enqueue;
mod latency;
#[cfg(feature = "postgres")]
#[path = "../../tests/postgres/server.rs"]
#[allow(dead_code, reason = "only the tests restart the server")]
mod server;

use std::time::{Duration, Instant};

use self::database::{Database, Sqlite};

fn main() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    if let Some((location, url)) = latency::child() {
        return runtime.block_on(latency::run_child(&location, &url));
    }
    // `cargo test --all-targets` also runs benchmarks, without this argument.
    if !std::env::args().any(|argument| argument == "--bench") {
        return;
    }
    runtime.block_on(async {
        println!("{:<56} {:>12} {:>12} {:>8}", "", "outbox", "plain", "ratio");
        let database = Sqlite::create().await;
        measure(&database).await;
        database.delete().await;
        #[cfg(feature = "postgres")]
        measure(&database::Postgres::create().await).await;
    });
}

async fn measure(database: &impl Database) {
    for batch in [1, 100] {
        enqueue::measure(database, batch).await;
    }
    for workers in [1, 4] {
        drain::measure(database, workers, "idempotent", drain::update).await;
        drain::measure(database, workers, "with the mark", drain::refund).await;
    }
    claim::many_keys(database).await;
    claim::hot_key(database).await;
    latency::wake_up(database).await;
    latency::recovery(database).await;
}

/// Whether a measurement was selected.
fn is_selected(name: &str) -> bool {
    let mut filters = std::env::args().skip(1).filter(|argument| !argument.starts_with('-')).peekable();
    filters.peek().is_none() || filters.any(|filter| name.contains(&filter))
}

/// Prints rates in items per second. A ratio above 1 means that the outbox is faster.
fn report_rate(name: &str, outbox: f64, plain: f64) {
    println!("{name:<56} {:>12} {:>12} {:>8.2}", format!("{outbox:.0}/s"), format!("{plain:.0}/s"), outbox / plain);
}

/// Prints durations. A ratio above 1 means that the outbox is slower.
fn report_time(name: &str, outbox: Duration, plain: Duration) {
    let milliseconds = |time: Duration| format!("{:.2} ms", time.as_secs_f64() * 1000.0);
    let ratio = outbox.as_secs_f64() / plain.as_secs_f64();
    println!("{name:<56} {:>12} {:>12} {ratio:>8.2}", milliseconds(outbox), milliseconds(plain));
}

/// Measures how many items a repeated operation processes in a second.
async fn rate(items: u32, mut operation: impl AsyncFnMut()) -> f64 {
    let (began, mut count) = (Instant::now(), 0);
    while began.elapsed() < Duration::from_secs(2) {
        operation().await;
        count += items;
    }
    f64::from(count) / began.elapsed().as_secs_f64()
}

/// The median time of an operation.
async fn median(times: usize, mut operation: impl AsyncFnMut() -> Duration) -> Duration {
    let mut measured = Vec::new();
    for _ in 0..times {
        measured.push(operation().await);
    }
    measured.sort_unstable();
    measured[times / 2]
}
