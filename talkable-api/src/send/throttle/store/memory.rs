//! A store in memory, for tests.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use tokio::time::Instant;

use super::{SharedStore, Snapshot, StoreFuture, Swap};

/// A [`SharedStore`] in the memory of one process, for tests with several clients.
///
/// Its clock follows Tokio's, so it can be paused.
#[derive(Debug)]
pub struct MemoryStore {
    /// An instant, and the time of the store's clock at that instant.
    clock: (Instant, Duration),
    values: Mutex<Values>,
}

#[derive(Debug, Default)]
struct Values {
    by_key: BTreeMap<String, (u64, Vec<u8>)>,
    last_version: u64,
}

impl MemoryStore {
    /// Creates an empty store.
    #[must_use]
    pub fn new() -> Self {
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        Self { clock: (Instant::now(), now), values: Mutex::default() }
    }

    /// Deletes all values.
    pub fn clear(&self) {
        self.lock().by_key.clear();
    }

    fn now(&self) -> Duration {
        self.clock.1 + self.clock.0.elapsed()
    }

    fn lock(&self) -> MutexGuard<'_, Values> {
        self.values.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn snapshot(&self, key: &str) -> Snapshot {
        match self.lock().by_key.get(key) {
            Some((version, blob)) => Snapshot::new(*version, blob.clone(), self.now()),
            None => Snapshot::absent(self.now()),
        }
    }

    fn swap(&self, key: &str, expected_version: u64, blob: &[u8]) -> Swap {
        let mut values = self.lock();
        let version = values.by_key.get(key).map_or(0, |(version, _)| *version);
        if version != expected_version {
            drop(values);
            return Swap::Refused(self.snapshot(key));
        }
        values.last_version += 1;
        let version = values.last_version;
        values.by_key.insert(key.to_owned(), (version, blob.to_vec()));
        Swap::Stored { version, now: self.now() }
    }
}

impl Default for MemoryStore {
    fn default() -> Self {
        Self::new()
    }
}

impl SharedStore for MemoryStore {
    fn load<'a>(&'a self, key: &'a str) -> StoreFuture<'a, Snapshot> {
        Box::pin(async move { Ok(self.snapshot(key)) })
    }

    fn compare_and_set<'a>(&'a self, key: &'a str, expected_version: u64, blob: &'a [u8]) -> StoreFuture<'a, Swap> {
        Box::pin(async move { Ok(self.swap(key, expected_version, blob)) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn replaces_only_the_expected_version() {
        let store = MemoryStore::new();
        let absent = store.load("a").await.expect("memory is available");
        assert_eq!((absent.version, absent.blob.is_empty()), (0, true));
        let stored = store.compare_and_set("a", 0, b"one").await.expect("memory is available");
        let Swap::Stored { version, now } = stored else { panic!("{stored:?}") };
        assert_eq!(
            store.compare_and_set("b", 0, b"other").await.ok(),
            Some(Swap::Stored { version: version + 1, now })
        );
        let current = Snapshot::new(version, b"one".to_vec(), now);
        let refused = store.compare_and_set("a", 0, b"two").await.expect("memory is available");
        assert_eq!(refused, Swap::Refused(current));
        tokio::time::advance(Duration::from_secs(1)).await;
        assert_eq!(store.load("a").await.expect("memory is available").now, now + Duration::from_secs(1));
    }

    #[tokio::test]
    async fn never_repeats_a_version() {
        let store = MemoryStore::new();
        let Ok(Swap::Stored { version, .. }) = store.compare_and_set("a", 0, b"one").await else { panic!("is empty") };
        store.clear();
        let Ok(Swap::Stored { version: next, .. }) = store.compare_and_set("a", 0, b"two").await else {
            panic!("was cleared")
        };
        assert!(next > version);
    }
}
