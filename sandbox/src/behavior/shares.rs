//! Shares: in a channel, or by e-mail to friends.

use std::collections::HashSet;

use serde_json::{Map, Value, json};

use super::{deliveries, offers, rewards};
use crate::call::{ApiError, ApiResult, Call};
use crate::state::{Action, Share, Site};
use crate::validation::is_email;
use crate::view::{self, payloads};

/// The most addresses that an offer is sent to.
const MAX_RECIPIENTS: usize = 25;

/// The most addresses of one request.
const MAX_ADDRESSES: usize = 1_000;

/// Stores that an offer was shared.
pub(super) fn make(site: &mut Site, offer: u64, channel: &str, recipient: Option<String>) -> u64 {
    let person = site.offers.get(offer).map(|offer| offer.person).unwrap_or_default();
    let (created_at, channel) = (site.now(), channel.to_owned());
    let share =
        site.shares.insert(|id| Share { id, person, offer, channel, recipient, created_at, claims: Vec::new() });
    let id = share.id;
    if let Some(person) = site.people.get_mut(person) {
        person.history.shares.push(id);
    }
    deliveries::queue(site, |site| payloads::post_share(site, id));
    id
}

pub(super) fn by_channel(site: &mut Site, call: &Call) -> ApiResult {
    let offer = offers::named(site, call)?;
    let (offer, person) = (offer.id, offer.person);
    let share = make(site, offer, &call.fields().text("channel").unwrap_or_default(), None);
    let given = rewards::give(site, person, offer, Action::Sharing);
    let reward = given.first().and_then(|id| site.rewards.get(*id));
    Ok(json!({
        "share": site.shares.get(share).map(|share| view::share(site, share)),
        "reward": reward.map(|reward| view::reward(site, reward)),
    }))
}

/// What is found about one address.
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

/// The addresses of a list, each once.
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
    let is_trial = fields.flag("validation_only").unwrap_or(false);
    let addresses = addresses(&fields.text("recipients").unwrap_or_default())?;
    let before = offer.recipients.len();
    let (mut sent, mut views, mut is_full) = (0, Map::new(), false);
    for address in addresses {
        let mut recipient = examine(site, &offer, &address);
        let is_new = recipient.is_sharable() && !recipient.was_sent;
        is_full |= is_new && before + sent >= MAX_RECIPIENTS;
        if is_new && before + sent < MAX_RECIPIENTS && !is_trial {
            recipient.is_sent = true;
            sent += 1;
            send(site, offer.id, &address);
        }
        views.insert(address, recipient.view());
    }
    let given = if sent > 0 { rewards::give(site, offer.person, offer.id, Action::Sharing) } else { Vec::new() };
    let rewards = given.iter().filter_map(|id| site.rewards.get(*id));
    let rewards: Vec<Value> = rewards.map(|reward| view::reward(site, reward)).collect();
    let sharable = views.values().filter(|view| view["sharable"] == true && view["previously_sent"] == false).count();
    Ok(json!({
        "success": if is_trial { sharable > 0 } else { sent > 0 },
        "validation_only": is_trial,
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
        "reward": rewards.first(),
        "rewards": rewards,
    }))
}

fn examine(site: &Site, offer: &crate::state::Offer, address: &str) -> Recipient {
    let person = site.person(address).filter(|person| person.email == address);
    Recipient {
        is_valid: is_email(address),
        is_own: person.is_some_and(|person| person.id == offer.person),
        is_unsubscribed: person.is_some_and(|person| person.unsubscribed_at.is_some()),
        was_sent: offer.recipients.iter().any(|known| known == address),
        is_sent: false,
    }
}

/// No mail goes out, but all else is as if it did: the site is even asked whether the friend has unsubscribed.
fn send(site: &mut Site, offer: u64, address: &str) {
    if let Some(offer) = site.offers.get_mut(offer) {
        offer.recipients.push(address.to_owned());
    }
    make(site, offer, "email", Some(address.to_owned()));
    deliveries::queue(site, |site| payloads::check_unsubscribe(site, offer, address));
}
