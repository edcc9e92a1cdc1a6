//! The shared stores of the fleets.

use std::sync::Arc;

use talkable_api::throttle::{SharedStore, Snapshot, StoreFuture, Swap};
use talkable_outbox::ThrottleStore;
use talkable_outbox::sqlx::postgres::PgPoolOptions;
use talkable_throttle_redis::RedisStore;

use crate::event::Event;

/// A store that reports its operations.
#[derive(Clone)]
pub(crate) struct Reported(Arc<dyn SharedStore>);

impl Reported {
    /// Opens the store with a URL, even if its server is not available.
    pub(crate) fn open(url: &str) -> Self {
        Self(if url.starts_with("postgres:") {
            let pool = PgPoolOptions::new().max_connections(2).connect_lazy(url).unwrap();
            Arc::new(ThrottleStore::new(pool))
        } else {
            Arc::new(RedisStore::open(url).unwrap())
        })
    }
}

impl SharedStore for Reported {
    fn load<'a>(&'a self, key: &'a str) -> StoreFuture<'a, Snapshot> {
        Event::Stored.report();
        self.0.load(key)
    }

    fn compare_and_set<'a>(&'a self, key: &'a str, expected_version: u64, blob: &'a [u8]) -> StoreFuture<'a, Swap> {
        Event::Stored.report();
        self.0.compare_and_set(key, expected_version, blob)
    }
}
