//! Referrals, and the rewards and coupons for them.

use chrono::{DateTime, FixedOffset};
use rust_decimal::Decimal;
use serde::Serialize;

use super::api_enum::api_enum;
use super::campaign::Incentive;

api_enum! {
    /// The status of a referral.
    ReferralStatus {
        /// The referral has been neither approved nor rejected yet.
        Pending = "pending",
        /// A fraud check flagged the referral for a manual decision.
        Flagged = "flagged",
        /// The referral is approved, so its rewards are paid.
        Approved = "approved",
        /// The referral is canceled, for example after a refund.
        Voided = "voided",
        /// A fraud check rejected the referral.
        Blocked = "blocked",
    }
}

/// A friend's purchase or event through an advocate's offer.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Referral {
    pub(crate) id: u64,
    /// The status of the referral.
    pub status: ReferralStatus,
    /// How the friend was recognized: `cookie`, `coupon`, `share_email` or `gated_email`.
    pub track_method: &'static str,
    pub(crate) offer: u64,
    pub(crate) campaign: u64,
    pub(crate) advocate: u64,
    pub(crate) friend: u64,
    pub(crate) origin: u64,
    pub(crate) claim: Option<u64>,
    pub(crate) fraud: FraudChecks,
    pub(crate) created_at: DateTime<FixedOffset>,
    /// The time of the last status change.
    pub(crate) updated_at: DateTime<FixedOffset>,
    pub(crate) rewards: Vec<u64>,
}

/// The names of a referral's fraud checks, grouped by result. `skipped` contains the checks that had no data to compare.
#[derive(Clone, Debug, Default, Serialize)]
pub(crate) struct FraudChecks {
    pub(crate) blocked: Vec<&'static str>,
    pub(crate) flagged: Vec<&'static str>,
    pub(crate) passed: Vec<&'static str>,
    pub(crate) skipped: Vec<&'static str>,
}

/// The name of the fraud check that detects self-referrals.
pub(crate) const SAME_PERSON: &str = "Matching Email or Cookie on Friend Purchase";

api_enum! {
    /// The status of a reward.
    RewardStatus {
        /// The reward will be paid when the referral is approved.
        Unpaid = "Unpaid",
        /// The reward is paid.
        Paid = "Paid",
        /// The reward was canceled, before or after payment.
        Voided = "Voided",
    }
}

/// A person's reward for an action.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Reward {
    pub(crate) id: u64,
    /// The status of the reward.
    pub status: RewardStatus,
    /// The id of the referral that must be approved before the reward is paid. `None` means that no approval is needed.
    pub referral: Option<u64>,
    pub(crate) person: u64,
    pub(crate) offer: u64,
    pub(crate) campaign: u64,
    /// A copy of the incentive from the time when the reward was created.
    pub(crate) incentive: Incentive,
    pub(crate) coupon: Option<u64>,
    pub(crate) created_at: DateTime<FixedOffset>,
}

/// A discount code.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Coupon {
    pub(crate) id: u64,
    /// The code, in upper case.
    pub code: String,
    pub(crate) amount: Decimal,
    pub(crate) is_percentage: bool,
    pub(crate) is_single_use: bool,
    pub(crate) usages: u64,
    pub(crate) expires_at: Option<DateTime<FixedOffset>>,
    /// Whether the coupon was revoked because its reward was voided.
    pub(crate) is_revoked: bool,
    pub(crate) owner: Option<u64>,
    pub(crate) reward: Option<u64>,
    /// The id of the offer, if the coupon can be used by all friends who receive that offer.
    pub(crate) offer: Option<u64>,
    pub(crate) claim: Option<u64>,
}

impl Coupon {
    pub(crate) fn is_active(&self, now: DateTime<FixedOffset>) -> bool {
        !self.is_revoked && self.expires_at.is_none_or(|end| now < end)
    }

    pub(crate) fn is_issued(&self) -> bool {
        self.owner.is_some() || self.offer.is_some() || self.claim.is_some()
    }

    pub(crate) fn is_used_up(&self) -> bool {
        self.is_single_use && self.usages > 0
    }
}
