//! What a site remembers.

use std::collections::HashMap;

use chrono::{DateTime, FixedOffset};
use fastrand::Rng;

use crate::clock::Clock;
use crate::webhooks::{Outbox, WebhookTarget};

mod asset;
mod campaign;
mod jobs;
mod loyalty;
mod offer;
mod origin;
mod people;
mod person;
mod referral;
mod reward;
mod room;
mod table;

pub use asset::Asset;
pub(crate) use campaign::describe;
pub use campaign::{Action, Campaign, CampaignStatus, Incentive};
pub(crate) use jobs::{Job, Jobs};
pub use loyalty::{CollectRule, Loyalty, Member, PointsAction, PointsKind, RedemptionBatch};
pub use offer::{Claim, Offer, Share};
pub use origin::{Origin, OriginKind, Utm};
pub(crate) use person::Name;
pub use person::Person;
pub use referral::{Fraud, Referral, ReferralStatus};
pub use reward::{Coupon, Reward, RewardStatus};
pub(crate) use room::stores;
pub(crate) use table::Table;

/// A site: its people and all that they did, apart from every other site's.
///
/// A test reaches it by [`Sandbox::site`](crate::Sandbox::site).
#[derive(Debug)]
pub struct Site {
    slug: String,
    /// Where the sandbox listens.
    pub(crate) url: String,
    pub(crate) zone: FixedOffset,
    clock: Clock,
    pub(crate) random: Rng,
    pub(crate) people: Table<Person>,
    people_by_name: HashMap<(Name, String), u64>,
    pub(crate) origins: Table<Origin>,
    pub(crate) origins_by_slug: HashMap<String, u64>,
    pub(crate) campaigns: Table<Campaign>,
    pub(crate) offers: Table<Offer>,
    pub(crate) offers_by_code: HashMap<String, u64>,
    pub(crate) shares: Table<Share>,
    pub(crate) claims: Table<Claim>,
    /// The newest claim of each visitor.
    pub(crate) claims_by_visitor: HashMap<String, u64>,
    pub(crate) referrals: Table<Referral>,
    pub(crate) rewards: Table<Reward>,
    pub(crate) coupons: Table<Coupon>,
    pub(crate) coupons_by_code: HashMap<String, u64>,
    pub(crate) assets: Table<Asset>,
    pub(crate) loyalty: Loyalty,
    /// The visitors by their UUIDs, with the person that each turned out to be.
    pub(crate) visitors: HashMap<String, Option<u64>>,
    pub(crate) traffic_sources: Vec<String>,
    pub(crate) jobs: Jobs,
    pub(crate) target: Option<WebhookTarget>,
    pub(crate) outbox: Outbox,
    pub(crate) webhooks_delivered: u64,
    pub(crate) webhooks_failed: u64,
    pub(crate) last_webhook_failure: Option<String>,
    /// The most bytes that it may hold.
    most_bytes: usize,
    /// The bytes that its records were charged for.
    pub(crate) used: usize,
}

impl Site {
    pub(crate) fn new(slug: &str, url: &str, zone: FixedOffset, clock: Clock, random: Rng, most_bytes: usize) -> Self {
        Self {
            slug: slug.to_owned(),
            url: url.to_owned(),
            zone,
            clock,
            random,
            people: Table::default(),
            people_by_name: HashMap::new(),
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
            jobs: Jobs::default(),
            target: None,
            outbox: Outbox::default(),
            webhooks_delivered: 0,
            webhooks_failed: 0,
            last_webhook_failure: None,
            most_bytes,
            used: 0,
        }
    }

    /// The identifier of the site.
    pub fn slug(&self) -> &str {
        &self.slug
    }

    /// The time, in the site's zone.
    pub fn now(&self) -> DateTime<FixedOffset> {
        self.clock.now().with_timezone(&self.zone)
    }

    /// The people, the first one first.
    pub fn people(&self) -> impl DoubleEndedIterator<Item = &Person> {
        self.people.iter()
    }

    /// The purchases, events and sign-ups, the oldest first.
    pub fn origins(&self) -> impl DoubleEndedIterator<Item = &Origin> {
        self.origins.iter()
    }

    /// The campaigns.
    pub fn campaigns(&self) -> impl DoubleEndedIterator<Item = &Campaign> {
        self.campaigns.iter()
    }

    /// The advocates' offers, the oldest first.
    pub fn offers(&self) -> impl DoubleEndedIterator<Item = &Offer> {
        self.offers.iter()
    }

    /// What was shared, the oldest first.
    pub fn shares(&self) -> impl DoubleEndedIterator<Item = &Share> {
        self.shares.iter()
    }

    /// The friends' offers, the oldest first.
    pub fn claims(&self) -> impl DoubleEndedIterator<Item = &Claim> {
        self.claims.iter()
    }

    /// The referrals, the oldest first.
    pub fn referrals(&self) -> impl DoubleEndedIterator<Item = &Referral> {
        self.referrals.iter()
    }

    /// The rewards, the oldest first.
    pub fn rewards(&self) -> impl DoubleEndedIterator<Item = &Reward> {
        self.rewards.iter()
    }

    /// The coupons, the oldest first.
    pub fn coupons(&self) -> impl DoubleEndedIterator<Item = &Coupon> {
        self.coupons.iter()
    }

    /// The files that were uploaded, the oldest first.
    pub fn assets(&self) -> impl DoubleEndedIterator<Item = &Asset> {
        self.assets.iter()
    }

    /// The loyalty program.
    pub fn loyalty(&self) -> &Loyalty {
        &self.loyalty
    }

    /// The loyalty program, to change it.
    pub fn loyalty_mut(&mut self) -> &mut Loyalty {
        &mut self.loyalty
    }

    /// Adds a campaign, and gives its number.
    pub fn add_campaign(&mut self, campaign: Campaign) -> u64 {
        self.campaigns.insert(|id| Campaign { id, ..campaign }).id
    }

    /// The campaign of this number, to change it.
    pub fn campaign_mut(&mut self, id: u64) -> Option<&mut Campaign> {
        self.campaigns.get_mut(id)
    }

    /// How many records there are of all kinds.
    pub fn records(&self) -> usize {
        let people = self.people.len() + self.visitors.len() + self.loyalty.members.len() + self.loyalty.actions.len();
        let shop = self.origins.len() + self.campaigns.len() + self.assets.len() + self.jobs.len();
        let offers = self.offers.len() + self.shares.len() + self.claims.len();
        people + shop + offers + self.referrals.len() + self.rewards.len() + self.coupons.len() + self.outbox.len()
    }
}
