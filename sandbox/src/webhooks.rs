//! The worker that runs due jobs and sends webhooks as form data, in the same format as Talkable.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::error::Error;
use std::iter::successors;
use std::sync::Arc;
use std::time::{Duration, Instant};

use reqwest::header::CONTENT_TYPE;
use reqwest::redirect::Policy;
use reqwest::{Client, Response, StatusCode};
use serde_json::Value;
use tokio::task::JoinSet;

use crate::activity::{WebhookEntry, shorten_json};
use crate::behavior::{deliveries, run_due};
use crate::settings::WebhookTarget;
use crate::shared::Shared;
use crate::state::Delivery;

const MAX_IN_FLIGHT: usize = 8;

/// The interval between checks for due jobs, unless the clock is frozen.
const TICK: Duration = Duration::from_millis(250);

/// Runs due jobs and sends deliveries until the task is aborted, which also cancels the deliveries in flight.
pub(crate) async fn run(shared: Arc<Shared>) {
    let (mut clients, mut in_flight) = (HashMap::new(), JoinSet::new());
    let mut clock = shared.clock.watch();
    loop {
        shared.sites().values_mut().for_each(run_due);
        while in_flight.try_join_next().is_some() {}
        // A delivery stays in the outbox, where it can be canceled, until there is capacity to send it.
        while in_flight.len() < MAX_IN_FLIGHT
            && let Some((slug, target, delivery)) = next(&shared)
        {
            let (shared, client) = (Arc::clone(&shared), client_for(&target, &mut clients));
            in_flight.spawn(async move {
                let started = Instant::now();
                let result = async { send(&client?, &slug, &target, &delivery).await }.await;
                observe(&shared, &slug, &delivery, started.elapsed(), result.as_ref());
                let result = result.map(|(_, response)| response);
                let reason = result.as_ref().err().cloned();
                let failed = shared.with_site(&slug, |site| {
                    deliveries::settle(site, &delivery, result);
                    site.outbox.failed
                });
                if let (Some(reason), Some(1)) = (reason, failed) {
                    warn(&target, &reason);
                }
                shared.delivery_ended.notify_waiters();
            });
        }
        tokio::select! {
            () = shared.wake_delivery.notified() => {}
            Some(_) = in_flight.join_next() => {}
            _ = clock.changed() => {}
            () = tokio::time::sleep(TICK), if !shared.clock.is_frozen() => {}
        }
    }
}

/// Marks the first due delivery as in flight, and returns it with its site and target. Returns `None` if no delivery is due.
fn next(shared: &Shared) -> Option<(String, WebhookTarget, Delivery)> {
    shared.sites().iter_mut().find_map(|(slug, site)| {
        let (now, target) = (site.now(), site.webhook_target.clone()?);
        Some((slug.clone(), target, site.outbox.take_due(now)?))
    })
}

const TIMEOUT: Duration = Duration::from_secs(10);

const MAX_RESPONSE_BYTES: usize = 64 * 1024;

/// Returns the client for a target. There is one client for `http` URLs and one for `https` URLs. They are created on
/// demand, since loading the system's TLS certificates is slow and fails if the machine has no certificates.
fn client_for(target: &WebhookTarget, clients: &mut HashMap<bool, Client>) -> Result<Client, String> {
    // Redirects and proxies are disabled, because they could change the destination.
    let builder = Client::builder().redirect(Policy::none()).no_proxy().timeout(TIMEOUT);
    let is_encrypted = target.url.scheme() == "https";
    let builder = if is_encrypted { builder } else { builder.tls_certs_only([]) };
    match clients.entry(is_encrypted) {
        Entry::Occupied(client) => Ok(client.get().clone()),
        Entry::Vacant(entry) => Ok(entry.insert(builder.build().map_err(describe)?).clone()),
    }
}

/// Adds a delivery attempt to the history and the log.
fn observe(
    shared: &Shared,
    slug: &str,
    delivery: &Delivery,
    duration: Duration,
    result: Result<&(StatusCode, Value), &String>,
) {
    let (shown, response) = match result {
        Ok((status, response)) => (status.to_string(), response),
        Err(reason) => (reason.clone(), &Value::Null),
    };
    let (kind, milliseconds) = (delivery.kind, duration.as_secs_f64() * 1_000.0);
    tracing::info!(target: "talkable_sandbox::webhook", "{kind} of {slug}: {shown} in {milliseconds:.1} ms");
    tracing::debug!(target: "talkable_sandbox::webhook", payload = delivery.payload, %response);
    let (time, site_slug, payload) = (shared.clock.now(), slug.to_owned(), delivery.payload.clone());
    shared.webhooks.add(|id| WebhookEntry {
        id,
        time,
        site_slug,
        kind,
        result: shown,
        is_delivered: result.is_ok(),
        duration,
        payload,
        response: shorten_json(response),
    });
}

/// Reports the first failure of a site. The other failures are only in the history and the log.
fn warn(target: &WebhookTarget, reason: &str) {
    // The rest of the URL can contain secrets.
    let server = target.url.origin().ascii_serialization();
    tracing::warn!(target: "talkable_sandbox::webhook", "could not deliver a webhook to {server}: {reason}; trying again");
}

/// Sends a delivery. Returns the status and the JSON in the response, or null if the response is not JSON.
async fn send(
    client: &Client,
    slug: &str,
    target: &WebhookTarget,
    delivery: &Delivery,
) -> Result<(StatusCode, Value), String> {
    let fields = [
        ("key", target.key.as_str()),
        ("site", slug),
        ("type", delivery.kind),
        ("extras", "{}"),
        ("payload", &delivery.payload),
    ];
    let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
    let request = client.post(target.url.clone()).header(CONTENT_TYPE, "application/x-www-form-urlencoded");
    let response = request.body(body).send().await.map_err(describe)?;
    let status = response.status();
    if status.is_success() { Ok((status, read_json(response).await)) } else { Err(format!("status {status}")) }
}

async fn read_json(mut response: Response) -> Value {
    let mut bytes = Vec::new();
    while let Ok(Some(chunk)) = response.chunk().await {
        if bytes.len() + chunk.len() > MAX_RESPONSE_BYTES {
            return Value::Null;
        }
        bytes.extend_from_slice(&chunk);
    }
    serde_json::from_slice(&bytes).unwrap_or_default()
}

/// Joins the messages of an error and its causes. Omits the URL, because it can contain secrets.
fn describe(error: reqwest::Error) -> String {
    let error = error.without_url();
    let causes = successors(Some(&error as &dyn Error), |error: &&dyn Error| (*error).source());
    causes.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}
