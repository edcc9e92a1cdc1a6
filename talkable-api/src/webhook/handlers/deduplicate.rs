//! What was dealt with already, since Talkable sends a webhook until it has an answer.
//!
//! ```
//! use talkable_api::webhook::{Deduplicate, Fingerprint, Recent};
//!
//! async fn once(store: &Recent, delivery: Fingerprint) -> bool {
//!     let Ok(is_handled) = store.is_handled(delivery).await;
//!     is_handled
//! }
//! ```

use std::collections::{HashSet, VecDeque};
use std::convert::Infallible;
use std::sync::{Mutex, PoisonError};

use super::{BoxError, BoxFuture};
use crate::webhook::Fingerprint;

/// A store of what was dealt with.
///
/// A delivery is marked after its handler has succeeded, so none is lost when a process dies in between; the handler is
/// called again then.
///
/// ```
/// use talkable_api::webhook::{Deduplicate, Fingerprint};
///
/// # struct Database;
/// # impl Database {
/// #     async fn has(&self, _: &[u8]) -> Result<bool, std::io::Error> { Ok(false) }
/// #     async fn insert(&self, _: &[u8]) -> Result<(), std::io::Error> { Ok(()) }
/// # }
/// struct Deliveries(Database);
///
/// impl Deduplicate for Deliveries {
///     type Error = std::io::Error;
///
///     async fn is_handled(&self, delivery: Fingerprint) -> Result<bool, Self::Error> {
///         self.0.has(delivery.as_bytes()).await
///     }
///
///     async fn mark_handled(&self, delivery: Fingerprint) -> Result<(), Self::Error> {
///         self.0.insert(delivery.as_bytes()).await
///     }
/// }
/// ```
pub trait Deduplicate: Send + Sync + 'static {
    /// Why it can't be said.
    type Error: Into<BoxError> + Send;

    /// Whether a delivery was dealt with.
    fn is_handled(&self, delivery: Fingerprint) -> impl Future<Output = Result<bool, Self::Error>> + Send;

    /// Remembers that a delivery was dealt with.
    fn mark_handled(&self, delivery: Fingerprint) -> impl Future<Output = Result<(), Self::Error>> + Send;
}

/// The last deliveries, in the memory of this process.
///
/// It forgets them when the process ends, which is enough where doing something twice does no harm.
///
/// ```
/// let store = talkable_api::webhook::Recent::new(10_000); // about a megabyte
/// ```
#[derive(Debug)]
pub struct Recent {
    capacity: usize,
    known: Mutex<Known>,
}

#[derive(Debug, Default)]
struct Known {
    set: HashSet<Fingerprint>,
    order: VecDeque<Fingerprint>,
}

impl Recent {
    /// Of so many deliveries at most; the oldest is forgotten first.
    ///
    /// ```
    /// let store = talkable_api::webhook::Recent::new(10_000);
    /// ```
    pub fn new(capacity: usize) -> Self {
        Self { capacity, known: Mutex::default() }
    }
}

impl Deduplicate for Recent {
    type Error = Infallible;

    async fn is_handled(&self, delivery: Fingerprint) -> Result<bool, Infallible> {
        // What a panic left is a set and a queue all the same.
        Ok(self.known.lock().unwrap_or_else(PoisonError::into_inner).set.contains(&delivery))
    }

    async fn mark_handled(&self, delivery: Fingerprint) -> Result<(), Infallible> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if known.set.insert(delivery) {
            known.order.push_back(delivery);
        }
        while known.order.len() > self.capacity {
            if let Some(oldest) = known.order.pop_front() {
                known.set.remove(&oldest);
            }
        }
        Ok(())
    }
}

/// The same for a store of whatever type.
pub(super) trait Store: Send + Sync {
    fn is_handled(&self, delivery: Fingerprint) -> BoxFuture<'_, Result<bool, BoxError>>;
    fn mark_handled(&self, delivery: Fingerprint) -> BoxFuture<'_, Result<(), BoxError>>;
}

impl<D: Deduplicate> Store for D {
    fn is_handled(&self, delivery: Fingerprint) -> BoxFuture<'_, Result<bool, BoxError>> {
        Box::pin(async move { Deduplicate::is_handled(self, delivery).await.map_err(Into::into) })
    }

    fn mark_handled(&self, delivery: Fingerprint) -> BoxFuture<'_, Result<(), BoxError>> {
        Box::pin(async move { Deduplicate::mark_handled(self, delivery).await.map_err(Into::into) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_oldest_is_forgotten_first() {
        let store = Recent::new(2);
        let [one, two, three] = ["1", "2", "3"].map(|payload| Fingerprint::of(None, None, payload));
        let handled = async |delivery| matches!(Deduplicate::is_handled(&store, delivery).await, Ok(true));
        for delivery in [one, two, two] {
            let Ok(()) = Deduplicate::mark_handled(&store, delivery).await;
        }
        assert!(handled(one).await && handled(two).await && !handled(three).await);
        let Ok(()) = Deduplicate::mark_handled(&store, three).await;
        assert!(!handled(one).await && handled(two).await && handled(three).await);
    }
}
