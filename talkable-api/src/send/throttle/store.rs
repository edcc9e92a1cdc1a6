//! The store that the processes of a fleet share.

mod memory;

use std::error::Error;
use std::pin::Pin;
use std::time::Duration;

pub use self::memory::MemoryStore;

/// The error of a failed store operation.
pub type StoreError = Box<dyn Error + Send + Sync>;

/// The future of a store operation.
pub type StoreFuture<'a, T> = Pin<Box<dyn Future<Output = Result<T, StoreError>> + Send + 'a>>;

/// A store shared by the processes of a fleet, such as a table or a key of a database.
///
/// For each key, the store keeps one value of a few kilobytes, with a version. The client chooses the keys, one for each site,
/// and the content of the values. A store must meet these requirements:
///
/// - [`compare_and_set`](Self::compare_and_set) is atomic. Of several calls with the same expected version, at most one succeeds.
/// - A key never gets the same version twice, even if it is deleted and created again. For example, the version of a new key can
///   be the time in microseconds, and each further version one more.
/// - All processes get the time from one clock, that of the database. It may be wrong, and may be corrected at any time.
/// - A value may be deleted at any time. Keys that were not written for a day can be deleted.
///
/// The client polls the futures in a background task and cancels them if they take too long. Calls never wait for them. Values
/// do not need to survive a crash of the database.
///
/// [`MemoryStore`] is an implementation for tests.
pub trait SharedStore: Send + Sync + 'static {
    /// Loads the value of a key and the store's clock.
    ///
    /// # Errors
    ///
    /// If the store is unavailable. The client tries again later.
    fn load<'a>(&'a self, key: &'a str) -> StoreFuture<'a, Snapshot>;

    /// Replaces the value of a key if its current version is `expected_version`, which is 0 for an absent key.
    ///
    /// A refused operation returns the current value. This saves the client a second operation, so implementations should
    /// compare, set and load in a single round trip.
    ///
    /// # Errors
    ///
    /// If the store is unavailable. The client treats the value as unchanged, although it may have been replaced.
    fn compare_and_set<'a>(&'a self, key: &'a str, expected_version: u64, blob: &'a [u8]) -> StoreFuture<'a, Swap>;
}

/// The value of a key at one point in time.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Snapshot {
    /// The version of the value. 0 if the key is absent.
    pub version: u64,
    /// The value. Empty if the key is absent.
    pub blob: Vec<u8>,
    /// The time of the store's clock, since the Unix epoch.
    pub now: Duration,
}

/// The result of [`SharedStore::compare_and_set`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Swap {
    /// The value was replaced.
    Stored {
        /// The version of the new value, which is not 0.
        version: u64,
        /// The time of the store's clock, since the Unix epoch.
        now: Duration,
    },
    /// The key has another version. Contains its current value.
    Refused(Snapshot),
}

impl Snapshot {
    /// Creates the snapshot of a key that exists.
    #[must_use]
    pub fn new(version: u64, blob: Vec<u8>, now: Duration) -> Self {
        Self { version, blob, now }
    }

    /// Creates the snapshot of an absent key.
    #[must_use]
    pub fn absent(now: Duration) -> Self {
        Self { version: 0, blob: Vec::new(), now }
    }
}
