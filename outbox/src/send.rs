//! Sends the call of a claimed entry.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;
use talkable_api::{Client, RetryClass, StoredCall, Verdict};
use tokio::time::{Instant, timeout_at};

use crate::claimed::Claimed;
use crate::entry::EntryId;
use crate::fail_point::fail_point;
use crate::marker::Marker;
use crate::outbox::Outbox;

/// A function that receives the results of calls.
pub(crate) type OnResponse = Arc<dyn Fn(EntryId, &Value) + Send + Sync>;

/// The settings that all calls of a worker share.
#[derive(Clone)]
pub(crate) struct Sender {
    pub(crate) outbox: Outbox,
    pub(crate) client: Client,
    pub(crate) lease: Duration,
    pub(crate) on_response: Option<OnResponse>,
}

/// The end of a call.
pub(crate) enum Sent {
    /// The call ended by itself.
    Ended(Result<(), talkable_api::Error>),
    /// The entry does not contain a call of a supported version.
    Invalid(String),
    /// The call was canceled at the end of its lease.
    LeaseExpired,
}

#[derive(Debug)]
struct LostLease;

impl std::fmt::Display for LostLease {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("the lease of the entry expired")
    }
}

impl std::error::Error for LostLease {}

impl Sender {
    /// Sends a call. `claimed` is a time before the claim.
    pub(crate) async fn send(&self, entry: &Claimed, claimed: Instant, marker: Marker) -> Sent {
        let stored: StoredCall = match serde_json::from_str(&entry.payload) {
            Ok(stored) => stored,
            // The message of serde_json may quote the payload.
            Err(_) => return Sent::Invalid("the payload is not a stored call".to_owned()),
        };
        let call = match self.client.restore(&stored) {
            Ok(call) => call,
            Err(error) => return Sent::Invalid(error.to_string()),
        };
        // The last sixteenth covers the time until the outcome is recorded.
        let end = claimed + self.lease / 16 * 15;
        let is_marked = call.request().retry_class() != RetryClass::Idempotent;
        let (id, token) = (entry.id, entry.token);
        if is_marked && entry.probe.is_some() {
            let Ok(checked) = timeout_at(end, self.check(&entry.site)).await else { return Sent::LeaseExpired };
            if let Err(error) = checked {
                return Sent::Ended(Err(error));
            }
        }
        let call = call.deadline(self.lease / 4 * 3).pause_cap(self.lease / 6).before_send(move |_| {
            let marker = marker.clone();
            async move {
                fail_point("queued");
                if Instant::now() < end && (!is_marked || marker.mark(id, token).await?) {
                    fail_point("marked");
                    // The process may have been suspended in between.
                    if Instant::now() < end {
                        return Ok(());
                    }
                }
                Err::<(), Box<dyn std::error::Error + Send + Sync>>(LostLease.into())
            }
        });
        let Ok(result) = timeout_at(end, call.send()).await else { return Sent::LeaseExpired };
        fail_point("answered");
        if let (Ok(value), Some(hook)) = (&result, &self.on_response) {
            // The API has processed the call, whether or not the hook works.
            if catch_unwind(AssertUnwindSafe(|| hook(id, value))).is_err() {
                tracing::error!(entry = id, operation = entry.operation, "the on_response hook panicked");
            }
        }
        Sent::Ended(result.map(drop))
    }

    /// Checks with a read whether a site is available again. A call that is not idempotent would be doubtful if it
    /// failed, so it is not sent to find this out. The claim can't prefer an idempotent call, because the database does
    /// not know which operations are.
    async fn check(&self, site: &str) -> Result<(), talkable_api::Error> {
        let call = self.client.for_site(site).call_by_id("listTrafficSources", [""; 0])?;
        match call.attempts(1).deadline(self.lease / 8).await {
            Err(error) if matches!(error.verdict(), Verdict::RetryAfter(_) | Verdict::Unauthorized) => Err(error),
            _ => Ok(()),
        }
    }
}
