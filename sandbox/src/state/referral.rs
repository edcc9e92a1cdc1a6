//! Referrals: friends who bought through an advocate's offer.

use chrono::{DateTime, FixedOffset};

/// How far a referral is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReferralStatus {
    /// Nobody has decided yet.
    Pending,
    /// A fraud check asks for a decision.
    Flagged,
    /// It counts, and was rewarded.
    Approved,
    /// It does not count after all.
    Voided,
    /// A fraud check refused it.
    Blocked,
}

impl ReferralStatus {
    const ALL: [Self; 5] = [Self::Pending, Self::Flagged, Self::Approved, Self::Voided, Self::Blocked];

    /// As the API calls it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Flagged => "flagged",
            Self::Approved => "approved",
            Self::Voided => "voided",
            Self::Blocked => "blocked",
        }
    }

    /// The status that the API calls so.
    pub(crate) fn of(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.name() == name)
    }

    /// Whether it stays as it is.
    pub(crate) fn is_final(self) -> bool {
        matches!(self, Self::Approved | Self::Voided)
    }
}

/// A friend's purchase or event that an advocate's offer led to.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Referral {
    /// The number of the record.
    pub id: u64,
    /// The number of the advocate's offer.
    pub offer: u64,
    /// The number of the campaign.
    pub campaign: u64,
    /// The number of the advocate.
    pub advocate: u64,
    /// The number of the friend.
    pub friend: u64,
    /// The number of the friend's purchase or event.
    pub origin: u64,
    /// The number of the claim that the friend came by.
    pub claim: Option<u64>,
    /// How far it is.
    pub status: ReferralStatus,
    /// How the friend was recognized: `cookie`, `coupon`, `share_email` or `gated_email`.
    pub track_method: &'static str,
    /// What the fraud checks found.
    pub fraud: Fraud,
    /// When it was made.
    pub created_at: DateTime<FixedOffset>,
    /// When its status changed.
    pub updated_at: DateTime<FixedOffset>,
    pub(crate) rewards: Vec<u64>,
}

/// The fraud checks by result.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Fraud {
    /// They refused the referral.
    pub blocked: Vec<&'static str>,
    /// They ask for a decision.
    pub flagged: Vec<&'static str>,
    /// They lacked what they compare.
    pub skipped: Vec<&'static str>,
    /// They found nothing.
    pub passed: Vec<&'static str>,
}

impl Fraud {
    pub(crate) const SAME_PERSON: &str = "Matching Email or Cookie on Friend Purchase";
}
