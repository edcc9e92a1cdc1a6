//! A worker process that is killed or suspended at one of its steps.

use std::process::Command;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use fake_server::Server;

use crate::api::{self, Processed, success};
use crate::child::Process;
use crate::support::Database;

/// The steps at which a worker process receives a signal: after the claim; in the queue of the throttle; after the mark; after the
/// request, before the response; after the response; in the transaction that records the outcome; after that transaction.
pub(crate) const POINTS: [&str; 7] = ["claimed", "queued", "marked", "requested", "answered", "settling", "settled"];

/// The process, and the point at which it receives a signal.
#[derive(Clone)]
pub(crate) struct Victim {
    point: String,
    signal: &'static str,
    pid: Arc<Mutex<Option<String>>>,
}

impl Victim {
    pub(crate) fn at(point: &str, signal: &'static str) -> Self {
        assert!(POINTS.contains(&point));
        Self { point: point.to_owned(), signal, pid: Arc::default() }
    }

    /// Starts an API that processes all calls. At the point `requested`, it signals the process before the first response.
    pub(crate) fn start_api(&self) -> (Server, Processed) {
        let victim = self.clone();
        api::start(move |request, number, processed| {
            processed.add(request);
            if victim.point == "requested" && number == 0 {
                // The child process sends the first request, as soon as it runs.
                let pid = victim.pid.lock().unwrap().clone().unwrap();
                assert!(Command::new("kill").args([victim.signal, &pid]).status().unwrap().success());
            }
            success()
        })
    }

    pub(crate) fn start_worker(&self, database: &Database, server: &Server, lease: Duration) -> Process {
        let fail_point = format!("{}:{}:1", self.point, self.signal.trim_start_matches('-'));
        // The handler waits for the lock, so that it reads the id of the process.
        let mut pid = self.pid.lock().unwrap();
        let process = Process::worker(&database.location, server.url(), lease, &fail_point);
        *pid = Some(process.id());
        process
    }
}
