//! Campaigns and their incentives.

use std::time::Duration;

use chrono::{DateTime, FixedOffset};
use rust_decimal::Decimal;

/// How far a campaign is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CampaignStatus {
    /// It makes offers.
    Live,
    /// It is being tried out.
    Test,
    /// It will be live.
    Scheduled,
    /// It makes no offers.
    Disabled,
}

impl CampaignStatus {
    /// As the API calls it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Live => "Live",
            Self::Test => "Test",
            Self::Scheduled => "Scheduled",
            Self::Disabled => "Disabled",
        }
    }
}

/// A referral campaign.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Campaign {
    /// The number of the record.
    pub id: u64,
    /// What it is called.
    pub name: String,
    /// How far it is.
    pub status: CampaignStatus,
    /// `inline` or `popup`.
    pub appearance: String,
    /// The tags by which an origin can ask for it.
    pub tags: Vec<String>,
    /// What it makes offers for: `purchase`, `affiliate_member`, or the category of an event.
    pub joinable_category_names: Vec<String>,
    /// When it starts.
    pub starts_at: Option<DateTime<FixedOffset>>,
    /// When it ends.
    pub ends_at: Option<DateTime<FixedOffset>>,
    /// What it promises.
    pub incentives: Vec<Incentive>,
    /// Whether each of its offers comes with a code for friends, whose use makes a referral.
    pub shares_coupon: bool,
    /// After which time a pending referral is approved by itself; never if not set.
    pub approves_after: Option<Duration>,
}

impl Campaign {
    /// A live campaign without an end.
    pub fn live(name: impl Into<String>) -> Self {
        Self {
            id: 0,
            name: name.into(),
            status: CampaignStatus::Live,
            appearance: "inline".to_owned(),
            tags: Vec::new(),
            joinable_category_names: Vec::new(),
            starts_at: None,
            ends_at: None,
            incentives: Vec::new(),
            shares_coupon: false,
            approves_after: None,
        }
    }

    /// Whether it makes offers at this time.
    pub fn is_active(&self, now: DateTime<FixedOffset>) -> bool {
        let has_started = self.starts_at.is_none_or(|start| start <= now);
        let has_ended = self.ends_at.is_some_and(|end| end <= now);
        self.status == CampaignStatus::Live && has_started && !has_ended
    }

    /// The incentives for this action.
    pub(crate) fn incentives_for(&self, action: Action) -> Vec<Incentive> {
        self.incentives.iter().filter(|incentive| incentive.action == action).cloned().collect()
    }
}

/// What an incentive rewards.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// Signing up as an advocate.
    Signup,
    /// Sharing an offer.
    Sharing,
    /// Claiming an advocate's offer, as a friend.
    Click,
    /// Having referred a friend.
    Referrer,
    /// Having been referred.
    Referred,
}

impl Action {
    /// As the API calls it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Signup => "signup",
            Self::Sharing => "sharing",
            Self::Click => "click",
            Self::Referrer => "referrer",
            Self::Referred => "referred",
        }
    }

    /// The reason that a reward for it gives.
    pub fn reason(self) -> &'static str {
        match self {
            Self::Sharing => "shared",
            other => other.name(),
        }
    }

    /// Whether the friend is rewarded, and not the advocate.
    pub fn is_for_friend(self) -> bool {
        matches!(self, Self::Click | Self::Referred)
    }
}

/// What is promised for an action.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Incentive {
    /// Its name within the campaign.
    pub identifier: String,
    /// What it rewards.
    pub action: Action,
    /// Whether it is paid by a coupon, and in money otherwise.
    pub is_coupon: bool,
    /// How much.
    pub amount: Decimal,
    /// Whether the amount is a percentage.
    pub is_percentage: bool,
    /// The smallest subtotal of the friend's purchase.
    pub subtotal_min: Option<Decimal>,
    /// Whether a person gets it only once.
    pub is_once_per_person: bool,
    /// How long its coupons are valid; forever if not set.
    pub valid_for: Option<Duration>,
}

impl Incentive {
    /// Money for an action.
    pub fn rebate(identifier: impl Into<String>, action: Action, amount: Decimal) -> Self {
        Self {
            identifier: identifier.into(),
            action,
            is_coupon: false,
            amount,
            is_percentage: false,
            subtotal_min: None,
            is_once_per_person: false,
            valid_for: None,
        }
    }

    /// A coupon over a percentage.
    pub fn coupon(identifier: impl Into<String>, action: Action, percentage: Decimal) -> Self {
        Self { is_coupon: true, is_percentage: true, ..Self::rebate(identifier, action, percentage) }
    }

    /// As the API calls the kind.
    pub fn kind(&self) -> &'static str {
        if self.is_coupon { "discount_coupon" } else { "rebate" }
    }

    /// The amount as people read it: `$10` or `10%`.
    pub fn description(&self) -> String {
        describe_amount(self.amount, self.is_percentage)
    }
}

/// An amount as people read it: `$10` or `10%`.
pub(crate) fn describe_amount(amount: Decimal, is_percentage: bool) -> String {
    let amount = amount.normalize();
    if is_percentage { format!("{amount}%") } else { format!("${amount}") }
}
