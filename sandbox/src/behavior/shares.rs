//! Shares through social channels and by e-mail.

use std::collections::HashSet;

use serde_json::{Map, Value, json};

use super::{deliveries, offers, rewards};
use crate::call::{ApiError, ApiResult, Call};
use crate::state::{Offer, RewardedAction, Share, Site};
use crate::validation::is_email;
use crate::view::{self, payloads};

/// The maximum number of e-mail addresses that can receive an offer.
const MAX_RECIPIENTS: usize = 25;

/// The maximum number of e-mail addresses in a request.
const MAX_ADDRESSES: usize = 1_000;

/// Adds a share and queues its webhook.
pub(super) fn make(site: &mut Site, offer: u64, channel: &str, recipient: Option<String>) -> u64 {
    let (person, created_at, channel) = (site.offers[offer].person, site.now(), channel.to_owned());
    let id = site.shares.insert(|id| Share { id, person, offer, channel, recipient, created_at, claims: Vec::new() });
    site.people[person].history.shares.push(id);
    deliveries::queue(site, |site| payloads::post_share(site, id));
    id
}

pub(super) fn by_channel(site: &mut Site, call: &Call) -> ApiResult {
    let offer = offers::named(site, call)?;
    let (offer, person) = (offer.id, offer.person);
    let share = make(site, offer, &call.fields().text("channel").unwrap_or_default(), None);
    let given = rewards::give(site, person, offer, RewardedAction::Sharing);
    Ok(json!({
        "share": view::share(site, &site.shares[share]),
        "reward": given.first().map(|id| view::reward(site, &site.rewards[*id])),
    }))
}

/// The results of checking an e-mail address, and whether the offer is sent to it.
#[derive(Clone, Copy, Default)]
struct Recipient {
    is_valid: bool,
    is_own: bool,
    is_unsubscribed: bool,
    was_sent: bool,
    is_sent: bool,
}

impl Recipient {
    fn is_sharable(self) -> bool {
        self.is_valid && !self.is_own && !self.is_unsubscribed
    }

    fn view(self) -> Value {
        json!({
            "blacklisted": false,
            "blocklisted": false,
            "currently_sent": self.is_sent,
            "email_valid": self.is_valid,
            "meets_criteria": true,
            "previously_sent": self.was_sent,
            "self_referral": self.is_own,
            "sharable": self.is_sharable(),
            "unsubscribed": self.is_unsubscribed,
        })
    }
}

/// Splits a list of e-mail addresses and removes duplicates.
fn addresses(list: &str) -> Result<Vec<String>, ApiError> {
    let list = list.split([',', ';', '\n', '\r']).map(str::trim).filter(|address| !address.is_empty());
    if list.clone().nth(MAX_ADDRESSES).is_some() {
        return Err(ApiError::bad_request(format!("`recipients` are too many (maximum is {MAX_ADDRESSES})")));
    }
    let mut known = HashSet::new();
    Ok(list.map(str::to_lowercase).filter(|address| known.insert(address.clone())).collect())
}

pub(super) fn by_email(site: &mut Site, call: &Call) -> ApiResult {
    let fields = call.fields();
    let offer = offers::named(site, call)?.clone();
    let is_dry_run = fields.flag("validation_only").unwrap_or(false);
    let addresses = addresses(&fields.text("recipients").unwrap_or_default())?;
    let before = offer.recipients.len();
    let (mut sent, mut views, mut is_full) = (0, Map::new(), false);
    for address in addresses {
        let mut recipient = examine(site, &offer, &address);
        let is_new = recipient.is_sharable() && !recipient.was_sent;
        is_full |= is_new && before + sent >= MAX_RECIPIENTS;
        if is_new && before + sent < MAX_RECIPIENTS && !is_dry_run {
            recipient.is_sent = true;
            sent += 1;
            send(site, offer.id, &address);
        }
        views.insert(address, recipient.view());
    }
    let given =
        if sent > 0 { rewards::give(site, offer.person, offer.id, RewardedAction::Sharing) } else { Vec::new() };
    let rewards = view::list(site, site.rewards.select(&given), view::reward);
    let sharable = views.values().filter(|view| view["sharable"] == true && view["previously_sent"] == false).count();
    Ok(json!({
        "success": if is_dry_run { sharable > 0 } else { sent > 0 },
        "validation_only": is_dry_run,
        "stats": {
            "advocate_blocked": false,
            "currently_not_sent": views.len() - sent,
            "currently_sent": sent,
            "left_emails": MAX_RECIPIENTS.saturating_sub(before + sent),
            "previously_sent": before,
            "sent_limit_exceeded": is_full,
            "total_sent": before + sent,
        },
        "recipients": views,
        "reward": rewards.get(0),
        "rewards": rewards,
    }))
}

fn examine(site: &Site, offer: &Offer, address: &str) -> Recipient {
    let person = site.person(address).filter(|person| person.email == address);
    Recipient {
        is_valid: is_email(address),
        is_own: person.is_some_and(|person| person.id == offer.person),
        is_unsubscribed: person.is_some_and(|person| person.unsubscribed_at.is_some()),
        was_sent: offer.recipients.iter().any(|known| known == address),
        is_sent: false,
    }
}

/// Simulates sending an e-mail. No e-mail is sent, but the webhook that asks whether the recipient has unsubscribed is
/// queued.
fn send(site: &mut Site, offer: u64, address: &str) {
    site.offers[offer].recipients.push(address.to_owned());
    make(site, offer, "email", Some(address.to_owned()));
    deliveries::queue(site, |site| payloads::check_unsubscribe(site, offer, address));
}
