//! What happened in the part of a site that a metric is computed over.

use std::collections::HashSet;

use super::filter::Filter;
use crate::state::{Claim, Offer, Origin, OriginKind, Referral, Reward, Share, Site};

pub(super) struct MetricData<'a> {
    pub(super) site: &'a Site,
    pub(super) filter: &'a Filter,
}

impl<'a> MetricData<'a> {
    /// What was bought: purchases, and events with an amount.
    pub(super) fn sales(&self) -> impl Iterator<Item = &'a Origin> {
        let sales = self.site.origins.iter().filter(|origin| match origin.kind {
            OriginKind::Purchase => true,
            OriginKind::Event => origin.subtotal.is_some_and(|subtotal| !subtotal.is_zero()),
            OriginKind::AffiliateMember => false,
        });
        let filter = self.filter.clone();
        sales.filter(move |origin| {
            filter.has_day(origin.created_at) && filter.has_source(origin.traffic_source.as_deref())
        })
    }

    /// The referral of a sale, if it is one of the campaigns and channels.
    pub(super) fn referral(&self, origin: &Origin) -> Option<&'a Referral> {
        let referral = self.site.referrals.get(origin.referral?)?;
        let fits = self.filter.has_campaign(referral.campaign) && self.filter.has_channel(self.channel(referral));
        fits.then_some(referral)
    }

    fn channel(&self, referral: &Referral) -> Option<&'a str> {
        self.site.claims.get(referral.claim?)?.channel.as_deref()
    }

    pub(super) fn sign_ups(&self) -> impl Iterator<Item = &'a Origin> {
        let origins = self.site.origins.iter().filter(|origin| origin.kind == OriginKind::AffiliateMember);
        origins.filter(|origin| {
            self.filter.has_day(origin.created_at) && self.filter.has_source(origin.traffic_source.as_deref())
        })
    }

    pub(super) fn offers(&self) -> impl Iterator<Item = &'a Offer> {
        self.site
            .offers
            .iter()
            .filter(|offer| self.filter.has_day(offer.created_at) && self.filter.has_campaign(offer.campaign))
    }

    pub(super) fn shares(&self) -> impl Iterator<Item = &'a Share> {
        self.site.shares.iter().filter(|share| {
            let of_campaign = self.campaign_of(share.offer).is_some_and(|id| self.filter.has_campaign(id));
            of_campaign && self.filter.has_day(share.created_at) && self.filter.has_channel(Some(&share.channel))
        })
    }

    pub(super) fn claims(&self) -> impl Iterator<Item = &'a Claim> {
        self.site.claims.iter().filter(|claim| {
            let of_campaign = self.campaign_of(claim.offer).is_some_and(|id| self.filter.has_campaign(id));
            of_campaign && self.filter.has_day(claim.created_at) && self.filter.has_channel(claim.channel.as_deref())
        })
    }

    pub(super) fn visits(&self) -> impl Iterator<Item = &'a Claim> {
        self.claims().filter(|claim| claim.visited_at.is_some())
    }

    pub(super) fn rewards(&self) -> impl Iterator<Item = &'a Reward> {
        self.site
            .rewards
            .iter()
            .filter(|reward| self.filter.has_day(reward.created_at) && self.filter.has_campaign(reward.campaign))
    }

    /// The advocates who shared, once for each of their shares.
    pub(super) fn sharers(&self) -> impl Iterator<Item = u64> {
        self.shares().map(|share| share.person)
    }

    fn campaign_of(&self, offer: u64) -> Option<u64> {
        self.site.offers.get(offer).map(|offer| offer.campaign)
    }
}

/// How many different ones there are.
pub(super) fn distinct<T: Eq + std::hash::Hash>(items: impl Iterator<Item = T>) -> usize {
    items.collect::<HashSet<_>>().len()
}

/// Who clicked, as far as that is known: the friend, the browser, or nobody else than this click.
pub(super) fn visitor_key(claim: &Claim) -> (Option<u64>, Option<&str>, u64) {
    let is_known = claim.friend.is_some() || claim.visitor_uuid.is_some();
    let browser = claim.visitor_uuid.as_deref().filter(|_| claim.friend.is_none());
    (claim.friend, browser, if is_known { 0 } else { claim.id })
}
