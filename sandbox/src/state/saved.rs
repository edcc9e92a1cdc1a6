//! Sites saved as JSON.

use serde_json::Value;

use super::{Claim, Coupon, Member, Offer, Origin, Person, Referral, Reward, Share, Site, Table};
use crate::behavior::pay_approved;
use crate::settings::InvalidSetting;

impl Site {
    /// Returns the records of the site as JSON, for [`load`](Self::load). Pending webhooks and the webhook target are not included.
    #[expect(clippy::missing_panics_doc, reason = "JSON can represent all records")]
    pub fn save(&self) -> Value {
        serde_json::to_value(self).expect("records contain only values that JSON can represent")
    }

    /// Replaces the records of the site with saved ones. Cancels pending webhooks. Pays the rewards of approved referrals
    /// immediately, because the webhooks that they waited for are not saved. If loading fails, the site is unchanged.
    ///
    /// # Errors
    ///
    /// Returns an error if the JSON is not a saved site, if a record refers to one that doesn't exist, or if the records exceed
    /// the limit of the site.
    pub fn load(&mut self, saved: &Value) -> Result<(), InvalidSetting> {
        let mut site = Self::deserialize_saved(saved)?;
        site.index();
        let too_large = |_| InvalidSetting::new("the saved site is too large");
        site.max_bytes = self.max_bytes;
        site.check_quota(0, 0).map_err(too_large)?;
        site.slug = std::mem::take(&mut self.slug);
        site.url = std::mem::take(&mut self.url);
        site.random = self.random.fork();
        (site.clock, site.webhook_target) = (self.clock.clone(), self.webhook_target.take());
        // The ids in the outbox must stay unique, because a canceled delivery can still be in flight.
        site.outbox = std::mem::take(&mut self.outbox);
        site.outbox.cancel(|_| true);
        *self = site;
        pay_approved(self);
        Ok(())
    }

    fn deserialize_saved(saved: &Value) -> Result<Self, InvalidSetting> {
        let invalid = |error| InvalidSetting::new(format!("the saved site is invalid: {error}"));
        let site: Self = serde::Deserialize::deserialize(saved).map_err(invalid)?;
        match site.broken_reference() {
            None => Ok(site),
            Some(kind) => {
                let message =
                    format!("the saved site is invalid: one of the {kind} refers to a record that doesn't exist");
                Err(InvalidSetting::new(message))
            }
        }
    }

    /// Adds all records to the indexes.
    fn index(&mut self) {
        for person in self.people.iter() {
            for slug in person.slugs() {
                self.people_by_slug.entry(slug).or_insert(person.id);
            }
        }
        self.origins_by_slug.extend(self.origins.iter().filter_map(|origin| Some((origin.slug()?, origin.id))));
        self.offers_by_code.extend(self.offers.iter().map(|offer| (offer.short_url_code.clone(), offer.id)));
        self.coupons_by_code.extend(self.coupons.iter().map(|coupon| (coupon.code.clone(), coupon.id)));
        let claims = self.claims.iter().filter_map(|claim| Some((claim.visitor_uuid.clone()?, claim.id)));
        self.claims_by_visitor.extend(claims);
    }

