//! The connection pools of a client: one for each Tokio runtime, replaced after a timeout.

use std::future::pending;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard, Weak};

use reqwest::Version;
use tokio::runtime::{Handle, Id};
use tokio::task::AbortHandle;

use crate::error::{AttemptError, InvalidError, TransportErrorKind};

/// A function that creates an HTTP client, with a connection pool of its own. It blocks the thread while it loads the root
/// certificates.
type NewClient = Box<dyn Fn() -> Result<reqwest::Client, InvalidError> + Send + Sync>;

/// The connection pools of a client.
///
/// A connection is driven by a task of the runtime that opened it. From another runtime, requests over that connection would get no
/// response while the first runtime is idle, so each runtime has its own pool. A pool is removed when its runtime shuts down.
pub(crate) struct Pools(Arc<Inner>);

struct Inner {
    new_client: NewClient,
    state: RwLock<State>,
}

struct State {
    /// The HTTP client created by [`Pools::new`], until the first runtime uses it.
    unused: Option<reqwest::Client>,
    entries: Vec<Entry>,
}

struct Entry {
    pool: Arc<Pool>,
    /// The task that removes the entry.
    cleanup: Option<AbortHandle>,
}

/// An HTTP client, whose connections belong to one runtime.
pub(crate) struct Pool {
    pub(super) http: reqwest::Client,
    /// `None` if the caller provided the HTTP client, which is then used by all runtimes.
    runtime: Option<Id>,
    /// Whether the last response was received over HTTP/1. If so, a timeout closes its connection, so the pool is not replaced.
    is_http1: AtomicBool,
    pools: Weak<Inner>,
}

/// A guard that removes the pool of a runtime when the runtime drops its tasks.
struct Cleanup {
    pools: Weak<Inner>,
    runtime: Id,
}

impl Pools {
    /// Creates pools whose HTTP clients are created on demand.
    pub(crate) fn new(
        new_client: impl Fn() -> Result<reqwest::Client, InvalidError> + Send + Sync + 'static,
    ) -> Result<Self, InvalidError> {
        // The first HTTP client is created at once, to check the settings.
        let state = State { unused: Some(new_client()?), entries: Vec::new() };
        Ok(Self(Arc::new(Inner { new_client: Box::new(new_client), state: RwLock::new(state) })))
    }

    /// Creates pools in which all runtimes use the same HTTP client.
    pub(crate) fn of_client(http: reqwest::Client) -> Self {
        Self(Arc::new_cyclic(|pools| {
            let entries = vec![Entry { pool: Pool::new(http.clone(), None, pools.clone()), cleanup: None }];
            let state = RwLock::new(State { unused: None, entries });
            Inner { new_client: Box::new(move || Ok(http.clone())), state }
        }))
    }

    /// Returns the pool of the current runtime. Fails if its HTTP client can't be created.
    pub(super) fn current(&self) -> Result<Arc<Pool>, InvalidError> {
        let runtime = Handle::current();
        let found = self.0.read().find(runtime.id());
        found.map_or_else(|| self.add(&runtime), Ok)
    }

    #[cold]
    fn add(&self, runtime: &Handle) -> Result<Arc<Pool>, InvalidError> {
        let Self(inner) = self;
        let unused = inner.write().unused.take();
        let http = unused.map_or_else(&inner.new_client, Ok)?;
        let (id, pools) = (runtime.id(), Arc::downgrade(inner));
        let pool = Pool::new(http, Some(id), pools.clone());
        {
            let mut state = inner.write();
            // Another thread of the runtime may have added a pool in the meantime.
            if let Some(pool) = state.find(id) {
                return Ok(pool);
            }
            state.entries.push(Entry { pool: Arc::clone(&pool), cleanup: None });
        }
        // The lock is released before `spawn`, because a runtime that is shutting down drops the task at once, and `Cleanup` takes
        // the lock.
        let cleanup = Cleanup { pools, runtime: id };
        let task = runtime.spawn(async move {
            let _cleanup = cleanup;
            pending::<()>().await;
        });
        // If the runtime is shutting down, there is no entry anymore.
        if let Some(entry) = inner.write().entries.iter_mut().find(|entry| entry.pool.runtime == Some(id)) {
            entry.cleanup = Some(task.abort_handle());
        }
        Ok(pool)
    }
}

impl Pool {
    fn new(http: reqwest::Client, runtime: Option<Id>, pools: Weak<Inner>) -> Arc<Self> {
        Arc::new(Self { http, runtime, is_http1: AtomicBool::new(false), pools })
    }

    /// Records the protocol of a response.
    pub(super) fn responded(&self, version: Version) {
        let is_http1 = version < Version::HTTP_2;
        if self.is_http1.load(Ordering::Relaxed) != is_http1 {
            self.is_http1.store(is_http1, Ordering::Relaxed);
        }
    }

    /// Records a failure. After a timeout, the pool is replaced.
    pub(super) fn failed(self: &Arc<Self>, error: &AttemptError) {
        if error.kind == TransportErrorKind::Timeout {
            self.timed_out();
        }
    }

