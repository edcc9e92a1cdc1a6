//! Shares through social channels and by e-mail.

use std::collections::HashSet;

use serde_json::{Map, Value, json};

use super::{deliveries, offers, rewards};
use crate::call::{ApiError, ApiResult, Call, require};
use crate::state::{AfterDelivery, Offer, RewardedAction, Share, Site};
use crate::validation::is_email;
use crate::view::{self, payloads};

/// The maximum number of e-mail addresses that can receive an offer.
const MAX_RECIPIENTS: usize = 25;

/// The maximum number of e-mail addresses in a request.
const MAX_ADDRESSES: usize = 1_000;

pub(super) fn make(site: &mut Site, offer: u64, channel: &str, recipient: Option<String>) -> u64 {
    let (person, created_at, channel) = (site.offers[offer].person, site.now(), channel.to_owned());
    let id = site.shares.insert(|id| Share {
        id,
        person,
        offer,
        channel,
        recipient,
        created_at,
        claims: Vec::new(),
        is_canceled: false,
    });
    site.people.edit(person).history.shares.push(id);
    deliveries::queue(site, "post_share_web_hook", |site| payloads::post_share(site, id));
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

/// Splits a list of e-mail addresses and removes duplicates.
fn addresses(list: &str) -> Result<Vec<String>, ApiError> {
    let list = list.split([',', ';', '\n', '\r']).map(str::trim).filter(|address| !address.is_empty());
    let error = ApiError::bad_request(format!("`recipients` are too many (maximum is {MAX_ADDRESSES})"));
    require(list.clone().nth(MAX_ADDRESSES).is_none(), error)?;
    let mut known = HashSet::new();
    Ok(list.map(str::to_lowercase).filter(|address| known.insert(address.clone())).collect())
}

pub(super) fn by_email(site: &mut Site, call: &Call) -> ApiResult {
    let fields = call.fields();
    let offer = offers::named(site, call)?.clone();
    let is_dry_run = fields.flag("validation_only").unwrap_or(false);
    let addresses = addresses(&fields.text("recipients").unwrap_or_default())?;
    let before = offer.recipients.len();
    let (mut sharable, mut sent, mut is_full) = (0, 0, false);
    let mut recipients = Map::new();
    for address in addresses {
        let (mut recipient, can_receive) = examine(site, &offer, &address);
        if can_receive {
            sharable += 1;
            if before + sent >= MAX_RECIPIENTS {
                is_full = true;
            } else if !is_dry_run {
                sent += 1;
                send(site, offer.id, &address);
                recipient["currently_sent"] = true.into();
            }
        }
        recipients.insert(address, recipient);
    }
    let given =
        if sent > 0 { rewards::give(site, offer.person, offer.id, RewardedAction::Sharing) } else { Vec::new() };
    let rewards = view::list(site, site.rewards.select(&given), view::reward);
    Ok(json!({
        "success": if is_dry_run { sharable > 0 } else { sent > 0 },
        "validation_only": is_dry_run,
        "stats": {
            "advocate_blocked": false,
            "currently_not_sent": recipients.len() - sent,
            "currently_sent": sent,
            "left_emails": MAX_RECIPIENTS.saturating_sub(before + sent),
            "previously_sent": before,
            "sent_limit_exceeded": is_full,
            "total_sent": before + sent,
        },
        "recipients": recipients,
        "reward": rewards.get(0),
        "rewards": rewards,
    }))
}

/// Returns the entry for an e-mail address in the response, and whether the offer can be sent to this address.
fn examine(site: &Site, offer: &Offer, address: &str) -> (Value, bool) {
    let person = site.person(address).filter(|person| person.email == address);
    let is_valid = is_email(address);
    let is_own = person.is_some_and(|person| person.id == offer.person);
    let is_unsubscribed = person.is_some_and(|person| person.unsubscribed_at.is_some());
    let is_sharable = is_valid && !is_own && !is_unsubscribed;
    let is_sent = offer.recipients.iter().any(|known| known == address);
    let report = json!({
        "blacklisted": false,
        "blocklisted": false,
        "currently_sent": false,
        "email_valid": is_valid,
        "meets_criteria": true,
        "previously_sent": is_sent,
        "self_referral": is_own,
        "sharable": is_sharable,
        "unsubscribed": is_unsubscribed,
    });
    (report, is_sharable && !is_sent)
}

/// Simulates sending an e-mail: records the recipient, adds a share, and queues the webhook that asks whether the
/// recipient has unsubscribed. No e-mail is sent.
fn send(site: &mut Site, offer: u64, address: &str) {
    site.offers.edit(offer).recipients.push(address.to_owned());
    let then = Some(AfterDelivery::SendEmail(make(site, offer, "email", Some(address.to_owned()))));
    let payload = |site: &Site| payloads::check_unsubscribe(site, offer, address);
    deliveries::queue_then(site, "check_unsubscribe_web_hook", payload, then);
}

/// Cancels an e-mail whose recipient has unsubscribed: its share no longer counts, and the advocate can use another address.
pub(super) fn cancel_email(site: &mut Site, share: u64) {
    let mut canceled = site.shares.edit(share);
    canceled.is_canceled = true;
    let (person, offer, recipient) = (canceled.person, canceled.offer, canceled.recipient.clone());
    drop(canceled);
    site.people.edit(person).history.shares.retain(|id| *id != share);
    site.offers.edit(offer).recipients.retain(|address| Some(address) != recipient.as_ref());
}
