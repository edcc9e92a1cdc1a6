//! Webhooks: what a site tells the outside, as Talkable sends it.
//!
//! A notice waits in the outbox of its site until it is delivered: until whoever listens has answered with a status of
//! success. Between two attempts lies a pause, longer each time.

use chrono::{DateTime, FixedOffset, TimeDelta};
use serde_json::Value;

use crate::behavior;
use crate::state::Site;

pub(crate) mod delivery;
pub(crate) mod notices;

/// A site keeps no more notices than this. What comes on top is lost.
const MOST_WAITING: usize = 2_000;

/// The longest pause between two attempts.
const LONGEST_PAUSE: TimeDelta = TimeDelta::minutes(10);

/// Where the webhooks of a site go.
#[derive(Clone, Debug)]
pub(crate) struct Target {
    pub(crate) url: String,
    /// The security key that every webhook carries.
    pub(crate) key: String,
    /// The types that are sent, as they travel; all if empty.
    pub(crate) types: Vec<String>,
}

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

/// Something to be told.
#[derive(Debug)]
pub(crate) struct Notice {
    /// One of [`TYPES`].
    pub(crate) kind: &'static str,
    pub(crate) payload: Value,
    pub(crate) then: Then,
    /// Not to be sent earlier.
    pub(crate) due: DateTime<FixedOffset>,
    pub(crate) attempts: u32,
}

/// What happens as soon as a notice was delivered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Then {
    Nothing,
    /// The rewards of this referral are paid.
    PayReferral(u64),
}

impl Notice {
    /// When it is sent again after an attempt that failed now.
    fn postpone(&mut self, now: DateTime<FixedOffset>) {
        self.attempts += 1;
        let pause = TimeDelta::seconds(1i64 << self.attempts.min(16)).min(LONGEST_PAUSE);
        self.due = now.checked_add_signed(pause).unwrap_or(now);
    }
}

impl Site {
    /// Tells whoever listens, if anybody does.
    pub(crate) fn tell(&mut self, notice: impl FnOnce(&Self) -> Option<(&'static str, Value)>) {
        self.tell_then(notice, Then::Nothing);
    }

    /// Tells whoever listens, and does something as soon as that has worked: at once if nobody listens.
    pub(crate) fn tell_then(&mut self, notice: impl FnOnce(&Self) -> Option<(&'static str, Value)>, then: Then) {
        let Some(target) = &self.target else {
            return self.finish(then);
        };
        match notice(self) {
            Some((kind, payload)) if target.types.is_empty() || target.types.iter().any(|known| known == kind) => {
                if self.outbox.len() < MOST_WAITING {
                    let due = self.now();
                    self.outbox.push_back(Notice { kind, payload, then, due, attempts: 0 });
                }
            }
            _ => self.finish(then),
        }
    }

    fn finish(&mut self, then: Then) {
        match then {
            Then::Nothing => {}
            Then::PayReferral(id) => behavior::pay_rewards(self, id),
        }
    }

    /// Takes the first notice that is due.
    fn take_notice(&mut self) -> Option<(Target, Notice)> {
        let (now, target) = (self.now(), self.target.clone()?);
        let position = self.outbox.iter().position(|notice| notice.due <= now)?;
        Some((target, self.outbox.remove(position)?))
    }

    /// The notice was delivered, and this is what came back. Whoever is asked before a mail may say that its recipient has
    /// unsubscribed.
    fn delivered(&mut self, notice: &Notice, answer: &Value) {
        self.webhooks_delivered += 1;
        self.finish(notice.then);
        let has_unsubscribed = notice.kind == "check_unsubscribe_web_hook" && answer["result"]["unsubscribed"] == true;
        let recipient = notice.payload["recipient"]["email"].as_str().filter(|_| has_unsubscribed);
        if let Some(recipient) = recipient {
            let (now, id) = (self.now(), self.person_with_email(recipient));
            self.change_person(id, |person| person.unsubscribed_at = person.unsubscribed_at.or(Some(now)));
        }
    }

    fn not_delivered(&mut self, mut notice: Notice) {
        notice.postpone(self.now());
        self.outbox.push_back(notice);
    }

    /// Where the webhooks of this site go, and with which security key. They are form-encoded, as Talkable sends them.
    pub fn send_webhooks_to(&mut self, url: impl Into<String>, key: impl Into<String>) {
        self.target = Some(Target { url: url.into(), key: key.into(), types: Vec::new() });
    }

    /// How many webhooks were delivered so far.
    pub fn webhooks_delivered(&self) -> u64 {
        self.webhooks_delivered
    }

    /// How many webhooks wait to be delivered.
    pub fn webhooks_waiting(&self) -> usize {
        self.outbox.len()
    }
}
