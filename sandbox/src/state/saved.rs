//! Sites saved as JSON.

use std::collections::BTreeMap;

use serde::de::Error as _;
use serde::{Deserialize as _, Deserializer};
use serde_json::Value;

use super::{Claim, Coupon, Member, Offer, Origin, Person, Referral, Reward, Share, Site, Table};
use crate::settings::InvalidSetting;

impl Site {
    /// Returns the records of the site as JSON, for [`load`](Self::load). Pending webhooks and the webhook target are not
    /// included.
    #[expect(clippy::missing_panics_doc, reason = "JSON can represent all records")]
    pub fn save(&self) -> Value {
        serde_json::to_value(self).expect("records contain only values that JSON can represent")
    }

    /// Replaces the records of the site with saved ones, and cancels pending webhooks. Keeps the settings of the site: its slug,
    /// URL, clock, webhook target and limit. Does not pay rewards, unlike [`load`](Self::load). If this fails, the site is unchanged.
    pub(crate) fn replace(&mut self, saved: &Value) -> Result<(), InvalidSetting> {
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
        Ok(())
    }

    fn deserialize_saved(saved: &Value) -> Result<Self, InvalidSetting> {
        let invalid = |error| InvalidSetting::new(format!("the saved site is invalid: {error}"));
        let site = Self::deserialize(saved).map_err(invalid)?;
        let record = site.invalid_record().map(|(kind, position)| {
            format!("record {position} of `{kind}` has an id other than {position}, or refers to a record that doesn't exist")
        });
        let reference = || {
            let kind = site.invalid_reference()?;
            Some(format!("one of `{kind}` refers to a record that doesn't exist"))
        };
        match record.or_else(reference) {
            None => Ok(site),
            Some(problem) => Err(InvalidSetting::new(format!("the saved site is invalid: {problem}"))),
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

    /// Looks for a record whose id differs from its position, or that refers to a record that doesn't exist. Returns its kind and
    /// its position, which starts at 1.
    fn invalid_record(&self) -> Option<(&'static str, u64)> {
        let Self { people, origins, offers, campaigns, shares, claims, referrals, rewards, coupons, assets, .. } = self;
        let is_claim_valid = |it: &Claim| {
            exist([&it.offer], offers)
                && exist(&it.share, shares)
                && exist(&it.friend, people)
                && exist(&it.coupon, coupons)
                && exist(&it.referral, referrals)
        };
        let is_referral_valid = |it: &Referral| {
            exist([&it.offer], offers)
                && exist([&it.campaign], campaigns)
                && exist([&it.advocate, &it.friend], people)
                && exist([&it.origin], origins)
                && exist(&it.claim, claims)
                && exist(&it.rewards, rewards)
        };
        let is_reward_valid = |it: &Reward| {
            exist([&it.person], people)
                && exist([&it.offer], offers)
                && exist([&it.campaign], campaigns)
                && exist(&it.referral, referrals)
                && exist(&it.coupon, coupons)
        };
        let is_coupon_valid = |it: &Coupon| {
            exist(&it.owner, people)
                && exist(&it.reward, rewards)
                && exist(&it.offer, offers)
                && exist(&it.claim, claims)
        };
        let is_origin_valid =
            |it: &Origin| exist([&it.person], people) && exist(&it.offer, offers) && exist(&it.referral, referrals);
        let is_offer_valid = |it: &Offer| {
            exist([&it.person], people) && exist([&it.origin], origins) && exist([&it.campaign], campaigns)
        };
        let is_share_valid =
            |it: &Share| exist([&it.person], people) && exist([&it.offer], offers) && exist(&it.claims, claims);
        let checks = [
            ("people", first_invalid(people, |it| it.id, |it| self.is_person_valid(it))),
            ("origins", first_invalid(origins, |it| it.id, is_origin_valid)),
            ("campaigns", first_invalid(campaigns, |it| it.id, |_| true)),
            ("offers", first_invalid(offers, |it| it.id, is_offer_valid)),
            ("shares", first_invalid(shares, |it| it.id, is_share_valid)),
            ("claims", first_invalid(claims, |it| it.id, is_claim_valid)),
            ("referrals", first_invalid(referrals, |it| it.id, is_referral_valid)),
            ("rewards", first_invalid(rewards, |it| it.id, is_reward_valid)),
            ("coupons", first_invalid(coupons, |it| it.id, is_coupon_valid)),
            ("assets", first_invalid(assets, |it| it.id, |_| true)),
        ];
        checks.into_iter().find_map(|(kind, position)| Some((kind, position?)))
    }

    /// Looks for a reference to a record that doesn't exist, in the records that have no id. Returns their kind.
    fn invalid_reference(&self) -> Option<&'static str> {
        let Self { people, referrals, coupons, .. } = self;
        let (members, actions) = (&self.loyalty.members, &self.loyalty.actions);
        let is_member_valid = |it: &Member| exist([&it.person], people) && exist(&it.actions, actions);
        let checks = [
            ("loyalty.members", members.iter().all(is_member_valid)),
            ("loyalty.actions", actions.iter().all(|it| exist(&it.coupon, coupons))),
            ("visitors", exist(self.visitors.values().flatten(), people)),
            ("jobs", self.jobs.referrals().all(|id| exist([&id], referrals))),
        ];
        checks.into_iter().find(|(_, is_valid)| !is_valid).map(|(kind, _)| kind)
    }

    fn is_person_valid(&self, person: &Person) -> bool {
        let history = &person.history;
        exist(&history.origins, &self.origins)
            && exist(&history.offers, &self.offers)
            && exist(&history.shares, &self.shares)
            && exist(&history.rewards, &self.rewards)
            && exist(&history.claims, &self.claims)
            && exist(&history.referrals_as_advocate, &self.referrals)
            && exist(&history.referrals_as_friend, &self.referrals)
            && exist(&person.member, &self.loyalty.members)
    }
}

fn exist<'a, T: 'a>(ids: impl IntoIterator<Item = &'a u64>, table: &Table<T>) -> bool {
    ids.into_iter().all(|id| table.get(*id).is_some())
}

/// Returns the position of the first record that is invalid or whose id is not its position. Positions start at 1.
fn first_invalid<T>(table: &Table<T>, id: fn(&T) -> u64, is_valid: impl Fn(&T) -> bool) -> Option<u64> {
    let invalid = table.iter().zip(1..).find(|(record, position)| id(record) != *position || !is_valid(record));
    invalid.map(|(_, position)| position)
}

/// Reads tracking parameters. Their names must be in [`Origin::TRACKING`].
pub(super) fn tracking<'de, D: Deserializer<'de>>(deserializer: D) -> Result<BTreeMap<&'static str, String>, D::Error> {
    let known = |(name, value): (String, String)| {
        let known = Origin::TRACKING.into_iter().find(|known| *known == name);
        Ok((known.ok_or_else(|| D::Error::custom(format!("unknown name `{name}`")))?, value))
    };
    BTreeMap::deserialize(deserializer)?.into_iter().map(known).collect()
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
