//! Workers in child processes, which the tests kill and suspend. A child runs this test program with an environment variable.

use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use tokio::signal::unix::{SignalKind, signal};

use crate::support::{Database, worker};

const DATABASE: &str = "OUTBOX_TEST_DATABASE";
const URL: &str = "OUTBOX_TEST_URL";
const LEASE: &str = "OUTBOX_TEST_LEASE_MS";
const FAIL_POINT: &str = "TALKABLE_OUTBOX_FAIL_POINT";

/// A child process that runs a worker. It is killed when it is dropped.
pub(crate) struct Process(Child);

impl Process {
    /// Starts a worker. `fail_point` is `NAME:SIGNAL:COUNT`.
    pub(crate) fn worker(database: &str, url: &str, lease: Duration, fail_point: &str) -> Self {
        let mut command = test("child::runs_a_worker");
        command.env(DATABASE, database).env(URL, url).env(LEASE, lease.as_millis().to_string());
        Self::start(command.env(FAIL_POINT, fail_point))
    }

    /// Starts a test of this program, which gets the [`arguments`](Self::arguments).
    pub(crate) fn run(name: &str, database: &str, url: &str) -> Self {
        Self::start(test(name).env(DATABASE, database).env(URL, url))
    }

    /// The arguments of [`run`](Self::run), or `None` if this is not a child process.
    pub(crate) async fn arguments() -> Option<(Database, String)> {
        let (location, url) = (std::env::var(DATABASE).ok()?, std::env::var(URL).ok()?);
        Some((Database::open(&location).await, url))
    }

    pub(crate) fn start(command: &mut Command) -> Self {
        Self(command.stdout(Stdio::null()).spawn().unwrap())
    }

    /// Waits until the process was killed by a signal.
    pub(crate) async fn killed(&mut self) {
        let status = self.ended().await;
        assert_eq!(status.code(), None, "the process was killed");
    }

    #[allow(dead_code, reason = "only the tests of the inbox use it")]
    pub(crate) fn has_ended(&mut self) -> bool {
        self.0.try_wait().unwrap().is_some()
    }

    pub(crate) async fn ended(&mut self) -> ExitStatus {
        let began = Instant::now();
        loop {
            if let Some(status) = self.0.try_wait().unwrap() {
                return status;
            }
            assert!(began.elapsed() < Duration::from_mins(1), "the process ends within a minute");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    /// Waits until the process has stopped itself with SIGSTOP.
    pub(crate) async fn stopped(&self) {
        let began = Instant::now();
        let path = format!("/proc/{}/stat", self.0.id());
        while !std::fs::read_to_string(&path).unwrap().contains(") T ") {
            assert!(began.elapsed() < Duration::from_mins(1), "the process stops within a minute");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    pub(crate) fn id(&self) -> String {
        self.0.id().to_string()
    }

    pub(crate) fn signal(&self, signal: &str) {
        let status = Command::new("kill").args([signal, &self.0.id().to_string()]).status().unwrap();
        assert!(status.success());
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A command that runs one test of this program.
pub(crate) fn test(name: &str) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args([name, "--exact", "--nocapture"]);
    command
}

/// Stops or kills the current process.
pub(crate) fn signal_self(signal: &str) {
    let _ = Command::new("kill").args([signal, &std::process::id().to_string()]).status();
}

/// The work of the child process, which ends after a SIGTERM. Without the variables, the test does nothing.
#[tokio::test]
async fn runs_a_worker() {
    let Ok(lease) = std::env::var(LEASE) else { return };
    let Some((database, url)) = Process::arguments().await else { return };
    let lease = Duration::from_millis(lease.parse().unwrap());
    let mut terminated = signal(SignalKind::terminate()).unwrap();
    let stop = async { terminated.recv().await.unwrap_or_default() };
    worker(&database.outbox, &url).lease(lease).run(stop).await;
}
