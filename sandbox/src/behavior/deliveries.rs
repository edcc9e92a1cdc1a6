//! Queues webhooks, and handles the results of deliveries.

use std::collections::HashSet;

use serde_json::Value;

use super::{referrals, shares};
use crate::settings::WebhookTarget;
use crate::state::{AfterDelivery, Delivery, Site};

/// Queues a webhook if the site's target accepts webhooks of this type.
pub(super) fn queue(site: &mut Site, kind: &'static str, payload: impl FnOnce(&Site) -> Value) {
    queue_then(site, kind, payload, None);
}

/// Queues a webhook, and the change that depends on its delivery. If the webhook can't be queued, because the site's target doesn't
/// accept its type or the site is full, rewards that depend on it are paid immediately.
pub(super) fn queue_then(
    site: &mut Site,
    kind: &'static str,
    payload: impl FnOnce(&Site) -> Value,
    then: Option<AfterDelivery>,
) {
    if site.webhook_target.as_ref().is_some_and(|target| target.accepts(kind)) && site.check_quota(0, 0).is_ok() {
        site.outbox.add(kind, payload(site).to_string(), then, site.now());
    } else if let Some(AfterDelivery::PayRewards(referral)) = then {
        referrals::pay_rewards(site, Some(referral));
    }
}

/// Cancels the deliveries that contain one of these e-mail addresses, and pays the rewards that depend on these deliveries.
pub(super) fn cancel_mentioning(site: &mut Site, emails: &HashSet<String>) {
    let quoted: Vec<String> = emails.iter().map(|email| Value::from(email.as_str()).to_string()).collect();
    cancel(site, |payload| quoted.iter().any(|email| payload.contains(email)));
}

fn cancel(site: &mut Site, matches: impl Fn(&str) -> bool) {
    for delivery in site.outbox.cancel(matches) {
        referrals::pay_rewards(site, delivery.pays());
    }
}

/// Handles the result of a delivery attempt: the response, or the reason for the failure.
pub(crate) fn settle(site: &mut Site, delivery: &Delivery, result: Result<Value, String>) {
    match result {
        Ok(response) => {
            site.outbox.delivered += 1;
            // The delivery might have been canceled while in flight.
            if let Some(delivery) = site.outbox.remove(delivery.id) {
                referrals::pay_rewards(site, delivery.pays());
                apply_response(site, &delivery, &response);
            }
        }
        Err(reason) => {
            site.outbox.failed += 1;
            site.outbox.last_failure = Some(format!("{}: {reason}", delivery.kind));
            site.outbox.retry_later(delivery.id, site.now());
        }
    }
}

/// Unsubscribes the recipient of an e-mail and cancels the e-mail, if the response to `check_unsubscribe_web_hook` requests it.
fn apply_response(site: &mut Site, delivery: &Delivery, response: &Value) {
    if delivery.kind != "check_unsubscribe_web_hook" || response["result"]["unsubscribed"] != true {
        return;
    }
    let payload: Value = serde_json::from_str(&delivery.payload).unwrap_or_default();
    if let Some(recipient) = payload["recipient"]["email"].as_str() {
        let (now, id) = (site.now(), site.person_with_email(recipient));
        site.change_person(id, |person| person.unsubscribed_at = person.unsubscribed_at.or(Some(now)));
    }
    if let Some(AfterDelivery::SendEmail(share)) = delivery.then {
        shares::cancel_email(site, share);
    }
}

impl Site {
    /// Starts sending the site's webhooks to a target.
    pub fn send_webhooks_to(&mut self, target: WebhookTarget) {
        self.webhook_target = Some(target);
    }

    /// Stops sending webhooks. Cancels pending deliveries, and pays the rewards that depend on them.
    pub fn stop_webhooks(&mut self) {
        self.webhook_target = None;
        cancel(self, |_| true);
    }

    /// Returns the number of delivered webhooks.
    pub fn webhooks_delivered(&self) -> u64 {
        self.outbox.delivered
    }

    /// Returns the number of failed attempts to deliver a webhook.
    pub fn webhooks_failed(&self) -> u64 {
        self.outbox.failed
    }

    /// Describes the last failed delivery attempt: the webhook's type and the reason. Returns `None` if no attempt has failed.
    pub fn last_webhook_failure(&self) -> Option<&str> {
        self.outbox.last_failure.as_deref()
    }

    /// Returns the number of webhooks that are queued or in flight.
    pub fn webhooks_pending(&self) -> usize {
        self.outbox.len()
    }
}
