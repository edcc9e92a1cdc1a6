//! The time until an idle worker sends a new entry, and until a worker takes over the entry of a killed process.

use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use fake_server::{Server, json};
use talkable_outbox::{Outbox, Worker};
use tokio::task::JoinHandle;

use crate::database::{Database, Sqlite};
use crate::drain::{client, update};
use crate::{is_selected, median, report_time};

const LEASE: Duration = Duration::from_secs(12);

const CHILD: &str = "OUTBOX_BENCH_CHILD";

/// An API that records the time of its last request.
struct Api {
    server: Server,
    last: Arc<Mutex<Option<Instant>>>,
}

impl Api {
    fn start() -> Self {
        let last = Arc::new(Mutex::new(None));
        let seen = Arc::clone(&last);
        let server = Server::start(move |_| {
            *seen.lock().unwrap() = Some(Instant::now());
            std::future::ready(json(200, r#"{"ok":true,"result":{}}"#))
        });
        Self { server, last }
    }

    /// Waits for a request and returns its time.
    async fn request(&self) -> Instant {
        loop {
            if let Some(time) = self.last.lock().unwrap().take() {
                return time;
            }
            tokio::time::sleep(Duration::from_micros(200)).await;
        }
    }

    fn worker(&self, outbox: &Outbox) -> JoinHandle<()> {
        tokio::spawn(Worker::new(outbox.clone(), client(self.server.url())).lease(LEASE).run(std::future::pending()))
    }
}

/// Compares the time from the commit to the request with the time of an insertion.
pub(crate) async fn wake_up<D: Database>(database: &D) {
    let name = format!("{}: wake-up", D::NAME);
    if !is_selected(&name) {
        return;
    }
    let api = Api::start();
    // Entries of other processes come through other connections.
    let other = D::open(database.location()).await;
    let worker = api.worker(database.outbox());
    tokio::time::sleep(Duration::from_secs(1)).await;
    let outbox = median(21, async || {
        tokio::time::sleep(Duration::from_millis(170)).await;
        other.enqueue(&[update(0)]).await;
        let committed = Instant::now();
        api.request().await.saturating_duration_since(committed)
    });
    let outbox = outbox.await;
    worker.abort();
    let plain = median(21, async || {
        let began = Instant::now();
        database.insert(1).await;
        began.elapsed()
    });
    report_time(&name, outbox, plain.await);
    database.run("DELETE FROM talkable_outbox; DELETE FROM plain").await;
}

/// Compares the time from the death of a process to the next request with the lease.
pub(crate) async fn recovery<D: Database>(database: &D) {
    let name = format!("{}: recovery after kill -9, compared with the lease", D::NAME);
    if !is_selected(&name) {
        return;
    }
    let api = Api::start();
    database.enqueue(&[update(0)]).await;
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.env(CHILD, format!("{} {}", database.location(), api.server.url())).stdout(Stdio::null());
    command.env("TALKABLE_OUTBOX_FAIL_POINT", "claimed:KILL:1");
    let mut child = command.spawn().unwrap();
    let killed = tokio::task::spawn_blocking(move || {
        child.wait().unwrap();
        Instant::now()
    });
    let killed = killed.await.unwrap();
    let worker = api.worker(database.outbox());
    report_time(&name, api.request().await.saturating_duration_since(killed), LEASE);
    worker.abort();
    database.run("DELETE FROM talkable_outbox").await;
}

/// The database and the API, if this is the process that is killed.
pub(crate) fn child() -> Option<(String, String)> {
    let setting = std::env::var(CHILD).ok()?;
    setting.split_once(' ').map(|(location, url)| (location.to_owned(), url.to_owned()))
}

pub(crate) async fn run_child(location: &str, url: &str) {
    #[cfg(feature = "postgres")]
    if location.starts_with("postgres:") {
        return work(&crate::database::Postgres::open(location).await, url).await;
    }
    work(&Sqlite::open(location).await, url).await;
}

async fn work(database: &impl Database, url: &str) {
    Worker::new(database.outbox().clone(), client(url)).lease(LEASE).run(std::future::pending()).await;
}
