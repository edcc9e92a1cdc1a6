//! Sending all entries to an API that responds at once, compared with the update of rows.

use std::time::{Duration, Instant};

use fake_server::{Server, json};
use serde_json::json;
use talkable_api::{Client, StoredCall};
use talkable_outbox::{Entry, Worker};

use crate::database::Database;
use crate::{is_selected, rate, report_rate};

const ENTRIES: u32 = 10_000;

pub(crate) async fn measure<D: Database>(database: &D, workers: usize, kind: &str, entry: fn(u32) -> Entry) {
    let name = format!("{}: drain, {kind}, {workers} workers", D::NAME);
    if !is_selected(&name) {
        return;
    }
    database.insert(100).await;
    let plain = rate(1, async || database.update(1).await).await;
    database.enqueue(&(0..ENTRIES).map(entry).collect::<Vec<_>>()).await;
    report_rate(&name, drain(database, workers).await, plain);
    database.run("DELETE FROM talkable_outbox; DELETE FROM plain").await;
}

/// Sends all entries with some workers, and returns the entries per second.
async fn drain(database: &impl Database, workers: usize) -> f64 {
    let server = Server::script([json(200, r#"{"ok":true,"result":{}}"#)]);
    let began = Instant::now();
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..workers {
        let worker = Worker::new(database.outbox().clone(), client(server.url())).concurrency(64);
        tasks.spawn(worker.run(std::future::pending()));
    }
    while server.processed() < ENTRIES as usize {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let rate = f64::from(ENTRIES) / began.elapsed().as_secs_f64();
    // The last outcomes are recorded.
    tokio::time::sleep(Duration::from_millis(500)).await;
    rate
}

pub(crate) fn client(url: &str) -> Client {
    let client = Client::builder().api_key("sesame-0123").site_slug("my-store").base_url(url);
    client.throttle_off().build().unwrap()
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