    /// Returns the kind of a record that has another id than its position, or that refers to a record that doesn't exist.
    fn broken_reference(&self) -> Option<&'static str> {
        let checks = [self.check_shop(), self.check_offers(), self.check_rewards()];
        checks.into_iter().flatten().find(|(_, is_valid)| !is_valid).map(|(kind, _)| kind)
    }

    fn check_shop(&self) -> Vec<(&'static str, bool)> {
        let is_person_valid = |person: &Person| {
            let history = &person.history;
            all_exist(&history.origins, &self.origins)
                && all_exist(&history.offers, &self.offers)
                && all_exist(&history.shares, &self.shares)
                && all_exist(&history.rewards, &self.rewards)
                && all_exist(&history.claims, &self.claims)
                && all_exist(&history.referrals_as_advocate, &self.referrals)
                && all_exist(&history.referrals_as_friend, &self.referrals)
                && can_exist(person.member, &self.loyalty.members)
        };
        let is_origin_valid = |it: &Origin| {
            exists(it.person, &self.people)
                && can_exist(it.offer, &self.offers)
                && can_exist(it.referral, &self.referrals)
        };
        let is_member_valid =
            |it: &Member| exists(it.person, &self.people) && all_exist(&it.actions, &self.loyalty.actions);
        vec![
            ("people", in_order(&self.people, |it| it.id) && self.people.iter().all(is_person_valid)),
            ("origins", in_order(&self.origins, |it| it.id) && self.origins.iter().all(is_origin_valid)),
            ("campaigns", in_order(&self.campaigns, |it| it.id)),
            ("assets", in_order(&self.assets, |it| it.id)),
            ("loyalty_members", self.loyalty.members.iter().all(is_member_valid)),
            ("loyalty_actions", self.loyalty.actions.iter().all(|it| can_exist(it.coupon, &self.coupons))),
            ("visitors", self.visitors.values().all(|person| can_exist(*person, &self.people))),
            ("jobs", self.jobs.referrals().all(|referral| exists(referral, &self.referrals))),
        ]
    }

    fn check_offers(&self) -> Vec<(&'static str, bool)> {
        let is_offer_valid = |it: &Offer| {
            exists(it.person, &self.people) && exists(it.origin, &self.origins) && exists(it.campaign, &self.campaigns)
        };
        let is_share_valid = |it: &Share| {
            exists(it.person, &self.people) && exists(it.offer, &self.offers) && all_exist(&it.claims, &self.claims)
        };
        let is_claim_valid = |it: &Claim| {
            exists(it.offer, &self.offers)
                && can_exist(it.share, &self.shares)
                && can_exist(it.friend, &self.people)
                && can_exist(it.coupon, &self.coupons)
                && can_exist(it.referral, &self.referrals)
        };
        vec![
            ("offers", in_order(&self.offers, |it| it.id) && self.offers.iter().all(is_offer_valid)),
            ("shares", in_order(&self.shares, |it| it.id) && self.shares.iter().all(is_share_valid)),
            ("claims", in_order(&self.claims, |it| it.id) && self.claims.iter().all(is_claim_valid)),
        ]
    }

    fn check_rewards(&self) -> Vec<(&'static str, bool)> {
        let is_referral_valid = |it: &Referral| {
            exists(it.offer, &self.offers)
                && exists(it.campaign, &self.campaigns)
                && exists(it.advocate, &self.people)
                && exists(it.friend, &self.people)
                && exists(it.origin, &self.origins)
                && can_exist(it.claim, &self.claims)
                && all_exist(&it.rewards, &self.rewards)
        };
        let is_reward_valid = |it: &Reward| {
            exists(it.person, &self.people)
                && exists(it.offer, &self.offers)
                && exists(it.campaign, &self.campaigns)
                && can_exist(it.referral, &self.referrals)
                && can_exist(it.coupon, &self.coupons)
        };
        let is_coupon_valid = |it: &Coupon| {
            can_exist(it.owner, &self.people)
                && can_exist(it.reward, &self.rewards)
                && can_exist(it.offer, &self.offers)
                && can_exist(it.claim, &self.claims)
        };
        vec![
            ("referrals", in_order(&self.referrals, |it| it.id) && self.referrals.iter().all(is_referral_valid)),
            ("rewards", in_order(&self.rewards, |it| it.id) && self.rewards.iter().all(is_reward_valid)),
            ("coupons", in_order(&self.coupons, |it| it.id) && self.coupons.iter().all(is_coupon_valid)),
        ]
    }
}

fn exists<T>(id: u64, table: &Table<T>) -> bool {
    table.get(id).is_some()
}

fn can_exist<T>(id: Option<u64>, table: &Table<T>) -> bool {
    id.is_none_or(|id| exists(id, table))
}

fn all_exist<T>(ids: &[u64], table: &Table<T>) -> bool {
    ids.iter().all(|id| exists(*id, table))
}

/// Returns whether the ids of the records are their positions.
fn in_order<T>(table: &Table<T>, id: fn(&T) -> u64) -> bool {
    table.iter().zip(1..).all(|(record, position)| id(record) == position)
}

/// The content of files, saved in Base64.
pub(super) mod content {
    use bytes::Bytes;
    use data_encoding::BASE64;
    use serde::{Deserialize as _, Deserializer, Serializer, de::Error as _};

    pub(in crate::state) fn serialize<S: Serializer>(content: &Bytes, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&BASE64.encode(content))
    }

    pub(in crate::state) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Bytes, D::Error> {
        let text = String::deserialize(deserializer)?;
        Ok(BASE64.decode(text.as_bytes()).map_err(D::Error::custom)?.into())
    }
}

/// Names that records refer to without owning them.
pub(super) mod names {
    use std::collections::BTreeMap;

    use serde::{Deserialize as _, Deserializer, de::Error};

    use crate::state::{Origin, SAME_PERSON};

    /// A name of the API that is known at compile time.
    pub(in crate::state) type Name = &'static str;

    const KNOWN: &[Name] = &[
        "cookie",
        "coupon",
        "share_email",
        "gated_email",
        SAME_PERSON,
        "Matching Phone Number on Friend Purchase",
        "Similar Email Match",
        "Matching Shipping Address",
        "Matching by IP Address only",
        "Friend and Advocate Refer Each Other",
        "Matching by Combination of IP Address & User Agent",
    ];

    fn find<E: Error>(names: &[Name], name: &str) -> Result<Name, E> {
        let found = names.iter().find(|known| **known == name).copied();
        found.ok_or_else(|| E::custom(format!("unknown name `{name}`")))
    }

    pub(in crate::state) fn known<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Name, D::Error> {
        find(KNOWN, &String::deserialize(deserializer)?)
    }

    pub(in crate::state) fn all_known<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Name>, D::Error> {
        Vec::<String>::deserialize(deserializer)?.iter().map(|name| find(KNOWN, name)).collect()
    }

    pub(in crate::state) fn tracking<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<BTreeMap<Name, String>, D::Error> {
        let saved = BTreeMap::<String, String>::deserialize(deserializer)?;
        saved.into_iter().map(|(name, value)| Ok((find(&Origin::TRACKING, &name)?, value))).collect()
    }
}
