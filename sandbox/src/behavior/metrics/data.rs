//! The records that a metric is computed from.

use std::collections::HashSet;

use super::filter::Filter;
use crate::state::{Claim, Offer, Origin, OriginKind, Referral, Reward, Share, Site};

pub(super) struct MetricData<'a> {
    pub(super) site: &'a Site,
    pub(super) filter: &'a Filter,
}

impl<'a> MetricData<'a> {
    /// Returns the sales, which are purchases and events with an amount.
    pub(super) fn sales(&self) -> impl Iterator<Item = &'a Origin> {
        self.origins().filter(|origin| match origin.kind {
            OriginKind::Purchase => true,
            OriginKind::Event => origin.subtotal.is_some_and(|subtotal| !subtotal.is_zero()),
            OriginKind::AffiliateMember => false,
        })
    }

    pub(super) fn sign_ups(&self) -> impl Iterator<Item = &'a Origin> {
        self.origins().filter(|origin| origin.kind == OriginKind::AffiliateMember)
    }

    fn origins(&self) -> impl Iterator<Item = &'a Origin> {
        self.site.origins.iter().filter(|origin| {
            self.filter.has_day(origin.created_at) && self.filter.has_source(origin.traffic_source.as_deref())
        })
    }

    /// Returns a sale's referral if the filter includes the referral's campaign and channel.
    pub(super) fn referral(&self, origin: &Origin) -> Option<&'a Referral> {
        let referral = &self.site.referrals[origin.referral?];
        let channel = referral.claim.and_then(|id| self.site.claims[id].channel.as_deref());
        (self.filter.has_campaign(referral.campaign) && self.filter.has_channel(channel)).then_some(referral)
    }

    pub(super) fn offers(&self) -> impl Iterator<Item = &'a Offer> {
        let offers = self.site.offers.iter().filter(|offer| self.filter.has_day(offer.created_at));
        offers.filter(|offer| self.filter.has_campaign(offer.campaign))
    }

    pub(super) fn shares(&self) -> impl Iterator<Item = &'a Share> {
        self.site.shares.iter().filter(|share| {
            let campaign = self.site.offers[share.offer].campaign;
            self.filter.has_campaign(campaign)
                && self.filter.has_day(share.created_at)
                && self.filter.has_channel(Some(&share.channel))
        })
    }

    pub(super) fn claims(&self) -> impl Iterator<Item = &'a Claim> {
        self.site.claims.iter().filter(|claim| {
            let campaign = self.site.offers[claim.offer].campaign;
            self.filter.has_campaign(campaign)
                && self.filter.has_day(claim.created_at)
                && self.filter.has_channel(claim.channel.as_deref())
        })
    }

    pub(super) fn visits(&self) -> impl Iterator<Item = &'a Claim> {
        self.claims().filter(|claim| claim.visited_at.is_some())
    }

    pub(super) fn rewards(&self) -> impl Iterator<Item = &'a Reward> {
        let rewards = self.site.rewards.iter().filter(|reward| self.filter.has_day(reward.created_at));
        rewards.filter(|reward| self.filter.has_campaign(reward.campaign))
    }

    /// Returns the id of the advocate who made each share.
    pub(super) fn sharers(&self) -> impl Iterator<Item = u64> {
        self.shares().map(|share| share.person)
    }
}

/// Counts the distinct items.
pub(super) fn distinct<T: Eq + std::hash::Hash>(items: impl Iterator<Item = T>) -> usize {
    items.collect::<HashSet<_>>().len()
}

/// The visitor who made a claim: the friend if known, otherwise the browser if known.
#[derive(PartialEq, Eq, Hash)]
pub(super) enum ClaimVisitor<'a> {
    Friend(u64),
    Browser(&'a str),
    Unknown { claim: u64 },
}

pub(super) fn visitor(claim: &Claim) -> ClaimVisitor<'_> {
    match (claim.friend, &claim.visitor_uuid) {
        (Some(friend), _) => ClaimVisitor::Friend(friend),
        (None, Some(uuid)) => ClaimVisitor::Browser(uuid),
        (None, None) => ClaimVisitor::Unknown { claim: claim.id },
    }
}
