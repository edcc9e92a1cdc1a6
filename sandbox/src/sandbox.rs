//! A sandbox that runs, and the handle by which one looks into it.

use std::collections::BTreeMap;
use std::fmt;
use std::io;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::net::TcpListener;
use tokio::sync::{Notify, watch};
use tokio::task::JoinHandle;

use crate::builder::Builder;
use crate::clock::Clock;
use crate::router::router;
use crate::server::{self, Limits};
use crate::state::Site;

/// A running sandbox. It ends when this is dropped.
pub struct Sandbox {
    url: String,
    site_slug: String,
    shared: Arc<Shared>,
    stop: watch::Sender<bool>,
    server: Option<JoinHandle<()>>,
}

/// What all requests share.
pub(crate) struct Shared {
    pub(crate) api_key: String,
    pub(crate) limits: Limits,
    pub(crate) clock: Clock,
    pub(crate) answered: AtomicU64,
    /// Something was told, or the clock was put forward.
    pub(crate) news: Notify,
    sites: Mutex<BTreeMap<String, Site>>,
}

impl Shared {
    pub(crate) fn sites(&self) -> MutexGuard<'_, BTreeMap<String, Site>> {
        // An operation that panicked has changed what it changed; the others go on.
        self.sites.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Sandbox {
    /// Starts a sandbox with the demo shop on a free port of the loopback interface.
    ///
    /// # Errors
    ///
    /// There is no free port.
    pub async fn start() -> io::Result<Self> {
        Self::builder().start().await
    }

    /// The settings of a sandbox that is to start.
    pub fn builder() -> Builder {
        Builder::new()
    }

    pub(crate) fn run(
        listener: TcpListener,
        url: String,
        api_key: String,
        site_slug: String,
        sites: BTreeMap<String, Site>,
        clock: Clock,
        limits: Limits,
    ) -> Self {
        let shared = Shared { api_key, limits, clock, answered: AtomicU64::new(0), news: Notify::new(), sites: Mutex::new(sites) };
        let shared = Arc::new(shared);
        let (stop, stopped) = watch::channel(false);
        let server = tokio::spawn(server::serve(listener, router(&shared), limits, stopped));
        Self { url, site_slug, shared, stop, server: Some(server) }
    }

    /// The address of the sandbox, such as `http://127.0.0.1:40000`: what a client takes as its base.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The key that calls must bring.
    pub fn api_key(&self) -> &str {
        &self.shared.api_key
    }

    /// The first of its sites.
    pub fn site_slug(&self) -> &str {
        &self.site_slug
    }

    /// The clock that it goes by.
    pub fn clock(&self) -> &Clock {
        &self.shared.clock
    }

    /// How many requests to the API it answered so far.
    pub fn answered(&self) -> u64 {
        self.shared.answered.load(Ordering::Relaxed)
    }

    /// Lets open requests end, and then ends the sandbox.
    pub async fn stop(mut self) {
        self.stop.send_replace(true);
        if let Some(server) = self.server.take() {
            // It panics nowhere, and if it did there would be nothing left to end.
            let _ = server.await;
        }
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        self.stop.send_replace(true);
        if let Some(server) = &self.server {
            server.abort();
        }
    }
}

impl fmt::Debug for Sandbox {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Sandbox").field("url", &self.url).finish_non_exhaustive()
    }
}