    /// Replaces this pool after a timeout, so that later attempts use a new connection.
    ///
    /// All requests to a server share one HTTP/2 connection, and reqwest can't close it. Requests in flight keep their connection,
    /// which is closed after the last of them. If several requests over one connection time out, only the first of them replaces
    /// the pool, so there is at most one new connection per timeout, and the root certificates are loaded once.
    #[cold]
    pub(super) fn timed_out(self: &Arc<Self>) {
        let Some(inner) = self.pools.upgrade() else { return };
        let is_current = |state: &State| state.entries.iter().position(|entry| Arc::ptr_eq(&entry.pool, self));
        let is_kept = self.runtime.is_none() || self.is_http1.load(Ordering::Relaxed);
        if is_kept || is_current(&inner.read()).is_none() {
            return;
        }
        let Ok(http) = (inner.new_client)() else { return };
        let mut state = inner.write();
        if let Some(entry) = is_current(&state).and_then(|index| state.entries.get_mut(index)) {
            entry.pool = Self::new(http, self.runtime, self.pools.clone());
        }
    }
}

impl Inner {
    fn read(&self) -> RwLockReadGuard<'_, State> {
        self.state.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, State> {
        self.state.write().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn find(&self, runtime: Id) -> Option<Arc<Pool>> {
        let mut pools = self.entries.iter().map(|entry| &entry.pool);
        pools.find(|pool| pool.runtime.is_none_or(|owner| owner == runtime)).cloned()
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        let state = self.state.get_mut().unwrap_or_else(PoisonError::into_inner);
        for cleanup in state.entries.iter().filter_map(|entry| entry.cleanup.as_ref()) {
            cleanup.abort();
        }
    }
}

impl Drop for Cleanup {
    fn drop(&mut self) {
        if let Some(pools) = self.pools.upgrade() {
            pools.write().entries.retain(|entry| entry.pool.runtime != Some(self.runtime));
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicUsize;

    use tokio::runtime::{Builder, Runtime};

    use super::*;

    fn runtime() -> Runtime {
        Builder::new_current_thread().enable_all().build().expect("a runtime can be built")
    }

    fn pools() -> Pools {
        Pools::new(|| Ok(reqwest::Client::new())).expect("a client can be built")
    }

    fn count(pools: &Pools) -> usize {
        pools.0.read().entries.len()
    }

    fn current(pools: &Pools, runtime: &Runtime) -> Arc<Pool> {
        runtime.block_on(async { pools.current() }).expect("a pool")
    }

    #[test]
    fn each_runtime_has_one_pool_until_it_shuts_down() {
        let (pools, first, second) = (pools(), runtime(), runtime());
        let pool = current(&pools, &first);
        assert!(Arc::ptr_eq(&pool, &current(&pools, &first)));
        assert!(!Arc::ptr_eq(&pool, &current(&pools, &second)));
        assert_eq!(count(&pools), 2);
        drop(first);
        assert_eq!(count(&pools), 1);
        drop(second);
        assert_eq!(count(&pools), 0);
        current(&pools, &runtime());
        assert_eq!(count(&pools), 0);
    }

    #[test]
    fn reports_an_http_client_that_cannot_be_created() {
        let (calls, error) = (AtomicUsize::new(0), InvalidError::new("http_client_builder", "failed"));
        let new_client = {
            let error = error.clone();
            move || {
                if calls.fetch_add(1, Ordering::Relaxed) == 0 { Ok(reqwest::Client::new()) } else { Err(error.clone()) }
            }
        };
        let (pools, first, second) = (Pools::new(new_client).expect("the first call succeeds"), runtime(), runtime());
        let pool = current(&pools, &first);
        assert_eq!(second.block_on(async { pools.current() }).err(), Some(error));
        // After a timeout, the pool is kept.
        pool.timed_out();
        assert!(Arc::ptr_eq(&pool, &current(&pools, &first)));
    }

    #[test]
    fn threads_of_a_runtime_share_a_pool() {
        let runtime =
            Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime can be built");
        let pools = Arc::new(pools());
        let tasks: Vec<_> = (0..8)
            .map(|_| {
                let pools = Arc::clone(&pools);
                runtime.spawn(async move { pools.current().expect("a pool") })
            })
            .collect();
        let pool = current(&pools, &runtime);
        for task in tasks {
            assert!(Arc::ptr_eq(&pool, &runtime.block_on(task).expect("the task completes")));
        }
    }

    #[test]
    fn a_timeout_replaces_a_pool_once() {
        let (pools, runtime) = (pools(), runtime());
        let pool = current(&pools, &runtime);
        pool.timed_out();
        let next = current(&pools, &runtime);
        assert!(!Arc::ptr_eq(&pool, &next));
        pool.timed_out();
        assert!(Arc::ptr_eq(&next, &current(&pools, &runtime)));
        next.responded(Version::HTTP_11);
        next.timed_out();
        assert!(Arc::ptr_eq(&next, &current(&pools, &runtime)));
        next.responded(Version::HTTP_2);
        next.timed_out();
        assert!(!Arc::ptr_eq(&next, &current(&pools, &runtime)));
        assert_eq!((count(&pools), Arc::strong_count(&next)), (1, 1));
    }

    #[test]
    fn the_callers_client_is_never_replaced() {
        let pools = Pools::of_client(reqwest::Client::new());
        let pool = current(&pools, &runtime());
        pool.timed_out();
        assert!(Arc::ptr_eq(&pool, &current(&pools, &runtime())));
    }

    #[test]
    fn a_dropped_client_removes_its_tasks() {
        let (pools, runtime) = (pools(), runtime());
        current(&pools, &runtime);
        assert_eq!(runtime.metrics().num_alive_tasks(), 1);
        drop(pools);
        runtime.block_on(tokio::task::yield_now());
        assert_eq!(runtime.metrics().num_alive_tasks(), 0);
    }
}
