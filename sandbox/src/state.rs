//! The records of a site.

use std::collections::HashMap;

use bytes::Bytes;
use chrono::{DateTime, FixedOffset};
use fastrand::Rng;
use serde::{Deserialize, Serialize};

use crate::settings::{LocalClock, WebhookTarget};

mod api_enum;
mod campaign;
mod heap_size;
mod loyalty;
mod offer;
mod origin;
mod person;
mod queues;
mod referral;
mod saved;
mod table;

pub(crate) use campaign::describe_amount;
pub use campaign::{Campaign, CampaignStatus, Incentive, RewardedAction};
pub use loyalty::{CollectRule, Loyalty, Member, RedemptionBatch};
pub(crate) use loyalty::{PointsAction, PointsActionKind};
pub use offer::{Claim, Offer, Share};
pub use origin::{Origin, OriginKind};
pub use person::Person;
pub(crate) use person::SlugKind;
pub(crate) use queues::{AfterDelivery, Delivery, Job, JobQueue, Outbox};
pub use referral::{Coupon, FraudCheck, FraudChecks, Referral, ReferralStatus, Reward, RewardStatus, TrackMethod};
pub(crate) use table::{Edit, Table};

/// A site and its records, available to tests through [`Sandbox::site`](crate::Sandbox::site).
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Site {
    #[serde(skip)]
    pub(crate) slug: String,
    #[serde(skip)]
    pub(crate) url: String,
    #[serde(skip)]
    pub(crate) clock: LocalClock,
    #[serde(skip)]
    pub(crate) random: Rng,
    pub(crate) people: Table<Person>,
    #[serde(skip)]
    pub(crate) people_by_slug: HashMap<(SlugKind, String), u64>,
    pub(crate) origins: Table<Origin>,
    #[serde(skip)]
    pub(crate) origins_by_slug: HashMap<String, u64>,
    pub(crate) campaigns: Table<Campaign>,
    pub(crate) offers: Table<Offer>,
    #[serde(skip)]
    pub(crate) offers_by_code: HashMap<String, u64>,
    pub(crate) shares: Table<Share>,
    pub(crate) claims: Table<Claim>,
    /// The id of each visitor's newest claim, by visitor UUID.
    #[serde(skip)]
    pub(crate) claims_by_visitor: HashMap<String, u64>,
    pub(crate) referrals: Table<Referral>,
    pub(crate) rewards: Table<Reward>,
    pub(crate) coupons: Table<Coupon>,
    #[serde(skip)]
    pub(crate) coupons_by_code: HashMap<String, u64>,
    pub(crate) assets: Table<Asset>,
    /// The loyalty program.
    pub loyalty: Loyalty,
    /// The id of the person behind each visitor, by visitor UUID. `None` means that the person is unknown.
    pub(crate) visitors: HashMap<String, Option<u64>>,
    pub(crate) traffic_sources: Vec<String>,
    pub(crate) jobs: JobQueue,
    #[serde(skip)]
    pub(crate) webhook_target: Option<WebhookTarget>,
    #[serde(skip)]
    pub(crate) outbox: Outbox,
    #[serde(skip)]
    pub(crate) max_bytes: usize,
}

/// An uploaded file.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Asset {
    /// The file name, unique within the site.
    pub name: String,
    /// The content of the file.
    #[serde(with = "saved::content")]
    pub content: Bytes,
    /// The id of the asset.
    pub id: u64,
    /// The media type.
    pub content_type: String,
    /// The width and height in pixels, if the file is an image.
    pub(crate) size: Option<(usize, usize)>,
    pub(crate) fingerprint: String,
    pub(crate) created_at: DateTime<FixedOffset>,
}

/// The estimated size of the records that a batch row creates, without the strings in the row.
const ROW_BYTES: usize = 1024;

/// The estimated size of an entry in `visitors`.
const VISITOR_BYTES: usize = 192;

/// The error for a request that would exceed a site's memory limit, which is given in bytes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct QuotaExceeded(pub(crate) usize);

macro_rules! tables {
    ($($name:ident: $record:ty, $documentation:literal;)+) => {
        impl Site {
            $(
                #[doc = concat!("Returns the ", $documentation, ", oldest first.")]
                pub fn $name(&self) -> impl DoubleEndedIterator<Item = &$record> {
                    self.$name.iter()
                }
            )+
        }
    };
}

tables! {
    people: Person, "people";
    origins: Origin, "purchases, events and sign-ups";
    campaigns: Campaign, "campaigns";
    offers: Offer, "advocates' offers";
    shares: Share, "shares";
    claims: Claim, "friends' claims";
    referrals: Referral, "referrals";
    rewards: Reward, "rewards";
    coupons: Coupon, "coupons";
    assets: Asset, "uploaded files";
}

impl Site {
    /// Returns the site's slug.
    pub fn slug(&self) -> &str {
        &self.slug
    }

    /// Returns the current time with the site's UTC offset.
    pub fn now(&self) -> DateTime<FixedOffset> {
        self.clock.now()
    }

    /// Adds a campaign and returns its id.
    pub fn add_campaign(&mut self, campaign: Campaign) -> u64 {
        self.campaigns.insert(|id| Campaign { id, ..campaign })
    }

    /// Changes a campaign, except for its id. Returns false if no campaign has this id.
    pub fn change_campaign(&mut self, id: u64, change: impl FnOnce(&mut Campaign)) -> bool {
        let Some(mut campaign) = self.campaigns.find_mut(id) else { return false };
        change(&mut campaign);
        campaign.id = id;
        true
    }

    /// Returns the total number of records, including waiting jobs and webhooks.
    pub fn record_count(&self) -> usize {
        self.counts().iter().map(|(_, count)| count).sum()
    }

    /// Returns the number of records of each kind.
    pub(crate) fn counts(&self) -> [(&'static str, usize); 15] {
        [
            ("assets", self.assets.len()),
            ("campaigns", self.campaigns.len()),
            ("claims", self.claims.len()),
            ("coupons", self.coupons.len()),
            ("jobs", self.jobs.len()),
            ("loyalty_actions", self.loyalty.actions.len()),
            ("loyalty_members", self.loyalty.members.len()),
            ("offers", self.offers.len()),
            ("origins", self.origins.len()),
            ("people", self.people.len()),
            ("referrals", self.referrals.len()),
            ("rewards", self.rewards.len()),
            ("shares", self.shares.len()),
            ("visitors", self.visitors.len()),
            ("webhooks", self.outbox.len()),
        ]
    }

    /// Returns the estimated size of all records in bytes.
    pub(crate) fn bytes(&self) -> usize {
        let people = self.people.bytes() + self.visitors.len() * VISITOR_BYTES;
        let loyalty = self.loyalty.members.bytes() + self.loyalty.actions.bytes();
        let shop = self.origins.bytes() + self.campaigns.bytes() + self.assets.bytes();
        let offers = self.offers.bytes() + self.shares.bytes() + self.claims.bytes() + self.referrals.bytes();
        let rewards = self.rewards.bytes() + self.coupons.bytes();
        people + loyalty + shop + offers + rewards + self.jobs.bytes() + self.outbox.bytes()
    }

    /// Checks that the site has room for a request of this size, or for a batch with this many rows.
    pub(crate) fn check_quota(&self, rows: usize, bytes: usize) -> Result<(), QuotaExceeded> {
        let size = self.bytes().saturating_add(rows.saturating_mul(ROW_BYTES));
        if size.saturating_add(bytes) <= self.max_bytes { Ok(()) } else { Err(QuotaExceeded(self.max_bytes)) }
    }
}
