//! Campaigns, and advocates' offers with their links.

use serde_json::{Map, Value, json};

use super::rewards;
use crate::call::{ApiError, ApiResult, Call};
use crate::state::{Campaign, Offer, Origin, OriginKind, RewardedAction, Site};
use crate::view;

/// Channels that have no claim link.
const WITHOUT_LINKS: &[&str] = &["email", "reminder", "facebook_sponsored", "coupon"];

/// Makes an offer for an origin, if a campaign matches.
pub(super) fn make(site: &mut Site, origin: u64, tags: Option<&[String]>) {
    if let Some(campaign) = matching_campaign(site, &site.origins[origin], tags) {
        make_in(site, origin, campaign);
    }
}

pub(super) fn make_in(site: &mut Site, origin: u64, campaign: u64) -> u64 {
    let (person, created_at, code) = (site.origins[origin].person, site.now(), free_code(site));
    let short_url_code = code.clone();
    let offer = Offer { short_url_code, person, origin, campaign, created_at, ..Offer::default() };
    let id = site.offers.insert(|id| Offer { id, ..offer });
    site.offers_by_code.insert(code, id);
    if site.campaigns[campaign].shares_coupon {
        rewards::share_coupon(site, id);
    }
    site.origins.edit(origin).offer = Some(id);
    site.people.edit(person).history.offers.push(id);
    rewards::give(site, person, id, RewardedAction::Signup);
    id
}

fn free_code(site: &mut Site) -> String {
    loop {
        let code: String = (0..6).map(|_| site.random.alphanumeric()).collect();
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

/// Returns a claim link for each channel. A claim through a link is attributed to the link's channel.
pub(super) fn claim_links(site: &Site, offer: &Offer, channels: &[String]) -> ApiResult {
    check_channels(channels)?;
    let url = site.claim_url(offer);
    let link = |channel: &String| (channel.clone(), format!("{url}?channel={}", view::segment(channel)).into());
    Ok(channels.iter().map(link).collect::<Map<_, Value>>().into())
}

pub(super) fn check_channels(channels: &[String]) -> Result<(), ApiError> {
    let wrong = channels.iter().find(|channel| WITHOUT_LINKS.contains(&channel.as_str()));
    wrong.map_or(Ok(()), |channel| Err(ApiError::bad_request(format!("Wrong sharing channel: {channel}"))))
}

/// Reports whether a claim link belongs to an offer whose campaign is active.
pub(super) fn claim_link_status(site: &mut Site, call: &Call) -> ApiResult {
    let offer = named(site, call)?;
    let link = site.claim_url(offer);
    let is_own = call.fields().text("claim_url").is_none_or(|url| url.split('?').next() == Some(&link));
    Ok(json!({ "active": is_own && site.campaigns[offer.campaign].is_active(site.now()) }))
}

/// Finds the offer identified in the path, by its short code or its id.
pub(super) fn named<'a>(site: &'a Site, call: &Call) -> Result<&'a Offer, ApiError> {
    let code = call.path("short_url_code");
    let id = site.offers_by_code.get(code).copied().or_else(|| code.parse().ok());
    id.and_then(|id| site.offers.get(id)).ok_or_else(|| ApiError::bad_request("No offer found by id."))
}

pub(super) fn list_campaigns(site: &mut Site, _: &Call) -> ApiResult {
    Ok(json!({ "campaigns": view::list(site, site.campaigns.iter(), view::campaign) }))
}

pub(super) fn traffic_sources(site: &mut Site, _: &Call) -> ApiResult {
    Ok(site.traffic_sources.iter().map(|identifier| json!({ "identifier": identifier })).collect())
}

/// Returns the id of the first active campaign for this kind of origin. If tags are given, the campaign must have one of them.
fn matching_campaign(site: &Site, origin: &Origin, tags: Option<&[String]>) -> Option<u64> {
    let category = match origin.kind {
        OriginKind::Purchase => "purchase",
        OriginKind::AffiliateMember => "affiliate_member",
        OriginKind::Event => origin.event_category.as_deref().unwrap_or_default(),
    };
    first_active(site, |campaign| {
        campaign.joinable_category_names.iter().any(|name| name == category)
            && tags.is_none_or(|tags| tags.iter().any(|tag| campaign.tags.contains(tag)))
    })
}

/// Returns the id of the first active campaign. If a tag is given, the campaign must have it.
pub(super) fn tagged_campaign(site: &Site, tag: Option<&String>) -> Option<u64> {
    first_active(site, |campaign| tag.is_none_or(|tag| campaign.tags.contains(tag)))
}

fn first_active(site: &Site, matches: impl Fn(&Campaign) -> bool) -> Option<u64> {
    let now = site.now();
    let mut active = site.campaigns.iter().filter(|campaign| campaign.is_active(now));
    active.find(|campaign| matches(campaign)).map(|campaign| campaign.id)
}
