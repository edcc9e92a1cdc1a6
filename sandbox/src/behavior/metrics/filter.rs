//! The period, campaigns, channels and traffic sources covered by a metric.

use chrono::{DateTime, FixedOffset, NaiveDate};

use crate::call::Fields;
use crate::state::Site;
use crate::validation::parse_date;

/// Selects the records that a metric is computed from. A field that is `None` doesn't exclude any records.
#[derive(Clone, Debug)]
pub(super) struct Filter {
    pub(super) first_day: NaiveDate,
    pub(super) last_day: NaiveDate,
    /// The names of the channels, in lower case.
    pub(super) channels: Option<Vec<String>>,
    pub(super) traffic_sources: Option<Vec<String>>,
    /// The ids of the campaigns.
    pub(super) campaigns: Option<Vec<u64>>,
}

impl Filter {
    pub(super) fn read(site: &Site, fields: Fields<'_>) -> Self {
        let date = |name| fields.text(name).and_then(|text| parse_date(&text)).unwrap_or_default();
        let lower = |texts: Vec<String>| texts.into_iter().map(|text| text.to_lowercase()).collect();
        Self {
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
        let has =
            |names: &Vec<String>| names.iter().any(|name| channel.is_some_and(|it| name.eq_ignore_ascii_case(it)));
        self.channels.as_ref().is_none_or(has)
    }

    pub(super) fn has_source(&self, source: Option<&str>) -> bool {
        let has = |names: &Vec<String>| names.iter().any(|name| source == Some(name));
        self.traffic_sources.as_ref().is_none_or(has)
    }

    /// Returns a copy of the filter that is further restricted to the campaigns with these ids.
    pub(super) fn within(&self, ids: Vec<u64>) -> Self {
        let ids = ids.into_iter().filter(|id| self.has_campaign(*id)).collect();
        Self { campaigns: Some(ids), ..self.clone() }
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
