//! The example with two worker processes.

use std::time::Duration;

use crate::api;
use crate::backend;
use crate::child::{Process, test};
use crate::support::{Database, client};

#[path = "../../examples/postgres_workers.rs"]
#[allow(dead_code, reason = "the test calls `run` instead of `main`")]
mod postgres_workers;

const DATABASE: &str = "OUTBOX_TEST_EXAMPLE";
const URL: &str = "OUTBOX_TEST_EXAMPLE_URL";

/// The work of the child process.
#[tokio::test]
async fn works() {
    let (Ok(location), Ok(url)) = (std::env::var(DATABASE), std::env::var(URL)) else { return };
    let (pool, _) = backend::open(&location).await;
    postgres_workers::run(pool, client(&url), &["work"]).await.unwrap();
}

#[tokio::test]
async fn two_processes_send_each_call_once_and_stop_with_ctrl_c() {
    let (server, processed) = api::start_healthy();
    let database = Database::empty().await;
    let start = || {
        let mut command = test("example::works");
        Process::start(command.env(DATABASE, &database.location).env(URL, server.url()))
    };
    let mut workers = [start(), start()];
    postgres_workers::run(database.pool.clone(), client(server.url()), &["enqueue", "200"]).await.unwrap();
    database.drained().await;
    assert_eq!((processed.list().len(), processed.twice()), (200, Vec::new()));
    tokio::time::sleep(Duration::from_millis(500)).await;
    for worker in &mut workers {
        worker.signal("-INT");
        assert!(worker.ended().await.success());
    }
}
