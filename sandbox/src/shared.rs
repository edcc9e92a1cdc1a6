//! The state shared by all requests to a sandbox.

use std::collections::BTreeMap;
use std::sync::atomic::AtomicU64;
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::{Notify, Semaphore};

use crate::behavior::run_due;
use crate::faults::FaultInjector;
use crate::settings::{Clock, Limits};
use crate::state::Site;

mod call_log;

pub(crate) use call_log::CallLog;
pub use call_log::RecordedCall;

/// The maximum number of bodies larger than 64 KiB that are read concurrently.
pub(crate) const MAX_LARGE_BODIES: usize = 8;

pub(crate) struct Shared {
    pub(crate) api_key: String,
    /// If set, the `Host` header of a request must contain this host or a loopback name.
    pub(crate) required_host: Option<String>,
    pub(crate) limits: Limits,
    pub(crate) clock: Clock,
    pub(crate) faults: FaultInjector,
    pub(crate) call_log: CallLog,
    pub(crate) responses_sent: AtomicU64,
    /// The permits for reading large bodies.
    pub(crate) large_bodies: Semaphore,
    /// Wakes the worker that delivers webhooks.
    pub(crate) wake_delivery: Notify,
    pub(crate) sites: Mutex<BTreeMap<String, Site>>,
}

impl Shared {
    /// Locks all sites. Each call holds this lock, so calls are atomic.
    pub(crate) fn sites(&self) -> MutexGuard<'_, BTreeMap<String, Site>> {
        // A panic in one operation must not disable the others.
        self.sites.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Runs a site's due jobs and then the action. Wakes the delivery worker if webhooks are pending. Returns `None` if
    /// there is no site with this slug.
    pub(crate) fn with_site<T>(&self, slug: &str, action: impl FnOnce(&mut Site) -> T) -> Option<T> {
        let mut sites = self.sites();
        let site = sites.get_mut(slug)?;
        run_due(site);
        let result = action(site);
        let has_deliveries = site.outbox.len() > 0;
        drop(sites);
        if has_deliveries {
            self.wake_delivery.notify_one();
        }
        Some(result)
    }

    pub(crate) fn slugs(&self) -> Vec<String> {
        self.sites().keys().cloned().collect()
    }

    /// Runs the due jobs of all sites.
    pub(crate) fn run_due(&self) {
        self.sites().values_mut().for_each(run_due);
    }
}
