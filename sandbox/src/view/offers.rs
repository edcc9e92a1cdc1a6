//! Offers, campaigns, shares and assets.

use serde_json::{Map, Value, json};

use super::{number, segment, time};
use crate::state::{Action, Asset, Campaign, Incentive, Offer, Share, Site};

pub(crate) fn offer(site: &Site, offer: &Offer) -> Value {
    let campaign = site.campaigns.get(offer.campaign);
    let incentives = campaign.into_iter().flat_map(|campaign| &campaign.incentives);
    let incentives: Map<String, Value> = incentives.map(|entry| (entry.identifier.clone(), incentive(entry))).collect();
    json!({
        "campaign_tags": campaign.map(|campaign| campaign.tags.as_slice()).unwrap_or_default(),
        "claim_url": format!("{}/x/{}", site.url, offer.short_url_code),
        "coupon_code": offer.coupon_code,
        "email": site.people.get(offer.person).map(|person| person.email.as_str()),
        "id": offer.id,
        "incentives": incentives,
        "short_url_code": offer.short_url_code,
        "show_url": format!("{}/offers/{}", site.url, offer.short_url_code),
        "trigger_widget": campaign.is_some_and(|campaign| campaign.appearance == "popup"),
    })
}

pub(crate) fn incentive(incentive: &Incentive) -> Value {
    let for_friend = incentive.action.is_for_friend();
    json!({
        "action_type": incentive.action.name(),
        "amount": number(incentive.amount),
        "coupon_expires_at": null,
        "criteria_config": criteria(incentive),
        "description": incentive.description(),
        "for_advocate": !for_friend,
        "for_friend": for_friend,
        "highest_amount": true,
        "identifier": incentive.identifier,
        "incentive_type": incentive.kind(),
        "percentage": incentive.is_percentage,
    })
}

fn criteria(incentive: &Incentive) -> Value {
    let mut criteria = json!({ "has_liquid_criteria": false, "new_customer": null });
    match incentive.action {
        Action::Referrer | Action::Referred => {
            criteria["subtotal_min"] = incentive.subtotal_min.map_or(Value::Null, number);
            criteria["subtotal_max"] = Value::Null;
        }
        _ => {}
    }
    criteria["once_per_person"] = incentive.is_once_per_person.into();
    criteria
}

pub(crate) fn campaign(site: &Site, campaign: &Campaign) -> Value {
    json!({
        "appearance": campaign.appearance,
        "id": campaign.id,
        "is_active": campaign.is_active(site.now()),
        "joinable_category_names": campaign.joinable_category_names,
        "live_period": { "starts_at": campaign.starts_at.map(time), "ends_at": campaign.ends_at.map(time) },
        "name": campaign.name,
        "origin_max_age": null,
        "origin_min_age": null,
        "slug": campaign.id,
        "status": campaign.status.name(),
        "tag_names": campaign.tags,
    })
}

pub(crate) fn share(site: &Site, share: &Share) -> Value {
    let offer = site.offers.get(share.offer);
    let claims = share.claims.iter().filter_map(|id| site.claims.get(*id));
    let friends = claims.clone().filter(|claim| claim.referral.is_some()).count();
    let kind = if share.channel == "email" { "EmailOfferShare" } else { "SocialOfferShare" };
    let mut view = json!({
        "campaign": offer.and_then(|offer| site.campaigns.get(offer.campaign)).map(|entry| campaign(site, entry)),
        "channel_identifier": share.channel,
        "friend_clicks_count": claims.count(),
        "friends_count": friends,
        "id": share.id,
        "offer": offer.map(|offer| self::offer(site, offer)),
        "shared_at": time(share.created_at),
        "short_url": offer.map(|offer| format!("{}/x/{}?share={}", site.url, offer.short_url_code, share.id)),
        "type": kind,
    });
    if let Some(recipient) = &share.recipient {
        view["email"] = recipient.as_str().into();
    }
    view
}

pub(crate) fn asset(site: &Site, asset: &Asset) -> Value {
    json!({
        "content_type": asset.content_type,
        "created_at": time(asset.created_at),
        "fingerprint": asset.fingerprint,
        "height": asset.size.map(|(_, height)| height),
        "id": asset.id,
        "name": asset.name,
        "size": asset.content.len(),
        "updated_at": time(asset.created_at),
        "url": format!("{}/assets/{}/{}/{}", site.url, segment(site.slug()), asset.id, segment(&asset.name)),
        "width": asset.size.map(|(width, _)| width),
    })
}
