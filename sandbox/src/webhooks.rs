//! Webhooks: what a site tells the outside, as Talkable sends it.
//!
//! A notice waits in the outbox of its site until it is delivered: until whoever listens has answered with a status of
//! success. Between two attempts lies a pause, longer each time.

use std::collections::HashSet;

use serde_json::Value;

use crate::behavior;
use crate::state::Site;

pub(crate) mod delivery;
pub(crate) mod notices;
mod outbox;
mod target;

pub(crate) use outbox::{Notice, Outbox, Then};
pub use target::WebhookTarget;

/// The types of webhooks, as they travel.
pub(crate) const TYPES: [&str; 9] = [
    "check_unsubscribe_web_hook",
    "claim_signup_web_hook",
    "create_coupon_web_hook",
    "event_web_hook",
    "offer_signup_web_hook",
    "post_share_web_hook",
    "referral_web_hook",
    "reward_web_hook",
    "unsubscribe_web_hook",
];

/// Whether one of these texts stands somewhere in a value.
fn mentions(value: &Value, texts: &HashSet<String>) -> bool {
    match value {
        Value::String(text) => texts.contains(text),
        Value::Array(items) => items.iter().any(|item| mentions(item, texts)),
        Value::Object(members) => members.values().any(|member| mentions(member, texts)),
        _ => false,
    }
}

impl Site {
    /// Tells whoever listens, if anybody does.
    pub(crate) fn tell(&mut self, notice: impl FnOnce(&Self) -> Option<(&'static str, Value)>) {
        self.tell_then(notice, Then::Nothing);
    }

    /// Tells whoever listens, and does something as soon as that has worked: at once if nobody listens.
    pub(crate) fn tell_then(&mut self, notice: impl FnOnce(&Self) -> Option<(&'static str, Value)>, then: Then) {
        let said = self.target.as_ref().and_then(|target| notice(self).filter(|(kind, _)| target.takes(kind)));
        match said {
            Some((kind, payload)) => self.outbox.add(kind, &payload, then, self.now()),
            None => self.finish(then),
        }
    }

    fn finish(&mut self, then: Then) {
        match then {
            Then::Nothing => {}
            Then::PayReferral(id) => behavior::pay_rewards(self, id),
        }
    }

    /// Takes back what was not told yet about someone, and does what waited for it.
    pub(crate) fn tell_nothing_about(&mut self, emails: &HashSet<String>) {
        let mentions = |payload: &str| serde_json::from_str(payload).is_ok_and(|value| mentions(&value, emails));
        let taken = self.outbox.take_all(mentions);
        for notice in taken {
            self.finish(notice.then);
        }
    }

    /// Gives the first notice that is due to whoever delivers it.
    fn take_notice(&mut self) -> Option<(WebhookTarget, Notice)> {
        let (now, target) = (self.now(), self.target.clone()?);
        self.outbox.take_due(now).map(|notice| (target, notice))
    }

    /// The notice was delivered, and this is what came back. Whoever is asked before a mail may say that its recipient has
    /// unsubscribed.
    fn delivered(&mut self, id: u64, answer: &Value) {
        self.webhooks_delivered += 1;
        let Some(notice) = self.outbox.remove(id) else {
            return;
        };
        self.finish(notice.then);
        if notice.kind == "check_unsubscribe_web_hook" && answer["result"]["unsubscribed"] == true {
            let payload: Value = serde_json::from_str(&notice.payload).unwrap_or_default();
            let Some(recipient) = payload["recipient"]["email"].as_str() else {
                return;
            };
            let (now, id) = (self.now(), self.person_with_email(recipient));
            self.change_person(id, |person| person.unsubscribed_at = person.unsubscribed_at.or(Some(now)));
        }
    }

    /// It was not, for this reason.
    fn not_delivered(&mut self, notice: &Notice, reason: &str) {
        self.webhooks_failed += 1;
        self.last_webhook_failure = Some(format!("{}: {reason}", notice.kind));
        self.outbox.postpone(notice.id, self.now());
    }

    /// Where the webhooks of this site go from now on. They are form-encoded, as Talkable sends them.
    pub fn send_webhooks_to(&mut self, target: WebhookTarget) {
        self.target = Some(target);
    }

    /// Sends no more webhooks. What was not delivered never will be, and what waited for it is done.
    pub fn send_no_webhooks(&mut self) {
        self.target = None;
        let taken = self.outbox.take_all(|_| true);
        for notice in taken {
            self.finish(notice.then);
        }
    }

    /// How many webhooks were delivered so far.
    pub fn webhooks_delivered(&self) -> u64 {
        self.webhooks_delivered
    }

    /// How many attempts to deliver a webhook failed so far.
    pub fn webhooks_failed(&self) -> u64 {
        self.webhooks_failed
    }

    /// The webhook that was last attempted in vain, and why.
    pub fn last_webhook_failure(&self) -> Option<&str> {
        self.last_webhook_failure.as_deref()
    }

    /// How many webhooks are not delivered yet: they wait, or are under way.
    pub fn webhooks_waiting(&self) -> usize {
        self.outbox.len()
    }
}
