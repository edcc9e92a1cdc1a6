//! Referrals, which are friends' purchases and events through advocates' offers.

use chrono::{DateTime, FixedOffset};

use super::api_enum::api_enum;

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

impl ReferralStatus {
    /// Returns whether the status is final. API calls can't change a final status.
    pub(crate) fn is_final(self) -> bool {
        matches!(self, Self::Approved | Self::Voided)
    }
}

/// A friend's purchase or event through an advocate's offer.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Referral {
    /// The id of the referral.
    pub id: u64,
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
    /// The status of the referral.
    pub status: ReferralStatus,
    /// How the friend was recognized: `cookie`, `coupon`, `share_email` or `gated_email`.
    pub track_method: &'static str,
    /// The results of the fraud checks.
    pub fraud: FraudChecks,
    /// The time of creation.
    pub created_at: DateTime<FixedOffset>,
    /// The time of the last status change.
    pub updated_at: DateTime<FixedOffset>,
    pub(crate) rewards: Vec<u64>,
}

/// The names of a referral's fraud checks, grouped by result.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct FraudChecks {
    /// The names of the fraud checks that blocked the referral.
    pub blocked: Vec<&'static str>,
    /// The names of the fraud checks that flagged the referral for manual review.
    pub flagged: Vec<&'static str>,
    /// The names of the fraud checks that had no data to compare.
    pub skipped: Vec<&'static str>,
    /// The names of the fraud checks that found nothing suspicious.
    pub passed: Vec<&'static str>,
}

impl FraudChecks {
    pub(crate) const SAME_PERSON: &str = "Matching Email or Cookie on Friend Purchase";
}
