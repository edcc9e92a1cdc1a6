//! The handle to a running sandbox.

use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::faults::{Failure, Faults};
use crate::http::server;
use crate::settings::Clock;
use crate::shared::{RecordedCall, Shared};
use crate::state::Site;
use crate::webhooks;

mod builder;
mod demo_shop;

pub use builder::Builder;

/// A running sandbox. It stops when it is dropped.
pub struct Sandbox {
    url: String,
    local_address: SocketAddr,
    site_slug: String,
    shared: Arc<Shared>,
    stop: watch::Sender<bool>,
    server: JoinHandle<()>,
    worker: JoinHandle<()>,
}

impl Sandbox {
    /// Starts a sandbox on a free port of the loopback interface. Its site contains the demo shop's data.
    ///
    /// # Errors
    ///
    /// Returns an error if there is no free port.
    pub async fn start() -> io::Result<Self> {
        Self::builder().start().await
    }

    /// Returns a builder with the default settings.
    pub fn builder() -> Builder {
        Builder::new()
    }

    fn run(listener: TcpListener, url: String, site_slug: String, shared: Shared) -> io::Result<Self> {
        let local_address = listener.local_addr()?;
        let shared = Arc::new(shared);
        let (stop, stopped) = watch::channel(false);
        let server = tokio::spawn(server::serve(listener, Arc::clone(&shared), stopped));
        let worker = tokio::spawn(webhooks::run(Arc::clone(&shared)));
        Ok(Self { url, local_address, site_slug, shared, stop, server, worker })
    }

    /// Returns the base URL for clients: the [public URL](Builder::public_url) if one is set, otherwise a local URL
    /// such as `http://127.0.0.1:40000`.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Returns the address that the sandbox listens on.
    pub fn local_address(&self) -> SocketAddr {
        self.local_address
    }

    /// Returns the API key that requests must send.
    pub fn api_key(&self) -> &str {
        &self.shared.api_key
    }

    /// Creates a client for the first site.
    ///
    /// # Errors
    ///
    /// Returns an error if the client rejects the key or the slug.
    #[cfg(feature = "client")]
    pub fn client(&self) -> Result<talkable_api::Client, talkable_api::Error> {
        let builder = talkable_api::Client::builder().api_key(self.api_key()).site_slug(&self.site_slug);
        builder.base_url(&self.url).build()
    }

    /// Returns the slug of the first site.
    pub fn site_slug(&self) -> &str {
        &self.site_slug
    }

    /// Returns the slugs of all sites in alphabetical order.
    pub fn sites(&self) -> Vec<String> {
        self.shared.slugs()
    }

    /// Returns the sandbox's clock.
    pub fn clock(&self) -> &Clock {
        &self.shared.clock
    }

    /// Runs an action that can prepare or inspect a site's records. The site's due jobs run before the action.
    ///
    /// # Panics
    ///
    /// Panics if the sandbox has no site with this slug.
    pub fn site<T>(&self, slug: &str, action: impl FnOnce(&mut Site) -> T) -> T {
        self.shared.with_site(slug, action).unwrap_or_else(|| panic!("the sandbox has no site `{slug}`"))
    }

    /// Replaces the faults to inject. The failures that were requested with [`fail_next`](Self::fail_next) are kept.
    ///
    /// # Panics
    ///
    /// Panics if [`Faults::check`] fails.
    pub fn set_faults(&self, faults: Faults) {
        if let Err(error) = faults.check() {
            panic!("{error}");
        }
        self.shared.faults().set(faults);
    }

    /// Makes the next calls of an operation fail, `times` in a row. Several failures of an operation occur in the order in
    /// which they were added. Other operations are not affected.
    ///
    /// ```
    /// use talkable_sandbox::{Failure, Sandbox};
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> std::io::Result<()> {
    /// let sandbox = Sandbox::start().await?;
    /// // Tests that a client retries the call.
    /// sandbox.fail_next("findPerson", Failure::Status(503), 2);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Panics
    ///
    /// Panics if the API has no operation with this id, or if the status is not a valid HTTP status.
    pub fn fail_next(&self, operation: &str, failure: Failure, times: u32) {
        if let Err(error) = self.shared.fail_next(operation, failure, times) {
            panic!("{error}");
        }
    }

    /// Waits until no webhook is due or in flight. Webhooks that wait for another attempt don't count.
    pub async fn webhooks_settled(&self) {
        let is_settled =
            |slug: &String| self.shared.with_site(slug, |site| site.outbox.is_settled(site.now())).unwrap_or(true);
        loop {
            let attempt = self.shared.delivery_ended.notified();
            if self.shared.slugs().iter().all(is_settled) {
                return;
            }
            // The timeout is needed because a canceled delivery ends without a notification.
            let _ = tokio::time::timeout(Duration::from_millis(50), attempt).await;
        }
    }

    /// Returns the recorded API calls, oldest first. The list is empty unless the sandbox [records
    /// calls](Builder::record_calls).
    pub fn calls(&self) -> Vec<RecordedCall> {
        let calls = self.shared.calls.as_ref();
        let calls = calls.map(|calls| calls.lock().unwrap_or_else(PoisonError::into_inner).iter().cloned().collect());
        calls.unwrap_or_default()
    }

    /// Returns the number of responses sent.
    pub fn responses_sent(&self) -> u64 {
        self.shared.responses_sent.load(Ordering::Relaxed)
    }

    /// Waits for the requests in flight to complete, then stops the sandbox. The [records](Self::site) can still be
    /// inspected.
    pub async fn stop(&self) {
        self.stop.send_replace(true);
        // `closed` returns when the server and all connections have dropped their receivers.
        self.stop.closed().await;
        self.worker.abort();
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        self.stop.send_replace(true);
        self.server.abort();
        self.worker.abort();
    }
}

impl fmt::Debug for Sandbox {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Sandbox").field("url", &self.url).finish_non_exhaustive()
    }
}
