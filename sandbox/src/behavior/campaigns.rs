//! Campaigns: listing them, and finding the one that makes an offer.

use serde_json::json;

use crate::call::{ApiResult, Call};
use crate::state::{Origin, OriginKind, Site};
use crate::view;

pub(super) fn list(site: &mut Site, _: &Call) -> ApiResult {
    let campaigns = site.campaigns.iter().map(|campaign| view::campaign(site, campaign));
    Ok(json!({ "campaigns": campaigns.collect::<Vec<_>>() }))
}

pub(super) fn traffic_sources(site: &mut Site, _: &Call) -> ApiResult {
    Ok(site.traffic_sources.iter().map(|identifier| json!({ "identifier": identifier })).collect())
}

/// The first active campaign that the origin can join. With tags, it must have one of them.
pub(super) fn matching(site: &Site, origin: &Origin, tags: Option<&[String]>) -> Option<u64> {
    let category = match origin.kind {
        OriginKind::Purchase => "purchase",
        OriginKind::AffiliateMember => "affiliate_member",
        OriginKind::Event => origin.event_category.as_deref().unwrap_or_default(),
    };
    let now = site.now();
    let mut campaigns = site.campaigns.iter().filter(|campaign| campaign.is_active(now));
    let found = campaigns.find(|campaign| {
        let joins = campaign.joinable_category_names.iter().any(|name| name == category);
        joins && tags.is_none_or(|tags| tags.iter().any(|tag| campaign.tags.contains(tag)))
    });
    found.map(|campaign| campaign.id)
}

/// The first active campaign, or the first with this tag.
pub(super) fn tagged(site: &Site, tag: Option<&String>) -> Option<u64> {
    let now = site.now();
    let mut campaigns = site.campaigns.iter().filter(|campaign| campaign.is_active(now));
    campaigns.find(|campaign| tag.is_none_or(|tag| campaign.tags.contains(tag))).map(|campaign| campaign.id)
}
