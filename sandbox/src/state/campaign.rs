//! Campaigns and their incentives.

use std::time::Duration;

use chrono::{DateTime, FixedOffset};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::api_enum::api_enum;

api_enum! {
    /// The status of a campaign. Only live campaigns make offers.
    #[derive(Default)]
    CampaignStatus {
        /// The campaign makes offers.
        #[default]
        Live = "Live",
        /// The campaign is being tested.
        Test = "Test",
        /// The campaign goes live later.
        Scheduled = "Scheduled",
        /// The campaign is switched off.
        Disabled = "Disabled",
    }
}

/// A referral campaign.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Campaign {
    /// The id of the campaign.
    pub id: u64,
    /// The name of the campaign.
    pub name: String,
    /// The status of the campaign.
    pub status: CampaignStatus,
    /// The appearance of the offer: `inline` or `popup`.
    pub appearance: String,
    /// The tags that select the campaign when an origin is created.
    pub tags: Vec<String>,
    /// The kinds of origins that get an offer: `purchase`, `affiliate_member`, or an event category.
    pub joinable_category_names: Vec<String>,
    /// The start of the campaign, if set.
    pub starts_at: Option<DateTime<FixedOffset>>,
    /// The end of the campaign, if set.
    pub ends_at: Option<DateTime<FixedOffset>>,
    /// The incentives for advocates and friends.
    pub incentives: Vec<Incentive>,
    /// Whether each offer has a coupon code for friends. Using the code creates a referral.
    pub shares_coupon: bool,
    /// The time after which a pending referral is approved automatically. `None` means never.
    pub approves_after: Option<Duration>,
}

impl Campaign {
    /// Creates a live campaign without incentives or an end.
    pub fn live(name: impl Into<String>) -> Self {
        Self { name: name.into(), appearance: "inline".to_owned(), ..Self::default() }
    }

    /// Returns whether the campaign makes offers at this time.
    pub fn is_active(&self, now: DateTime<FixedOffset>) -> bool {
        let has_started = self.starts_at.is_none_or(|start| start <= now);
        let has_ended = self.ends_at.is_some_and(|end| end <= now);
        self.status == CampaignStatus::Live && has_started && !has_ended
    }

    pub(crate) fn incentives_for(&self, action: RewardedAction) -> Vec<Incentive> {
        self.incentives.iter().filter(|incentive| incentive.action == action).cloned().collect()
    }
}

api_enum! {
    /// The action that an incentive rewards.
    #[derive(Default)]
    RewardedAction {
        /// Signing up as an advocate.
        #[default]
        Signup = "signup",
        /// Sharing an offer.
        Sharing = "sharing",
        /// Claiming an advocate's offer, as a friend.
        Click = "click",
        /// Referring a friend.
        Referrer = "referrer",
        /// Being referred by an advocate.
        Referred = "referred",
    }
}

impl RewardedAction {
    /// Returns whether the reward goes to the friend rather than the advocate.
    pub fn is_for_friend(self) -> bool {
        matches!(self, Self::Click | Self::Referred)
    }
}

/// A reward offered by a campaign for an action.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Incentive {
    /// The incentive's name within the campaign.
    pub identifier: String,
    /// The rewarded action.
    pub action: RewardedAction,
    /// Whether the reward is a coupon rather than money.
    pub is_coupon: bool,
    /// The amount of the reward.
    pub amount: Decimal,
    /// Whether the amount is a percentage.
    pub is_percentage: bool,
    /// The minimum subtotal of the friend's purchase, if any.
    pub subtotal_min: Option<Decimal>,
    /// Whether each person can get the reward only once.
    pub is_once_per_person: bool,
    /// The validity period of a coupon. `None` means unlimited.
    pub valid_for: Option<Duration>,
}

impl Incentive {
    /// Creates an incentive that pays money.
    pub fn rebate(identifier: impl Into<String>, action: RewardedAction, amount: Decimal) -> Self {
        Self { identifier: identifier.into(), action, amount, ..Self::default() }
    }

    /// Creates an incentive that gives a coupon for a percentage discount.
    pub fn coupon(identifier: impl Into<String>, action: RewardedAction, percentage: Decimal) -> Self {
        Self { is_coupon: true, is_percentage: true, ..Self::rebate(identifier, action, percentage) }
    }

    /// Returns the value of `incentive_type` in responses.
    pub(crate) fn kind(&self) -> &'static str {
        if self.is_coupon { "discount_coupon" } else { "rebate" }
    }

    pub(crate) fn description(&self) -> String {
        describe_amount(self.amount, self.is_percentage)
    }
}

/// Formats an amount for display, such as `$10` or `10%`.
pub(crate) fn describe_amount(amount: Decimal, is_percentage: bool) -> String {
    let amount = amount.normalize();
    if is_percentage { format!("{amount}%") } else { format!("${amount}") }
}
