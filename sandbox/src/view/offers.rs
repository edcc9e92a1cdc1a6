//! The JSON representation of offers, campaigns, shares and assets.

use serde_json::{Map, Value, json};

use super::{number, segment, time};
use crate::state::{Asset, Campaign, Incentive, Offer, RewardedAction, Share, Site};

pub(crate) fn offer(site: &Site, offer: &Offer) -> Value {
    let campaign = &site.campaigns[offer.campaign];
    let incentives = campaign.incentives.iter().map(|entry| (entry.identifier.clone(), incentive(entry)));
    json!({
        "campaign_tags": campaign.tags,
        "claim_url": site.claim_url(offer),
        "coupon_code": offer.coupon_code,
        "email": site.people[offer.person].email,
        "id": offer.id,
        "incentives": incentives.collect::<Map<_, _>>(),
        "short_url_code": offer.short_url_code,
        "show_url": format!("{}/offers/{}", site.url, offer.short_url_code),
        "trigger_widget": campaign.appearance == "popup",
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
    let mut criteria = json!({
        "has_liquid_criteria": false,
        "new_customer": null,
        "once_per_person": incentive.is_once_per_person,
    });
    if matches!(incentive.action, RewardedAction::Referrer | RewardedAction::Referred) {
        criteria["subtotal_min"] = json!(incentive.subtotal_min.map(number));
        criteria["subtotal_max"] = Value::Null;
    }
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
    let offer = &site.offers[share.offer];
    let claims = site.claims.select(&share.claims);
    let mut view = json!({
        "campaign": campaign(site, &site.campaigns[offer.campaign]),
        "channel_identifier": share.channel,
        "friend_clicks_count": share.claims.len(),
        "friends_count": claims.filter(|claim| claim.referral.is_some()).count(),
        "id": share.id,
        "offer": self::offer(site, offer),
        "shared_at": time(share.created_at),
        "short_url": share_url(site, share),
        "type": if share.channel == "email" { "EmailOfferShare" } else { "SocialOfferShare" },
    });
    if let Some(recipient) = &share.recipient {
        view["email"] = recipient.as_str().into();
    }
    view
}

pub(super) fn share_url(site: &Site, share: &Share) -> String {
    format!("{}?share={}", site.claim_url(&site.offers[share.offer]), share.id)
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
