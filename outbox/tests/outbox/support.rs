//! The outbox and the entries of the tests.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, Instant};

use serde_json::json;
use sqlx::Row as _;
use talkable_api::{Client, StoredCall};
use talkable_outbox::{Enqueued, Entry, EntryId, Filter, Listed, Outbox, State, Worker, sqlx};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::backend::{self, Pool};

/// An outbox in a new database.
pub(crate) struct Database {
    pub(crate) outbox: Outbox,
    pub(crate) pool: Pool,
    /// The database as text, for child processes.
    pub(crate) location: String,
    _folder: Option<backend::Folder>,
}

impl Database {
    pub(crate) async fn new() -> Self {
        let database = Self::empty().await;
        database.outbox.migrate().await.unwrap();
        database
    }

    /// A database with a clock that only the test advances, and its time in milliseconds.
    pub(crate) async fn with_clock() -> (Self, Arc<AtomicI64>) {
        let mut database = Self::new().await;
        let time = Arc::new(AtomicI64::new(1_800_000_000_000));
        let clock = Arc::clone(&time);
        database.outbox = database.outbox.clone().clock(Arc::new(move || clock.load(Ordering::SeqCst)));
        (database, time)
    }

    /// A database without the tables.
    pub(crate) async fn empty() -> Self {
        let (location, folder) = backend::create().await;
        Self { _folder: Some(folder), ..Self::open(&location).await }
    }

    pub(crate) async fn open(location: &str) -> Self {
        let (pool, outbox) = backend::open(location).await;
        Self { outbox, pool, location: location.to_owned(), _folder: None }
    }

    pub(crate) async fn enqueue(&self, entry: &Entry) -> Enqueued {
        let mut transaction = backend::begin(&self.pool).await;
        let enqueued = self.outbox.enqueue(&mut *transaction, entry).await.unwrap();
        transaction.commit().await.unwrap();
        enqueued
    }

    /// Enqueues entries in one transaction and returns their ids.
    pub(crate) async fn add_all(&self, entries: &[Entry]) -> Vec<EntryId> {
        let mut transaction = backend::begin(&self.pool).await;
        let ids = self.outbox.enqueue_all(&mut *transaction, entries).await.unwrap();
        transaction.commit().await.unwrap();
        ids
    }

    /// Enqueues an entry and returns its id.
    pub(crate) async fn add(&self, entry: &Entry) -> EntryId {
        match self.enqueue(entry).await {
            Enqueued::New(id) => id,
            Enqueued::Duplicate => panic!("the entry is new"),
        }
    }

    pub(crate) async fn state(&self, id: EntryId) -> State {
        self.listed(id).await.state.unwrap()
    }

    pub(crate) async fn listed(&self, id: EntryId) -> Listed {
        self.outbox.list(&Filter::default().after(id - 1).limit(1)).await.unwrap().swap_remove(0)
    }

    /// The result of a query for one number.
    pub(crate) async fn count(&self, query: &'static str) -> i64 {
        sqlx::query_scalar(query).fetch_one(&self.pool).await.unwrap()
    }

    /// The text in all columns of all entries.
    pub(crate) async fn text_of_all_rows(&self) -> String {
        let rows = sqlx::query("SELECT * FROM talkable_outbox").fetch_all(&self.pool).await.unwrap();
        let cells = rows.iter().flat_map(|row| (0..row.len()).map(|column| row.try_get::<Option<String>, _>(column)));
        cells.filter_map(|cell| cell.ok().flatten()).collect::<Vec<_>>().join("\n")
    }

    /// Waits until an entry has a state.
    pub(crate) async fn wait_for(&self, id: EntryId, state: State) {
        let began = Instant::now();
        while self.state(id).await != state {
            if began.elapsed() > Duration::from_mins(1) {
                let entries = self.outbox.list(&Filter::default()).await.unwrap();
                panic!("within a minute: entry {id} is {state:?}; {entries:#?}");
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Waits until a site is paused for a reason.
    pub(crate) async fn paused(&self, reason: &str) {
        let paused = async || self.outbox.stats().await.unwrap().pauses.iter().any(|pause| pause.reason == reason);
        eventually(paused, "the site is paused").await;
    }

    /// Waits until no entry is ready or in flight.
    pub(crate) async fn drained(&self) {
        let drained = async || {
            let stats = self.outbox.stats().await.unwrap();
            stats.ready + stats.in_flight == 0
        };
        eventually(drained, "all entries are settled").await;
    }
}

/// Waits for a condition, and fails after a minute.
pub(crate) async fn eventually(mut condition: impl AsyncFnMut() -> bool, what: &str) {
    let began = Instant::now();
    while !condition().await {
        assert!(began.elapsed() < Duration::from_mins(1), "within a minute: {what}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

pub(crate) fn client(url: &str) -> Client {
    Client::builder().api_key("sesame-0123").site_slug("my-store").base_url(url).build().unwrap()
}

/// A worker with short pauses.
pub(crate) fn worker(outbox: &Outbox, url: &str) -> Worker {
    let worker = Worker::new(outbox.clone(), client(url)).lease(Duration::from_secs(8));
    worker.poll(Duration::from_secs(1)).pauses(Duration::from_millis(50), Duration::from_secs(1))
}

/// A running worker.
pub(crate) struct Running {
    stop: Option<oneshot::Sender<()>>,
    task: JoinHandle<()>,
}

impl Running {
    pub(crate) fn start(worker: Worker) -> Self {
        let (stop, stopped) = oneshot::channel();
        let task = tokio::spawn(worker.run(async move {
            let _ = stopped.await;
        }));
        Self { stop: Some(stop), task }
    }

    pub(crate) async fn stop(mut self) {
        drop(self.stop.take());
        self.task.await.unwrap();
    }
}

/// A purchase, which is not idempotent.
pub(crate) fn purchase(order: &str) -> Entry {
    let body =
        json!({"type": "Purchase", "data": {"email": "jane@example.com", "order_number": order, "subtotal": 9.5}});
    entry("createOrigin", &[], Some(body)).key(order)
}

/// A refund, which is not idempotent.
pub(crate) fn refund(order: &str) -> Entry {
    entry("markOriginAsRefunded", &[order], Some(json!({"data": {}}))).key(order)
}

/// An update of a person, which is idempotent.
pub(crate) fn update(person: &str) -> Entry {
    entry("updatePerson", &[person], Some(json!({"data": {"first_name": "Jane"}})))
}

fn entry(operation: &str, arguments: &[&str], body: Option<serde_json::Value>) -> Entry {
    let body = body.map(|body| body.to_string());
    let stored = json!({
        "version": 1, "operation": operation, "site_slug": "my-store", "path_arguments": arguments, "body": body,
    });
    Entry::from(serde_json::from_value::<StoredCall>(stored).unwrap())
}
