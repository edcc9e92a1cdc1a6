//! An in-memory store of handled webhooks.

use std::collections::{HashMap, HashSet, VecDeque};
use std::convert::Infallible;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use super::store::{Claim, DeduplicationStore, Lease};
use crate::webhook::Fingerprint;

/// An in-memory store of the most recently handled webhooks.
///
/// Its contents are lost when the process exits, so use it only if handling a webhook twice is harmless.
#[derive(Debug)]
pub struct MemoryStore {
    capacity: usize,
    webhooks: Mutex<Webhooks>,
}

#[derive(Debug, Default)]
struct Webhooks {
    handled: HashSet<Fingerprint>,
    /// The handled webhooks, oldest first.
    order: VecDeque<Fingerprint>,
    /// The token and the end of each lease.
    leases: HashMap<Fingerprint, (i64, Option<Instant>)>,
}

impl MemoryStore {
    /// Creates a store for `capacity` handled webhooks, each of which uses about 100 bytes of memory. If the store is full, it
    /// drops the oldest one.
    pub fn new(capacity: usize) -> Self {
        Self { capacity, webhooks: Mutex::default() }
    }

    fn webhooks(&self) -> MutexGuard<'_, Webhooks> {
        // The collections are valid even if a panic has poisoned the lock.
        self.webhooks.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl DeduplicationStore for MemoryStore {
    type Error = Infallible;

    async fn claim(&self, lease: Lease) -> Result<Claim, Infallible> {
        let (mut webhooks, now) = (self.webhooks(), Instant::now());
        if webhooks.handled.contains(&lease.fingerprint) {
            return Ok(Claim::Done);
        }
        // A lease without an end never expires.
        let is_valid = |end: &Option<Instant>| end.is_none_or(|end| now < end);
        if webhooks.leases.get(&lease.fingerprint).is_some_and(|(_, end)| is_valid(end)) {
            return Ok(Claim::InProgress);
        }
        if webhooks.leases.len() >= self.capacity {
            webhooks.leases.retain(|_, (_, end)| is_valid(end));
        }
        webhooks.leases.insert(lease.fingerprint, (lease.token, now.checked_add(lease.duration)));
        Ok(Claim::New)
    }

    async fn complete(&self, lease: Lease) -> Result<(), Infallible> {
        let mut webhooks = self.webhooks();
        webhooks.leases.remove(&lease.fingerprint);
        if webhooks.handled.insert(lease.fingerprint) {
            webhooks.order.push_back(lease.fingerprint);
        }
        while webhooks.order.len() > self.capacity {
            if let Some(oldest) = webhooks.order.pop_front() {
                webhooks.handled.remove(&oldest);
            }
        }
        Ok(())
    }

    async fn release(&self, lease: Lease) -> Result<(), Infallible> {
        let mut webhooks = self.webhooks();
        if webhooks.leases.get(&lease.fingerprint).is_some_and(|(token, _)| *token == lease.token) {
            webhooks.leases.remove(&lease.fingerprint);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    const MINUTE: Duration = Duration::from_secs(60);

    fn lease(payload: &str, duration: Duration) -> Lease {
        Lease::new(Fingerprint::new(None, None, payload), duration)
    }

    async fn claim(store: &MemoryStore, lease: Lease) -> Claim {
        let Ok(claim) = store.claim(lease).await;
        claim
    }

    #[tokio::test]
    async fn drops_the_oldest_first() {
        let store = MemoryStore::new(2);
        let [one, two, three] = ["1", "2", "3"].map(|payload| lease(payload, MINUTE));
        for lease in [one, two, two, three] {
            let Ok(()) = store.complete(lease).await;
        }
        assert_eq!(claim(&store, one).await, Claim::New);
        assert_eq!((claim(&store, two).await, claim(&store, three).await), (Claim::Done, Claim::Done));
    }

    #[tokio::test]
    async fn leases_a_webhook_to_one_handler_at_a_time() {
        let store = MemoryStore::new(2);
        let first = lease("1", MINUTE);
        assert_eq!(claim(&store, first).await, Claim::New);
        assert_eq!(claim(&store, lease("1", MINUTE)).await, Claim::InProgress);
        let Ok(()) = store.release(first).await;

        // The handler of an expired lease must not end the lease of its successor.
        let expired = lease("1", Duration::ZERO);
        assert_eq!(claim(&store, expired).await, Claim::New);
        assert_eq!(claim(&store, lease("1", Duration::MAX)).await, Claim::New);
        let Ok(()) = store.release(expired).await;
        assert_eq!(claim(&store, lease("1", MINUTE)).await, Claim::InProgress);
        let Ok(()) = store.complete(expired).await;
        assert_eq!(claim(&store, lease("1", MINUTE)).await, Claim::Done);
    }
}
