//! The state of the throttle, and the store that shares it among the processes of a fleet.

pub use crate::send::throttle::store::{MemoryStore, SharedStore, Snapshot, StoreError, StoreFuture, Swap};
