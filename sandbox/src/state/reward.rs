//! Rewards and coupons.

use chrono::{DateTime, FixedOffset};
use rust_decimal::Decimal;

use super::api_enum::api_enum;
use super::campaign::Incentive;

api_enum! {
    /// The status of a reward.
    RewardStatus {
        /// The reward is paid.
        Paid = "Paid",
        /// The reward will be paid when the referral is approved.
        Unpaid = "Unpaid",
        /// The reward was canceled, before or after payment.
        Voided = "Voided",
    }
}

/// A person's reward for an action.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Reward {
    /// The id of the reward.
    pub id: u64,
    /// The id of the person.
    pub person: u64,
    /// The id of the offer.
    pub offer: u64,
    /// The id of the campaign.
    pub campaign: u64,
    /// The id of the referral that must be approved before the reward is paid.
    pub referral: Option<u64>,
    /// A copy of the incentive from the time when the reward was created.
    pub incentive: Incentive,
    /// The status of the reward.
    pub status: RewardStatus,
    /// The id of the coupon, if the reward is a coupon.
    pub coupon: Option<u64>,
    /// The time of creation.
    pub created_at: DateTime<FixedOffset>,
}

/// A discount code.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Coupon {
    /// The id of the coupon.
    pub id: u64,
    /// The code, in upper case.
    pub code: String,
    /// The amount of the discount.
    pub amount: Decimal,
    /// Whether the amount is a percentage.
    pub is_percentage: bool,
    /// Whether the coupon can be used only once.
    pub is_single_use: bool,
    /// The number of times that the coupon has been used.
    pub usages: u64,
    /// The time of expiry.
    pub expires_at: Option<DateTime<FixedOffset>>,
    /// Whether the coupon was revoked because its reward was voided.
    pub is_revoked: bool,
    /// The id of the person who owns the coupon.
    pub owner: Option<u64>,
    /// The id of the reward paid with the coupon.
    pub reward: Option<u64>,
    /// The id of the offer, if the coupon can be used by all friends who receive that offer.
    pub offer: Option<u64>,
    /// The id of the claim that the coupon was issued for.
    pub claim: Option<u64>,
}

impl Coupon {
    /// Returns whether the coupon is neither revoked nor expired.
    pub fn is_active(&self, now: DateTime<FixedOffset>) -> bool {
        !self.is_revoked && self.expires_at.is_none_or(|end| now < end)
    }

    /// Returns whether the coupon belongs to a person, an offer or a claim.
    pub fn is_issued(&self) -> bool {
        self.owner.is_some() || self.offer.is_some() || self.claim.is_some()
    }

    /// Returns whether the coupon is for single use and has been used.
    pub fn is_used_up(&self) -> bool {
        self.is_single_use && self.usages > 0
    }
}
