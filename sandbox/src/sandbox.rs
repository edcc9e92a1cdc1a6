//! A sandbox that runs, and the handle by which one looks into it.

use std::collections::BTreeMap;
use std::fmt;
use std::io;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::net::TcpListener;
use tokio::sync::{Notify, Semaphore, watch};
use tokio::task::JoinHandle;

use crate::behavior::run_due;
use crate::builder::Builder;
use crate::clock::Clock;
use crate::record::{Record, Recorded};
use crate::server::{self, Limits};
use crate::state::Site;
use crate::trouble::{Trouble, Troubles};
use crate::webhooks::delivery;

/// A running sandbox. It ends when this is dropped.
pub struct Sandbox {
    url: String,
    site_slug: String,
    shared: Arc<Shared>,
    stop: watch::Sender<bool>,
    server: Option<JoinHandle<()>>,
    /// Delivers webhooks, and does what is due.
    worker: JoinHandle<()>,
}

/// What all requests share.
pub(crate) struct Shared {
    pub(crate) api_key: String,
    /// Its own name, if it may be called by that and those of the loopback interface only.
    pub(crate) only_called: Option<String>,
    pub(crate) limits: Limits,
    pub(crate) clock: Clock,
    pub(crate) troubles: Troubles,
    pub(crate) record: Record,
    pub(crate) answered: AtomicU64,
    /// One permit for each large body that may be read at the same time.
    pub(crate) large_bodies: Semaphore,
    /// Something was told.
    pub(crate) news: Notify,
    pub(crate) sites: Mutex<BTreeMap<String, Site>>,
}

impl Shared {
    pub(crate) fn sites(&self) -> MutexGuard<'_, BTreeMap<String, Site>> {
        // An operation that panicked has changed what it changed; the others go on.
        self.sites.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Does something with a site, after what was due there, and wakes whoever delivers what the site has to tell. No other
    /// request is answered meanwhile. None if there is no such site.
    pub(crate) fn on_site<T>(&self, slug: &str, act: impl FnOnce(&mut Site) -> T) -> Option<T> {
        let mut sites = self.sites();
        let site = sites.get_mut(slug)?;
        run_due(site);
        let done = act(site);
        let has_news = !site.outbox.is_empty();
        drop(sites);
        if has_news {
            self.news.notify_one();
        }
        Some(done)
    }

    /// The identifiers of the sites.
    pub(crate) fn slugs(&self) -> Vec<String> {
        self.sites().keys().cloned().collect()
    }

    /// Does what is due on all sites.
    pub(crate) fn do_what_is_due(&self) {
        self.sites().values_mut().for_each(run_due);
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

    /// Serves at the listener.
    pub(crate) fn run(listener: TcpListener, url: String, site_slug: String, shared: Shared) -> Self {
        let shared = Arc::new(shared);
        let (stop, stopped) = watch::channel(false);
        let server = tokio::spawn(server::serve(listener, Arc::clone(&shared), stopped));
        let worker = tokio::spawn(delivery::run(Arc::clone(&shared)));
        Self { url, site_slug, shared, stop, server: Some(server), worker }
    }

    /// The address of the sandbox, such as `http://127.0.0.1:40000`: what a client takes as its base. It is the
    /// [public](Builder::public_url) one, if there is one.
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

    /// The identifiers of its sites, in the order of the alphabet.
    pub fn sites(&self) -> Vec<String> {
        self.shared.slugs()
    }

    /// The clock that it goes by.
    pub fn clock(&self) -> &Clock {
        &self.shared.clock
    }

    /// Looks into a site, or prepares it. No request is answered meanwhile. What was due is done first.
    ///
    /// ```
    /// use talkable_sandbox::Sandbox;
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> std::io::Result<()> {
    /// let sandbox = Sandbox::start().await?;
    /// sandbox.site("my-store", |site| site.enroll("new@example.com").points_balance = 100);
    /// let points = sandbox.site("my-store", |site| site.member("new@example.com").map(|member| member.points_balance));
    /// assert_eq!(points, Some(100));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Panics
    ///
    /// The sandbox has no such site: a mistake in a test.
    pub fn site<T>(&self, slug: &str, look: impl FnOnce(&mut Site) -> T) -> T {
        self.shared.on_site(slug, look).unwrap_or_else(|| panic!("the sandbox has no site `{slug}`"))
    }

    /// Lets things go wrong from now on, instead of what went wrong before.
    ///
    /// # Panics
    ///
    /// The trouble makes no sense, as [`Trouble::check`] has it: a mistake in a test.
    pub fn make_trouble(&self, trouble: Trouble) {
        if let Err(error) = trouble.check() {
            panic!("{error}");
        }
        self.shared.troubles.set(trouble);
    }

    /// The calls of the API that were answered, the oldest first, if the sandbox
    /// [records](Builder::record_calls) them.
    pub fn calls(&self) -> Vec<Recorded> {
        self.shared.record.all()
    }

    /// How many requests it answered so far.
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
        self.worker.abort();
    }
}

impl fmt::Debug for Sandbox {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Sandbox").field("url", &self.url).finish_non_exhaustive()
    }
}
