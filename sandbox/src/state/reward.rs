//! Rewards and coupons.

use chrono::{DateTime, FixedOffset};
use rust_decimal::Decimal;

use super::campaign::Incentive;

/// Whether a reward was given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RewardStatus {
    /// It was given.
    Paid,
    /// It will be given when its referral is approved.
    Unpaid,
    /// It was taken back, or is never given.
    Voided,
}

impl RewardStatus {
    /// As the API calls it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Paid => "Paid",
            Self::Unpaid => "Unpaid",
            Self::Voided => "Voided",
        }
    }
}

/// What a person gets for an action.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Reward {
    /// The number of the record.
    pub id: u64,
    /// The number of the person.
    pub person: u64,
    /// The number of the offer.
    pub offer: u64,
    /// The number of the campaign.
    pub campaign: u64,
    /// The number of the referral that it depends on.
    pub referral: Option<u64>,
    /// What was promised.
    pub incentive: Incentive,
    /// Whether it was given.
    pub status: RewardStatus,
    /// The number of its coupon, if it is paid so.
    pub coupon: Option<u64>,
    /// When it came into being.
    pub created_at: DateTime<FixedOffset>,
}

/// A code for a discount.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Coupon {
    /// The number of the record.
    pub id: u64,
    /// The code, in upper case.
    pub code: String,
    /// How much.
    pub amount: Decimal,
    /// Whether the amount is a percentage.
    pub is_percentage: bool,
    /// Whether it can be used once only.
    pub is_single_use: bool,
    /// How often it was used.
    pub usages: u64,
    /// Until when it is valid.
    pub expires_at: Option<DateTime<FixedOffset>>,
    /// Whether it was taken back.
    pub is_revoked: bool,
    /// The number of the person that it was given to.
    pub owner: Option<u64>,
    /// The number of the reward that it pays.
    pub reward: Option<u64>,
    /// The number of the offer whose friends may use it.
    pub offer: Option<u64>,
    /// The number of the claim that it was given for.
    pub claim: Option<u64>,
}

impl Coupon {
    /// Whether it is still good.
    pub fn is_active(&self, now: DateTime<FixedOffset>) -> bool {
        !self.is_revoked && !self.has_expired(now)
    }

    /// Whether its time is over.
    pub fn has_expired(&self, now: DateTime<FixedOffset>) -> bool {
        self.expires_at.is_some_and(|end| end <= now)
    }

    /// Whether someone has it, or friends may use it.
    pub fn is_issued(&self) -> bool {
        self.owner.is_some() || self.offer.is_some() || self.claim.is_some()
    }

    /// Whether it can't be used again.
    pub fn is_used_up(&self) -> bool {
        self.is_single_use && self.usages > 0
    }
}
