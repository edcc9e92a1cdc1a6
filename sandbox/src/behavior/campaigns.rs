//! Campaigns: listing them, and selecting one for an offer.

use serde_json::json;

use crate::call::{ApiResult, Call};
use crate::state::{Campaign, Origin, OriginKind, Site};
use crate::view;

pub(super) fn list(site: &mut Site, _: &Call) -> ApiResult {
    Ok(json!({ "campaigns": view::list(site, site.campaigns.iter(), view::campaign) }))
}

pub(super) fn traffic_sources(site: &mut Site, _: &Call) -> ApiResult {
    Ok(site.traffic_sources.iter().map(|identifier| json!({ "identifier": identifier })).collect())
}

/// Returns the first active campaign that the origin can join. If tags are given, the campaign must have one of them.
pub(super) fn matching(site: &Site, origin: &Origin, tags: Option<&[String]>) -> Option<u64> {
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

/// Returns the first active campaign. If a tag is given, the campaign must have it.
pub(super) fn tagged(site: &Site, tag: Option<&String>) -> Option<u64> {
    first_active(site, |campaign| tag.is_none_or(|tag| campaign.tags.contains(tag)))
}

fn first_active(site: &Site, matches: impl Fn(&Campaign) -> bool) -> Option<u64> {
    let now = site.now();
    let found = site.campaigns.iter().find(|campaign| campaign.is_active(now) && matches(campaign));
    found.map(|campaign| campaign.id)
}
