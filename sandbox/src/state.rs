//! The records of a site.

use std::collections::HashMap;

use chrono::{DateTime, FixedOffset};
use fastrand::Rng;

use crate::settings::{Clock, WebhookTarget};

mod api_enum;
mod asset;
mod campaign;
mod jobs;
mod loyalty;
mod offer;
mod origin;
mod outbox;
mod people;
mod person;
mod quota;
mod referral;
mod reward;
mod table;

pub use asset::Asset;
pub(crate) use campaign::describe_amount;
pub use campaign::{Campaign, CampaignStatus, Incentive, RewardedAction};
pub(crate) use jobs::{Job, JobQueue};
pub use loyalty::{CollectRule, Loyalty, Member, RedemptionBatch};
pub(crate) use loyalty::{PointsAction, PointsActionKind};
pub use offer::{Claim, Offer, Share};
pub use origin::{Origin, OriginKind};
pub(crate) use outbox::{AfterDelivery, Delivery, Outbox};
pub use person::Person;
pub(crate) use person::SlugKind;
pub(crate) use quota::QuotaExceeded;
pub use referral::{FraudChecks, Referral, ReferralStatus};
pub use reward::{Coupon, Reward, RewardStatus};
pub(crate) use table::Table;

/// A site and its records, available to tests through [`Sandbox::site`](crate::Sandbox::site).
#[derive(Debug)]
pub struct Site {
    slug: String,
    /// The base URL of links.
    pub(crate) url: String,
    pub(crate) utc_offset: FixedOffset,
    clock: Clock,
    pub(crate) random: Rng,
    pub(crate) people: Table<Person>,
    people_by_slug: HashMap<(SlugKind, String), u64>,
    pub(crate) origins: Table<Origin>,
    pub(crate) origins_by_slug: HashMap<String, u64>,
    pub(crate) campaigns: Table<Campaign>,
    pub(crate) offers: Table<Offer>,
    pub(crate) offers_by_code: HashMap<String, u64>,
    pub(crate) shares: Table<Share>,
    pub(crate) claims: Table<Claim>,
    /// The id of each visitor's newest claim, by visitor UUID.
    pub(crate) claims_by_visitor: HashMap<String, u64>,
    pub(crate) referrals: Table<Referral>,
    pub(crate) rewards: Table<Reward>,
    pub(crate) coupons: Table<Coupon>,
    pub(crate) coupons_by_code: HashMap<String, u64>,
    pub(crate) assets: Table<Asset>,
    /// The loyalty program.
    pub loyalty: Loyalty,
    /// The id of each visitor's person, by visitor UUID. `None` means that the person is unknown.
    pub(crate) visitors: HashMap<String, Option<u64>>,
    pub(crate) traffic_sources: Vec<String>,
    pub(crate) jobs: JobQueue,
    pub(crate) webhook_target: Option<WebhookTarget>,
    pub(crate) outbox: Outbox,
    pub(crate) webhooks_delivered: u64,
    pub(crate) webhooks_failed: u64,
    pub(crate) last_webhook_failure: Option<String>,
    max_bytes: usize,
    /// The total size of long strings and files, which is added to the fixed size of the records.
    pub(crate) extra_bytes: usize,
}

macro_rules! tables {
    ($($(#[$documentation:meta])+ $name:ident: $record:ty;)+) => {
        impl Site {
            $($(#[$documentation])+
            pub fn $name(&self) -> impl DoubleEndedIterator<Item = &$record> {
                self.$name.iter()
            })+
        }
    };
}

tables! {
    /// Returns the people, oldest first.
    people: Person;
    /// Returns the purchases, events and sign-ups, oldest first.
    origins: Origin;
    /// Returns the campaigns, oldest first.
    campaigns: Campaign;
    /// Returns the advocates' offers, oldest first.
    offers: Offer;
    /// Returns the shares, oldest first.
    shares: Share;
    /// Returns the friends' claims, oldest first.
    claims: Claim;
    /// Returns the referrals, oldest first.
    referrals: Referral;
    /// Returns the rewards, oldest first.
    rewards: Reward;
    /// Returns the coupons, oldest first.
    coupons: Coupon;
    /// Returns the uploaded files, oldest first.
    assets: Asset;
}

impl Site {
    pub(crate) fn new(
        slug: &str,
        url: &str,
        utc_offset: FixedOffset,
        clock: Clock,
        random: Rng,
        max_bytes: usize,
    ) -> Self {
        Self {
            slug: slug.to_owned(),
            url: url.to_owned(),
            utc_offset,
            clock,
            random,
            people: Table::default(),
            people_by_slug: HashMap::new(),
            origins: Table::default(),
            origins_by_slug: HashMap::new(),
            campaigns: Table::default(),
            offers: Table::default(),
            offers_by_code: HashMap::new(),
            shares: Table::default(),
            claims: Table::default(),
            claims_by_visitor: HashMap::new(),
            referrals: Table::default(),
            rewards: Table::default(),
            coupons: Table::default(),
            coupons_by_code: HashMap::new(),
            assets: Table::default(),
            loyalty: Loyalty::default(),
            visitors: HashMap::new(),
            traffic_sources: Vec::new(),
            jobs: JobQueue::default(),
            webhook_target: None,
            outbox: Outbox::default(),
            webhooks_delivered: 0,
            webhooks_failed: 0,
            last_webhook_failure: None,
            max_bytes,
            extra_bytes: 0,
        }
    }

    /// Returns the site's slug.
    pub fn slug(&self) -> &str {
        &self.slug
    }

    /// Returns the current time with the site's UTC offset.
    pub fn now(&self) -> DateTime<FixedOffset> {
        self.clock.now().with_timezone(&self.utc_offset)
    }

    /// Adds a campaign and returns its id.
    pub fn add_campaign(&mut self, campaign: Campaign) -> u64 {
        self.campaigns.insert(|id| Campaign { id, ..campaign })
    }

    /// Changes a campaign, which keeps its id. Returns false if no campaign has this id.
    pub fn change_campaign(&mut self, id: u64, change: impl FnOnce(&mut Campaign)) -> bool {
        let Some(campaign) = self.campaigns.get_mut(id) else { return false };
        change(campaign);
        campaign.id = id;
        true
    }

    /// Returns the total number of records.
    pub fn record_count(&self) -> usize {
        let people = self.people.len() + self.visitors.len() + self.loyalty.members.len() + self.loyalty.actions.len();
        let shop = self.origins.len() + self.campaigns.len() + self.assets.len() + self.jobs.len();
        let offers = self.offers.len() + self.shares.len() + self.claims.len();
        people + shop + offers + self.referrals.len() + self.rewards.len() + self.coupons.len() + self.outbox.len()
    }
}
