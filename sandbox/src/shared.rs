//! The state shared by all requests to a sandbox, and the log of calls for tests to inspect.

use std::collections::{BTreeMap, VecDeque};
use std::sync::atomic::AtomicU64;
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde_json::{Map, Value};
use tokio::sync::{Notify, Semaphore};

use crate::activity::{History, RequestEntry, WebhookEntry};
use crate::behavior::run_due;
use crate::call::Call;
use crate::description::{DESCRIPTION, Operation};
use crate::faults::{Failure, FaultInjector};
use crate::settings::{Clock, InvalidSetting, Limits};
use crate::state::Site;

/// The maximum number of bodies larger than 64 KiB that are read concurrently.
pub(crate) const MAX_LARGE_BODIES: usize = 8;

pub(crate) struct Shared {
    pub(crate) api_key: String,
    /// If set, the `Host` header of a request must contain this host or a loopback name.
    pub(crate) required_host: Option<String>,
    /// The path of the public URL, which a proxy can remove from requests. It is empty, or begins with a slash but does not end
    /// with one.
    pub(crate) base_path: String,
    /// Whether to accept requests like those of older clients.
    pub(crate) is_lenient: bool,
    pub(crate) limits: Limits,
    pub(crate) clock: Clock,
    pub(crate) faults: Mutex<FaultInjector>,
    /// The most recent calls, or `None` if calls are not recorded.
    pub(crate) calls: Option<Mutex<VecDeque<RecordedCall>>>,
    pub(crate) requests: History<RequestEntry>,
    pub(crate) webhooks: History<WebhookEntry>,
    pub(crate) responses_sent: AtomicU64,
    pub(crate) large_bodies: Semaphore,
    pub(crate) wake_delivery: Notify,
    /// Notified after each delivery attempt.
    pub(crate) delivery_ended: Notify,
    pub(crate) sites: Mutex<BTreeMap<String, Site>>,
}

impl Shared {
    /// Locks all sites. Each call holds this lock, so calls are atomic.
    pub(crate) fn sites(&self) -> MutexGuard<'_, BTreeMap<String, Site>> {
        // A panic in one operation must not disable the others.
        self.sites.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn faults(&self) -> MutexGuard<'_, FaultInjector> {
        self.faults.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Runs a site's due jobs and then the action, and wakes the worker if webhooks are pending. Returns
    /// `None` if there is no such site.
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

    /// Makes the next calls of an operation fail.
    pub(crate) fn fail_next(&self, operation: &str, failure: Failure, times: u32) -> Result<(), InvalidSetting> {
        if DESCRIPTION.operation(operation).is_none() {
            return Err(InvalidSetting::new(format!("the API has no operation `{operation}`")));
        }
        if let Failure::Status(status) = failure
            && !(200..600).contains(&status)
        {
            return Err(InvalidSetting::new(format!("the status is {status}; it must be between 200 and 599")));
        }
        self.faults().fail_next(operation, failure, times);
        Ok(())
    }

    pub(crate) fn slugs(&self) -> Vec<String> {
        self.sites().keys().cloned().collect()
    }

    /// Records a response and its call. The call is `None` if the request could not be read.
    pub(crate) fn record(&self, operation: &Operation, call: Option<Call>, status: u16, response: &Value) {
        let Some(calls) = &self.calls else {
            return;
        };
        let (path, arguments) = call.map(|call| (call.path, call.arguments)).unwrap_or_default();
        let operation = operation.id.clone();
        let mut calls = calls.lock().unwrap_or_else(PoisonError::into_inner);
        if calls.len() == MAX_CALLS {
            calls.pop_front();
        }
        calls.push_back(RecordedCall { operation, path, arguments, status, response: response.clone() });
    }
}

/// The maximum number of recorded calls. If there are more, the oldest ones are dropped.
const MAX_CALLS: usize = 10_000;

/// An API call and its response.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct RecordedCall {
    /// The operation's id in the description, such as `createPurchase`.
    pub operation: String,
    /// The path parameters, decoded. The list is empty if the request could not be read.
    pub path: Vec<(String, String)>,
    /// The arguments in the query and the body, merged. The map is empty if the request could not be read.
    pub arguments: Map<String, Value>,
    /// The status of the response.
    pub status: u16,
    /// The body of the response, or null if the body was empty.
    pub response: Value,
}

impl RecordedCall {
    /// Validates the response against the description, and returns a message for each violation.
    pub fn violations(&self) -> Vec<String> {
        let operation = DESCRIPTION.operation(&self.operation);
        operation.map(|operation| operation.responses.violations(self.status, &self.response)).unwrap_or_default()
    }
}
