//! Advocates' offers: making, finding, and their links.

use serde_json::{Map, Value, json};

use super::{campaigns, coupons, rewards};
use crate::call::{ApiError, ApiResult, Call};
use crate::state::{Action, Offer, Site};
use crate::view;

/// Channels that have no link of their own.
const WITHOUT_LINKS: &[&str] = &["email", "reminder", "facebook_sponsored", "coupon"];

/// Makes the offer for an origin, if a campaign matches.
pub(super) fn make(site: &mut Site, origin: u64, tags: Option<&[String]>) -> Option<u64> {
    let campaign = campaigns::matching(site, site.origins.get(origin)?, tags)?;
    make_in(site, origin, campaign)
}

/// Makes the offer of a campaign for an origin.
pub(super) fn make_in(site: &mut Site, origin: u64, campaign: u64) -> Option<u64> {
    let person = site.origins.get(origin)?.person;
    let created_at = site.now();
    let short_url_code = free_code(site);
    let code = short_url_code.clone();
    let offer = site.offers.insert(|id| Offer {
        id,
        person,
        origin,
        campaign,
        short_url_code,
        coupon_code: None,
        created_at,
        recipients: Vec::new(),
    });
    let id = offer.id;
    site.offers_by_code.insert(code, id);
    if site.campaigns.get(campaign)?.shares_coupon {
        coupons::share(site, id);
    }
    site.origins.get_mut(origin)?.offer = Some(id);
    site.people.get_mut(person)?.history.offers.push(id);
    rewards::give(site, person, id, Action::Signup);
    Some(id)
}

/// Six letters and digits that no offer has yet.
fn free_code(site: &mut Site) -> String {
    loop {
        let code: String = std::iter::repeat_with(|| site.random.alphanumeric()).take(6).collect();
        if !site.offers_by_code.contains_key(&code) {
            return code;
        }
    }
}

pub(super) fn find(site: &mut Site, call: &Call) -> ApiResult {
    let offer = named(site, call)?;
    let channels = call.fields().texts("sharing_channels[]").or_else(|| call.fields().texts("sharing_channels"));
    let mut result = json!({ "offer": view::offer(site, offer) });
    if let Some(channels) = channels {
        result["claim_links"] = claim_links(site, offer, &channels)?;
    }
    Ok(result)
}

/// A link for each channel, by which friends are told apart.
pub(super) fn claim_links(site: &Site, offer: &Offer, channels: &[String]) -> ApiResult {
    check_channels(channels)?;
    let link = |channel: &String| format!("{}/x/{}?channel={}", site.url, offer.short_url_code, view::segment(channel));
    Ok(Value::Object(channels.iter().map(|channel| (channel.clone(), link(channel).into())).collect::<Map<_, _>>()))
}

/// Refuses channels that have no links.
pub(super) fn check_channels(channels: &[String]) -> Result<(), ApiError> {
    let wrong = channels.iter().find(|channel| WITHOUT_LINKS.contains(&channel.as_str()));
    wrong.map_or(Ok(()), |channel| Err(ApiError::bad_request(format!("Wrong sharing channel: {channel}"))))
}

/// A link works while its campaign is active, if it is one of the offer's.
pub(super) fn claim_link_status(site: &mut Site, call: &Call) -> ApiResult {
    let offer = named(site, call)?;
    let link = format!("{}/x/{}", site.url, offer.short_url_code);
    let is_own = call.fields().text("claim_url").is_none_or(|url| url.split('?').next() == Some(&link));
    let now = site.now();
    let is_active = site.campaigns.get(offer.campaign).is_some_and(|campaign| campaign.is_active(now));
    Ok(json!({ "active": is_own && is_active }))
}

/// The offer of the path: by its short code, or by its number.
pub(super) fn named<'a>(site: &'a Site, call: &Call) -> Result<&'a Offer, ApiError> {
    let code = call.path("short_url_code");
    let id = site.offers_by_code.get(code).copied().or_else(|| code.parse().ok());
    id.and_then(|id| site.offers.get(id)).ok_or_else(|| ApiError::bad_request("No offer found by id."))
}
