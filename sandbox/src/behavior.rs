//! The implementations of the operations, with a module for each kind of record.

#![expect(clippy::unnecessary_wraps, reason = "operations share one signature")]

use chrono::{DateTime, FixedOffset};
use serde_json::Value;

use crate::call::{ApiResult, Call, Fields};
use crate::settings::InvalidSetting;
use crate::state::{Job, OriginKind, PointsActionKind, ReferralStatus, Site};
use crate::validation::parse_time;

mod assets;
mod claims;
pub(crate) mod deliveries;
mod fraud;
mod loyalty;
pub(crate) mod metrics;
mod offers;
mod origins;
mod people;
mod referrals;
mod rewards;
mod shares;

pub(crate) use claims::claim;

pub(crate) type Behavior = fn(&mut Site, &Call) -> ApiResult;

const BEHAVIORS: &[(&str, Behavior)] = &[
    ("adjustLoyaltyMembersPointsBalance", loyalty::adjust),
    ("anonymizePerson", people::anonymize),
    ("calculateMetric", metrics::calculate),
    ("calculateMetricWithAllSegmentedInformation", metrics::segmentize),
    ("checkIfGivenCouponCodeBelongsToGivenPerson", rewards::check_permission),
    ("checkOfferClaimLinkStatus", offers::claim_link_status),
    ("createAffiliateMember", |site, call| origins::create(site, call, OriginKind::AffiliateMember)),
    ("createBatchOfAffiliateMembers", |site, call| origins::enqueue_batch(site, call, OriginKind::AffiliateMember)),
    ("createBatchOfEvents", |site, call| origins::enqueue_batch(site, call, OriginKind::Event)),
    ("createBatchOfPurchases", |site, call| origins::enqueue_batch(site, call, OriginKind::Purchase)),
    ("createCollectAction", loyalty::collect),
    ("createEvent", |site, call| origins::create(site, call, OriginKind::Event)),
    ("createOrigin", origins::create_any),
    ("createPurchase", |site, call| origins::create(site, call, OriginKind::Purchase)),
    ("createRedeemAction", loyalty::redeem),
    ("createVisitor", people::create_visitor),
    ("findAdvocateOffer", offers::find),
    ("findAsset", assets::find),
    ("findCoupon", rewards::find_coupon),
    ("findLoyaltyMember", loyalty::find),
    ("findPerson", people::find),
    ("getAdvocatesWhoReferredFriend", people::referrals_as_friend),
    ("getFriendsReferredByAdvocate", people::referrals_as_advocate),
    ("getPersonalInformationAboutPerson", people::personal_data),
    ("getRewardsReceivedByPerson", people::rewards),
    ("getSharesMadeByPerson", people::shares),
    ("listAssets", assets::list),
    ("listCampaigns", offers::list_campaigns),
    ("listCollectActions", |site, call| loyalty::list(site, call, PointsActionKind::Collect)),
    ("listManualAdjustmentActions", |site, call| loyalty::list(site, call, PointsActionKind::ManualAdjustment)),
    ("listRedeemActions", |site, call| loyalty::list(site, call, PointsActionKind::Redeem)),
    ("listRedemptionBatches", loyalty::list_batches),
    ("listRewards", rewards::of_visitor),
    ("listTrafficSources", offers::traffic_sources),
    ("markOriginAsRefunded", origins::refund),
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

/// Runs a site's due jobs. Batch rows that are invalid or exceed the quota are skipped.
pub(crate) fn run_due(site: &mut Site) {
    let now = site.now();
    while let Some(job) = site.jobs.take_due(now) {
        match job {
            Job::Create { kind, row, makes_offer } => {
                if site.check_quota(0, 0).is_ok() {
                    let _ = origins::find_or_create(site, kind, Fields(Some(&row)), "", makes_offer);
                }
            }
            Job::Approve { referral } => {
                if site.referrals[referral].status == ReferralStatus::Pending {
                    referrals::approve(site, referral);
                }
            }
        }
    }
}

impl Site {
    /// Replaces the records of the site with saved ones. Cancels pending webhooks. Pays the rewards of approved referrals
    /// immediately, because the webhooks that they waited for are not saved. If loading fails, the site is unchanged.
    ///
    /// # Errors
    ///
    /// Returns an error if the JSON is not a saved site, if a record refers to one that doesn't exist, or if the records exceed
    /// the limit of the site.
    pub fn load(&mut self, saved: &Value) -> Result<(), InvalidSetting> {
        self.replace(saved)?;
        for id in 1..=self.referrals.last_id() {
            referrals::pay_rewards(self, Some(id));
        }
        Ok(())
    }
}

/// Reads a time field and converts it to the site's UTC offset.
fn time_field(site: &Site, fields: Fields<'_>, name: &str) -> Option<DateTime<FixedOffset>> {
    let time = parse_time(&fields.text(name)?, site.clock.utc_offset)?;
    Some(time.with_timezone(&site.clock.utc_offset))
}

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
