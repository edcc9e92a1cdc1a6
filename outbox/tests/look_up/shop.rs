//! A sandbox, and an outbox whose clocks the tests set.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU32, Ordering};
use std::time::{Duration, Instant};

use serde_json::Value;
use sqlx::sqlite::{SqliteConnectOptions, SqlitePool};
use talkable_api::types::NewPurchase;
use talkable_api::{Client, Decimal, StoredCall};
use talkable_outbox::{Doubt, Entry, EntryId, Filter, Listed, Outbox, Resolution, State, Worker, sqlx};
use talkable_sandbox::{Clock, Sandbox};
use tokio::sync::oneshot;

pub(crate) const MINUTE: Duration = Duration::from_mins(1);

/// A sandbox, and an outbox in a temporary file. Their clocks start in the past, so that they can catch up with the
/// system clock before a call is looked up.
pub(crate) struct Shop {
    pub(crate) sandbox: Sandbox,
    pub(crate) client: Client,
    pub(crate) outbox: Outbox,
    pub(crate) pool: SqlitePool,
    folder: PathBuf,
    /// The difference of the clocks in milliseconds.
    pub(crate) difference: Arc<AtomicI64>,
}

impl Shop {
    pub(crate) async fn new() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let start = talkable_api::now().to_utc() - Duration::from_hours(13);
        let sandbox = Sandbox::builder().clock(Clock::frozen_at(start)).start().await.unwrap();
        let client = sandbox.client().unwrap();
        let number = NEXT.fetch_add(1, Ordering::SeqCst);
        let folder = std::env::temp_dir().join(format!("talkable-look-up-{}-{number}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let options = SqliteConnectOptions::new().filename(folder.join("shop.db")).create_if_missing(true);
        let pool = SqlitePool::connect_with(options).await.unwrap();
        let (clock, difference) = (sandbox.clock().clone(), Arc::new(AtomicI64::new(0)));
        let offset = Arc::clone(&difference);
        let now = move || clock.now().timestamp_millis() + offset.load(Ordering::SeqCst);
        let outbox = Outbox::sqlite(pool.clone()).clock(Arc::new(now));
        outbox.migrate().await.unwrap();
        Self { sandbox, client, outbox, pool, folder, difference }
    }

    pub(crate) fn advance(&self, duration: Duration) {
        assert!(self.sandbox.clock().advance(duration));
    }

    /// Advances the clocks to the time of the system.
    pub(crate) fn catch_up(&self) {
        let left = talkable_api::now().to_utc() - self.sandbox.clock().now();
        self.advance(left.to_std().unwrap());
    }

    /// Changes the recorded times of an entry, as if its call had failed earlier.
    pub(crate) async fn fail_earlier(&self, id: EntryId, duration: Duration) {
        let update = "UPDATE talkable_outbox SET sent = sent - $2, sent_until = sent_until - $2, changed = changed - $2
            WHERE id = $1";
        let milliseconds = i64::try_from(duration.as_millis()).unwrap();
        sqlx::query(update).bind(id).bind(milliseconds).execute(&self.pool).await.unwrap();
    }

    /// Looks up a doubtful call.
    pub(crate) async fn look_up(&self, id: EntryId) -> Option<Resolution> {
        self.outbox.look_up(&self.client, self.doubt(id).await).await.unwrap()
    }

    pub(crate) async fn doubt(&self, id: EntryId) -> Doubt {
        self.listed(id).await.doubt.unwrap()
    }

    pub(crate) async fn listed(&self, id: EntryId) -> Listed {
        self.outbox.list(&Filter::default().after(id - 1).limit(1)).await.unwrap().swap_remove(0)
    }

    /// Creates a purchase half an hour earlier, which also earns points, and returns the code of its offer.
    pub(crate) async fn offer(&self) -> String {
        let purchase = NewPurchase::new("jane@example.com", "2000", Decimal::TEN);
        let created = self.client.origins().create_purchase(&purchase).await.unwrap();
        self.advance(MINUTE * 30);
        created.offer.unwrap().short_url_code
    }

    pub(crate) async fn add(&self, mut call: Value) -> EntryId {
        call["version"] = 1.into();
        call["site_slug"] = self.sandbox.site_slug().into();
        if let Some(body) = call.get("body").map(Value::to_string) {
            call["body"] = body.into();
        }
        let entry = Entry::from(serde_json::from_value::<StoredCall>(call).unwrap());
        let mut transaction = self.pool.begin_with("BEGIN IMMEDIATE").await.unwrap();
        let ids = self.outbox.enqueue_all(&mut *transaction, &[entry]).await.unwrap();
        transaction.commit().await.unwrap();
        ids[0]
    }

    /// Runs a worker until an entry has a state.
    pub(crate) async fn send(&self, id: EntryId, state: State) {
        let (stop, stopped) = oneshot::channel::<()>();
        let worker = Worker::new(self.outbox.clone(), self.client.clone());
        let running = tokio::spawn(worker.run(async move { stopped.await.unwrap_or_default() }));
        eventually(async || self.state(id).await == state, &format!("the entry is {state:?}")).await;
        drop(stop);
        running.await.unwrap();
    }

    pub(crate) async fn state(&self, id: EntryId) -> State {
        self.listed(id).await.state.unwrap()
    }
}

impl Drop for Shop {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

pub(crate) async fn eventually(mut condition: impl AsyncFnMut() -> bool, what: &str) {
    let began = Instant::now();
    while !condition().await {
        assert!(began.elapsed() < Duration::from_secs(30), "within 30 seconds: {what}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}
