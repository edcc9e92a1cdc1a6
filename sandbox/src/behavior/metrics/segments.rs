//! Segments of a metric: by period, campaign tag, channel and campaign type.

use chrono::{Datelike as _, Months, NaiveDate};

use super::filter::Filter;
use crate::call::{ApiError, Fields};
use crate::state::Site;

/// A subset of the records, with the labels that identify the subset in the response.
#[derive(Clone, Debug)]
pub(super) struct Segment {
    pub(super) filter: Filter,
    pub(super) names: Vec<(&'static str, String)>,
}

/// Splits the records by each requested criterion in turn. Returns a segment for each combination of values.
pub(super) fn split(site: &Site, filter: Filter, fields: Fields<'_>) -> Result<Vec<Segment>, ApiError> {
    let mut segments = vec![Segment { filter, names: Vec::new() }];
    if let Some(period) = fields.text("segment_by[period]") {
        segments = divide(segments, |filter| by_period(filter, &period))?;
    }
    if let Some(tags) = fields.texts("segment_by[campaign_tags][]") {
        segments = divide(segments, |filter| Ok(by_tag(site, filter, &tags)))?;
    }
    if fields.flag("segment_by[sharing_channels]") == Some(true) {
        segments = divide(segments, |filter| Ok(by_channel(site, filter)))?;
    }
    if fields.flag("segment_by[campaign_types]") == Some(true) {
        // All campaigns in the sandbox have the same type.
        segments = divide(segments, |filter| Ok(vec![named(filter.clone(), "campaign_type", "Standalone")]))?;
    }
    Ok(segments)
}

fn divide(
    segments: Vec<Segment>,
    parts: impl Fn(&Filter) -> Result<Vec<Segment>, ApiError>,
) -> Result<Vec<Segment>, ApiError> {
    let mut divided = Vec::new();
    for segment in segments {
        for mut part in parts(&segment.filter)? {
            part.names.splice(0..0, segment.names.iter().cloned());
            divided.push(part);
        }
        if divided.len() > super::MAX_ROWS {
            break;
        }
    }
    Ok(divided)
}

fn named(filter: Filter, name: &'static str, value: impl Into<String>) -> Segment {
    Segment { filter, names: vec![(name, value.into())] }
}

fn by_period(filter: &Filter, period: &str) -> Result<Vec<Segment>, ApiError> {
    const SUPPORTED: &str = "day, week, month, quarter, year";
    if !SUPPORTED.split(", ").any(|known| known == period) {
        let message = "Unsupported option for period segmentation. Supported options";
        return Err(ApiError::bad_request(format!("{message}: {SUPPORTED}")));
    }
    let mut segments = Vec::new();
    let mut first_day = filter.first_day;
    while first_day <= filter.last_day && segments.len() <= super::MAX_ROWS {
        let Some(next) = next_period(first_day, period) else {
            break;
        };
        let last_day = next.pred_opt().unwrap_or(first_day).min(filter.last_day);
        let name = format!("{} - {}", short(first_day), short(last_day));
        segments.push(named(Filter { first_day, last_day, ..filter.clone() }, "period", name));
        first_day = next;
    }
    Ok(segments)
}

/// Returns the first day after the period that contains the given day.
fn next_period(day: NaiveDate, period: &str) -> Option<NaiveDate> {
    let month = |count: u32| day.with_day(1)?.checked_add_months(Months::new(count));
    match period {
        "day" => day.succ_opt(),
        "week" => day.checked_add_days(chrono::Days::new(u64::from(7 - day.weekday().num_days_from_monday()))),
        "month" => month(1),
        "quarter" => month(3 - day.month0() % 3),
        _ => month(12 - day.month0()),
    }
}

/// Formats a day without leading zeros and with a two-digit year, such as `1/7/26`.
fn short(day: NaiveDate) -> String {
    day.format("%-m/%-d/%y").to_string()
}

fn by_tag(site: &Site, filter: &Filter, tags: &[String]) -> Vec<Segment> {
    let tagged = |tag: &String| {
        let campaigns = site.campaigns.iter().filter(|campaign| campaign.tags.contains(tag));
        filter.within(campaigns.map(|campaign| campaign.id).collect())
    };
    tags.iter().map(|tag| named(tagged(tag), "campaign_tag", tag)).collect()
}

/// Returns a segment for each channel that has shares or claims. The channel names in the response are capitalized.
fn by_channel(site: &Site, filter: &Filter) -> Vec<Segment> {
    let shared = site.shares.iter().map(|share| share.channel.as_str());
    let claimed = site.claims.iter().filter_map(|claim| claim.channel.as_deref());
    let mut channels: Vec<&str> = shared.chain(claimed).filter(|channel| filter.has_channel(Some(channel))).collect();
    channels.sort_unstable();
    channels.dedup();
    let of_channel = |channel: &str| Filter { channels: Some(vec![channel.to_lowercase()]), ..filter.clone() };
    channels.into_iter().map(|channel| named(of_channel(channel), "sharing_channel", capitalized(channel))).collect()
}

fn capitalized(channel: &str) -> String {
    let mut letters = channel.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn periods(first: &str, last: &str, period: &str) -> Vec<String> {
        let day = |text: &str| text.parse().unwrap();
        let (first_day, last_day) = (day(first), day(last));
        let filter = Filter { first_day, last_day, channels: None, traffic_sources: None, campaigns: None };
        by_period(&filter, period).unwrap().into_iter().map(|segment| segment.names[0].1.clone()).collect()
    }

    #[test]
    fn splits_periods_at_calendar_boundaries() {
        assert_eq!(periods("2026-01-01", "2026-01-06", "week"), ["1/1/26 - 1/4/26", "1/5/26 - 1/6/26"]);
        assert_eq!(periods("2026-01-15", "2026-02-03", "month"), ["1/15/26 - 1/31/26", "2/1/26 - 2/3/26"]);
        assert_eq!(periods("2026-03-31", "2026-04-01", "quarter"), ["3/31/26 - 3/31/26", "4/1/26 - 4/1/26"]);
        assert_eq!(periods("2025-12-31", "2026-01-01", "year"), ["12/31/25 - 12/31/25", "1/1/26 - 1/1/26"]);
        assert_eq!(periods("2026-01-01", "2026-01-02", "day").len(), 2);
        assert!(periods("2026-01-02", "2026-01-01", "day").is_empty());
    }
}
