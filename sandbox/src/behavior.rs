//! What each operation does, one file for each kind of record.

#![expect(clippy::unnecessary_wraps, reason = "all operations have one signature, and so do all fraud checks")]

use crate::answer::Outcome;
use crate::call::Call;
use crate::state::Site;

mod assets;
mod campaigns;
mod claims;
mod coupons;
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

pub use claims::Claimed;
pub(crate) use claims::{Visit, claim};
pub(crate) use fraud::SAME_PERSON;
pub(crate) use jobs::run_due;
pub(crate) use referrals::pay_rewards;

/// An operation: it looks at the call, changes the site, and answers.
pub(crate) type Behavior = fn(&mut Site, &Call) -> Outcome;

/// The operations by their ids in the description.
const BEHAVIORS: &[(&str, Behavior)] = &[
    ("adjustLoyaltyMembersPointsBalance", loyalty::adjust),
    ("anonymizePerson", people::anonymize),
    ("calculateMetric", metrics::calculate),
    ("calculateMetricWithAllSegmentedInformation", metrics::segmentize),
    ("checkIfGivenCouponCodeBelongsToGivenPerson", coupons::check_permission),
    ("checkOfferClaimLinkStatus", offers::claim_link_status),
    ("createAffiliateMember", origins::create_affiliate_member),
    ("createBatchOfAffiliateMembers", jobs::batch_of_affiliate_members),
    ("createBatchOfEvents", jobs::batch_of_events),
    ("createBatchOfPurchases", jobs::batch_of_purchases),
    ("createCollectAction", loyalty::collect),
    ("createEvent", origins::create_event),
    ("createOrigin", origins::create_any),
    ("createPurchase", origins::create_purchase),
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

/// What the operation of this id does.
pub(crate) fn of(id: &str) -> Option<Behavior> {
    BEHAVIORS.iter().find(|(known, _)| *known == id).map(|(_, behavior)| *behavior)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::description::DESCRIPTION;

    #[test]
    #[ignore = "the vendor may add and drop operations; `cargo xtask check todo` asks for what is left to do"]
    fn nothing_is_left_without_a_behavior_and_no_behavior_without_an_operation() {
        let mut described: Vec<&str> = DESCRIPTION.operations.iter().map(|operation| operation.id.as_str()).collect();
        described.sort_unstable();
        let known: Vec<&str> = BEHAVIORS.iter().map(|(id, _)| *id).collect();
        assert_eq!(known, described);
    }
}
