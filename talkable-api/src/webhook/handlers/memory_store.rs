//! An in-memory store of handled webhooks.

use std::collections::{HashSet, VecDeque};
use std::convert::Infallible;
use std::sync::{Mutex, PoisonError};

use super::store::DeduplicationStore;
use crate::webhook::Fingerprint;

/// An in-memory store of the most recently handled webhooks.
///
/// Its contents are lost when the process exits, so use it only if handling a webhook twice is harmless.
#[derive(Debug)]
pub struct MemoryStore {
    capacity: usize,
    handled: Mutex<Handled>,
}

#[derive(Debug, Default)]
struct Handled {
    set: HashSet<Fingerprint>,
    order: VecDeque<Fingerprint>,
}

impl MemoryStore {
    /// Creates a store for `capacity` webhooks, each of which uses about 100 bytes of memory. If the store is full, it drops
    /// the oldest webhook.
    pub fn new(capacity: usize) -> Self {
        Self { capacity, handled: Mutex::default() }
    }
}

impl DeduplicationStore for MemoryStore {
    type Error = Infallible;

    async fn is_handled(&self, fingerprint: Fingerprint) -> Result<bool, Infallible> {
        // The collections are valid even if a panic has poisoned the lock.
        Ok(self.handled.lock().unwrap_or_else(PoisonError::into_inner).set.contains(&fingerprint))
    }

    async fn mark_handled(&self, fingerprint: Fingerprint) -> Result<(), Infallible> {
        let mut handled = self.handled.lock().unwrap_or_else(PoisonError::into_inner);
        if handled.set.insert(fingerprint) {
            handled.order.push_back(fingerprint);
        }
        while handled.order.len() > self.capacity {
            if let Some(oldest) = handled.order.pop_front() {
                handled.set.remove(&oldest);
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn drops_the_oldest_first() {
        let store = MemoryStore::new(2);
        let [one, two, three] = ["1", "2", "3"].map(|payload| Fingerprint::new(None, None, payload));
        let is_handled = async |fingerprint| matches!(store.is_handled(fingerprint).await, Ok(true));
        for fingerprint in [one, two, two] {
            let Ok(()) = store.mark_handled(fingerprint).await;
        }
        assert!(is_handled(one).await && is_handled(two).await && !is_handled(three).await);
        let Ok(()) = store.mark_handled(three).await;
        assert!(!is_handled(one).await && is_handled(two).await && is_handled(three).await);
    }
}
