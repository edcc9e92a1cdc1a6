//! The records that a metric is computed from.

use chrono::{DateTime, FixedOffset, NaiveDate};

use crate::call::Fields;
use crate::state::{Claim, Offer, Origin, OriginKind, Referral, Reward, Share, Site};
use crate::validation::parse_date;

/// The records of a site that are selected by period, channel, traffic source and campaign. A field that is `None`
/// doesn't exclude any records.
#[derive(Clone, Debug)]
pub(super) struct Selection<'a> {
    pub(super) site: &'a Site,
    /// The labels that identify a segment in the response.
    pub(super) labels: Vec<(&'static str, String)>,
    pub(super) first_day: NaiveDate,
    pub(super) last_day: NaiveDate,
    /// The names of the channels, in lower case.
    pub(super) channels: Option<Vec<String>>,
    pub(super) traffic_sources: Option<Vec<String>>,
    pub(super) campaigns: Option<Vec<u64>>,
}

impl<'a> Selection<'a> {
    pub(super) fn read(site: &'a Site, fields: Fields<'_>) -> Self {
        let date = |name| fields.text(name).and_then(|text| parse_date(&text)).unwrap_or_default();
        let lower = |texts: Vec<String>| texts.into_iter().map(|text| text.to_lowercase()).collect();
        Self {
            site,
            labels: Vec::new(),
            first_day: date("start_date"),
            last_day: date("end_date"),
            channels: fields.texts("sharing_channels[]").map(lower),
            traffic_sources: fields.texts("traffic_sources[]"),
            campaigns: campaigns(site, fields),
        }
    }

    pub(super) fn has_day(&self, time: DateTime<FixedOffset>) -> bool {
        (self.first_day..=self.last_day).contains(&time.date_naive())
    }

    pub(super) fn has_campaign(&self, id: u64) -> bool {
        self.campaigns.as_ref().is_none_or(|ids| ids.contains(&id))
    }

    pub(super) fn has_channel(&self, channel: Option<&str>) -> bool {
        let is = |name: &String| channel.is_some_and(|channel| name.eq_ignore_ascii_case(channel));
        self.channels.as_ref().is_none_or(|names| names.iter().any(is))
    }

    fn has_source(&self, source: Option<&str>) -> bool {
        self.traffic_sources.as_ref().is_none_or(|names| names.iter().any(|name| source == Some(name)))
    }

    fn has_offer(&self, offer: u64) -> bool {
        self.has_campaign(self.site.offers[offer].campaign)
    }

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
        let origins = self.site.origins.iter().filter(|origin| self.has_day(origin.created_at));
        origins.filter(|origin| self.has_source(origin.traffic_source.as_deref()))
    }

    /// Returns a sale's referral if the referral's campaign and channel are selected.
    pub(super) fn referral(&self, sale: &Origin) -> Option<&'a Referral> {
        let referral = &self.site.referrals[sale.referral?];
        let channel = referral.claim.and_then(|id| self.site.claims[id].channel.as_deref());
        (self.has_campaign(referral.campaign) && self.has_channel(channel)).then_some(referral)
    }

    pub(super) fn offers(&self) -> impl Iterator<Item = &'a Offer> {
        let offers = self.site.offers.iter().filter(|offer| self.has_day(offer.created_at));
        offers.filter(|offer| self.has_campaign(offer.campaign))
    }

    pub(super) fn shares(&self) -> impl Iterator<Item = &'a Share> {
        let shares = self.site.shares.iter().filter(|share| !share.is_canceled && self.has_day(share.created_at));
        shares.filter(|share| self.has_offer(share.offer) && self.has_channel(Some(&share.channel)))
    }

    pub(super) fn claims(&self) -> impl Iterator<Item = &'a Claim> {
        let claims = self.site.claims.iter().filter(|claim| self.has_day(claim.created_at));
        claims.filter(|claim| self.has_offer(claim.offer) && self.has_channel(claim.channel.as_deref()))
    }

    pub(super) fn visits(&self) -> impl Iterator<Item = &'a Claim> {
        self.claims().filter(|claim| claim.visited_at.is_some())
    }

    pub(super) fn rewards(&self) -> impl Iterator<Item = &'a Reward> {
        let rewards = self.site.rewards.iter().filter(|reward| self.has_day(reward.created_at));
        rewards.filter(|reward| self.has_campaign(reward.campaign))
    }
}

/// Returns the ids of the campaigns that are selected by id, tag or status in the request. Returns `None` if the
/// request doesn't restrict the campaigns.
fn campaigns(site: &Site, fields: Fields<'_>) -> Option<Vec<u64>> {
    let ids = fields.texts("campaign_ids[]");
    let tags = fields.texts("campaign_tags[]");
    let status = fields.text("campaign_status");
    let only_live = fields.flag("live_campaigns_only").unwrap_or(false);
    if ids.is_none() && tags.is_none() && status.is_none() && !only_live {
        return None;
    }
    let now = site.now();
    let selected = site.campaigns.iter().filter(|campaign| {
        ids.as_ref().is_none_or(|ids| ids.contains(&campaign.id.to_string()))
            && tags.as_ref().is_none_or(|tags| tags.iter().any(|tag| campaign.tags.contains(tag)))
            && status.as_ref().is_none_or(|status| campaign.status.name().eq_ignore_ascii_case(status))
            && (!only_live || campaign.is_active(now))
    });
    Some(selected.map(|campaign| campaign.id).collect())
}
