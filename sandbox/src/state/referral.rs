//! Referrals, and the rewards and coupons for them.

use chrono::{DateTime, FixedOffset};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

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

api_enum! {
    /// How a friend was recognized.
    TrackMethod {
        /// By the browser in which the friend opened a claim link.
        Cookie = "cookie",
        /// By a coupon code.
        Coupon = "coupon",
        /// By an e-mail address that the offer was sent to.
        ShareEmail = "share_email",
        /// By an e-mail address that the friend gave when claiming an offer.
        GatedEmail = "gated_email",
    }
}

/// A friend's purchase or event through an advocate's offer.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Referral {
    /// The id of the referral.
    pub id: u64,
    /// The status of the referral.
    pub status: ReferralStatus,
    /// How the friend was recognized.
    pub track_method: TrackMethod,
    /// The id of the advocate's offer.
    pub offer: u64,
    /// The id of the campaign.
    pub campaign: u64,
    /// The id of the advocate.
    pub advocate: u64,
    /// The id of the friend.
    pub friend: u64,
    /// The id of the friend's purchase or event.
    pub origin: u64,
    /// The id of the friend's claim.
    pub claim: Option<u64>,
    /// The results of the fraud checks.
    pub fraud: FraudChecks,
    pub(crate) created_at: DateTime<FixedOffset>,
    /// The time of the last status change.
    pub(crate) updated_at: DateTime<FixedOffset>,
    pub(crate) rewards: Vec<u64>,
}

/// A referral's fraud checks, grouped by result.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[non_exhaustive]
pub struct FraudChecks {
    /// The fraud checks that blocked the referral.
    pub blocked: Vec<FraudCheck>,
    /// The fraud checks that flagged the referral for a manual decision.
    pub flagged: Vec<FraudCheck>,
    /// The fraud checks that found nothing suspicious.
    pub passed: Vec<FraudCheck>,
    /// The fraud checks that had no data to compare.
    pub skipped: Vec<FraudCheck>,
}

api_enum! {
    /// A fraud check, which compares the advocate with the friend.
    FraudCheck {
        /// The advocate and the friend are the same person, or have the same customer id or browser.
        SamePerson = "Matching Email or Cookie on Friend Purchase",
        /// The advocate and the friend have the same phone number.
        SamePhoneNumber = "Matching Phone Number on Friend Purchase",
        /// The advocate and the friend have e-mail addresses that differ only in parts that many providers ignore.
        SimilarEmail = "Similar Email Match",
        /// The advocate and the friend have the same shipping address.
        SameShippingAddress = "Matching Shipping Address",
        /// The advocate and the friend have the same IP address.
        SameIpAddress = "Matching by IP Address only",
        /// The friend has also referred the advocate.
        MutualReferral = "Friend and Advocate Refer Each Other",
        /// The advocate and the friend have the same IP address and user agent.
        SameBrowser = "Matching by Combination of IP Address & User Agent",
    }
}

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
#[derive(Clone, Debug, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Reward {
    /// The id of the reward.
    pub id: u64,
    /// The status of the reward.
    pub status: RewardStatus,
    /// The id of the referral that must be approved before the reward is paid. `None` means that no approval is needed.
    pub referral: Option<u64>,
    /// The id of the person.
    pub person: u64,
    /// The id of the offer.
    pub offer: u64,
    /// The id of the campaign.
    pub campaign: u64,
    /// A copy of the incentive from the time when the reward was created.
    pub incentive: Incentive,
    /// The id of the coupon, if the reward is a coupon.
    pub coupon: Option<u64>,
    pub(crate) created_at: DateTime<FixedOffset>,
}

/// A discount code.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
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
    pub(crate) reward: Option<u64>,
    /// The id of the offer, if the coupon can be used by all friends who receive that offer.
    pub(crate) offer: Option<u64>,
    pub(crate) claim: Option<u64>,
}

impl Coupon {
    /// Returns whether the coupon is neither revoked nor expired.
    pub fn is_active(&self, now: DateTime<FixedOffset>) -> bool {
        !self.is_revoked && self.expires_at.is_none_or(|end| now < end)
    }

    pub(crate) fn is_issued(&self) -> bool {
        self.owner.is_some() || self.offer.is_some() || self.claim.is_some()
    }

    /// Returns whether the coupon is for single use and has been used.
    pub fn is_used_up(&self) -> bool {
        self.is_single_use && self.usages > 0
    }
}
