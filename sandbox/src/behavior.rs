//! The implementations of the operations, with a module for each kind of record.

#![expect(clippy::unnecessary_wraps, reason = "operations share one signature, and so do fraud checks")]

use chrono::{DateTime, FixedOffset};

use crate::call::{ApiResult, Call, Fields};
use crate::state::{OriginKind, Site};
use crate::validation::parse_time;

mod assets;
mod campaigns;
mod claims;
mod coupons;
pub(crate) mod deliveries;
mod fraud;
mod jobs;
mod loyalty;
mod metrics;
mod offers;
mod origins;
mod people;
mod referrals;
mod refunds;
mod rewards;
mod shares;
mod visitors;

pub use claims::ClaimedOffer;
pub(crate) use claims::claim;
pub(crate) use jobs::run_due;

/// Performs an operation on a site.
pub(crate) type Behavior = fn(&mut Site, &Call) -> ApiResult;

/// The implementations of operations, by operation id.
const BEHAVIORS: &[(&str, Behavior)] = &[
    ("adjustLoyaltyMembersPointsBalance", loyalty::adjust),
    ("anonymizePerson", people::anonymize),
    ("calculateMetric", metrics::calculate),
    ("calculateMetricWithAllSegmentedInformation", metrics::segmentize),
    ("checkIfGivenCouponCodeBelongsToGivenPerson", coupons::check_permission),
    ("checkOfferClaimLinkStatus", offers::claim_link_status),
    ("createAffiliateMember", |site, call| origins::create(site, call, OriginKind::AffiliateMember)),
    ("createBatchOfAffiliateMembers", |site, call| jobs::enqueue_batch(site, call, OriginKind::AffiliateMember)),
    ("createBatchOfEvents", |site, call| jobs::enqueue_batch(site, call, OriginKind::Event)),
    ("createBatchOfPurchases", |site, call| jobs::enqueue_batch(site, call, OriginKind::Purchase)),
    ("createCollectAction", loyalty::collect),
    ("createEvent", |site, call| origins::create(site, call, OriginKind::Event)),
    ("createOrigin", origins::create_any),
    ("createPurchase", |site, call| origins::create(site, call, OriginKind::Purchase)),
    ("createRedeemAction", loyalty::redeem),
    ("createVisitor", visitors::create),
    ("findAdvocateOffer", offers::find),
    ("findAsset", assets::find),
    ("findCoupon", coupons::find),
    ("findLoyaltyMember", loyalty::find),
    ("findPerson", people::find),
    ("getAdvocatesWhoReferredFriend", people::referrals_as_friend),
    ("getFriendsReferredByAdvocate", people::referrals_as_advocate),
    ("getPersonalInformationAboutPerson", people::personal_data),
    ("getRewardsReceivedByPerson", people::rewards),
    ("getSharesMadeByPerson", people::shares),
    ("listAssets", assets::list),
    ("listCampaigns", campaigns::list),
    ("listCollectActions", loyalty::list_collects),
    ("listManualAdjustmentActions", loyalty::list_adjustments),
    ("listRedeemActions", loyalty::list_redeems),
    ("listRedemptionBatches", loyalty::list_batches),
    ("listRewards", rewards::of_visitor),
    ("listTrafficSources", campaigns::traffic_sources),
    ("markOriginAsRefunded", refunds::refund),
    ("markVisitorOfferAsVisited", claims::mark_as_visited),
    ("shareAndClaimOffer", claims::share_and_claim),
    ("shareViaEmail", shares::by_email),
    ("shareViaSocialChannel", shares::by_channel),
    ("unsubscribePerson", people::unsubscribe),
    ("updateLoyaltyMember", loyalty::update),
    ("updatePerson", people::update),
    ("updateReferralStatus", referrals::update_status),
    ("uploadAsset", assets::upload),
];

/// Reads a time field and converts it to the site's UTC offset.
fn time_field(site: &Site, fields: Fields<'_>, name: &str) -> Option<DateTime<FixedOffset>> {
    let time = parse_time(&fields.text(name)?, site.utc_offset)?;
    Some(time.with_timezone(&site.utc_offset))
}

/// Finds the implementation of an operation by its id.
pub(crate) fn find(id: &str) -> Option<Behavior> {
    BEHAVIORS.iter().find(|(known, _)| *known == id).map(|(_, behavior)| *behavior)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::description::DESCRIPTION;

    #[test]
    #[ignore = "the vendor can add or remove operations; `cargo xtask check todo` runs this test"]
    fn nothing_is_left_without_a_behavior() {
        let described: BTreeSet<&str> = DESCRIPTION.operations.iter().map(|operation| operation.id.as_str()).collect();
        assert!(BEHAVIORS.is_sorted_by(|one, other| one.0 < other.0), "`BEHAVIORS` is not sorted");
        let known: BTreeSet<&str> = BEHAVIORS.iter().map(|(id, _)| *id).collect();
        let missing: Vec<_> = described.difference(&known).collect();
        assert!(missing.is_empty(), "the sandbox has no behavior for {missing:?}; add them in sandbox/src/behavior/");
        let removed: Vec<_> = known.difference(&described).collect();
        assert!(removed.is_empty(), "the API no longer has {removed:?}; remove them from sandbox/src/behavior.rs");
    }
}
