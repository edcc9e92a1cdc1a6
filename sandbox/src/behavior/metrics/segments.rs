//! Segments of a metric: by period, campaign tag, channel and campaign type.

use std::collections::BTreeSet;

use chrono::{Datelike as _, Months, NaiveDate};

use super::MAX_ROWS;
use super::selection::Selection;
use crate::call::{ApiError, Fields, require};
use crate::validation::capitalized;

/// Splits the records by each requested criterion in turn. Returns at most `MAX_ROWS + 1` segments, so that the caller can
/// detect when there are too many.
pub(super) fn split<'a>(all: Selection<'a>, fields: Fields<'_>) -> Result<Vec<Selection<'a>>, ApiError> {
    const PERIODS: &str = "day, week, month, quarter, year";
    let mut segments = vec![all];
    if let Some(period) = fields.text("segment_by[period]") {
        let message = "Unsupported option for period segmentation. Supported options";
        let error = ApiError::bad_request(format!("{message}: {PERIODS}"));
        require(PERIODS.split(", ").any(|known| known == period), error)?;
        segments = divide(segments, |segment| by_period(segment, &period));
    }
    if let Some(tags) = fields.texts("segment_by[campaign_tags][]") {
        segments = divide(segments, |segment| by_tag(segment, &tags));
    }
    if fields.flag("segment_by[sharing_channels]") == Some(true) {
        segments = divide(segments, by_channel);
    }
    if fields.flag("segment_by[campaign_types]") == Some(true) {
        // All campaigns in the sandbox have the same type.
        segments = divide(segments, |segment| vec![labeled(segment, "campaign_type", "Standalone")]);
    }
    Ok(segments)
}

fn divide<'a>(
    segments: Vec<Selection<'a>>,
    parts: impl Fn(&Selection<'a>) -> Vec<Selection<'a>>,
) -> Vec<Selection<'a>> {
    segments.iter().flat_map(parts).take(MAX_ROWS + 1).collect()
}

/// Returns a copy of a segment with an additional label.
fn labeled<'a>(segment: &Selection<'a>, name: &'static str, value: impl Into<String>) -> Selection<'a> {
    let mut labeled = segment.clone();
    labeled.labels.push((name, value.into()));
    labeled
}

fn by_period<'a>(segment: &Selection<'a>, period: &str) -> Vec<Selection<'a>> {
    // Formats a day without leading zeros and with a two-digit year, such as `1/7/26`.
    let short = |day: NaiveDate| day.format("%-m/%-d/%y");
    let mut segments = Vec::new();
    let mut first_day = segment.first_day;
    while first_day <= segment.last_day && segments.len() <= MAX_ROWS {
        let Some(next) = next_period(first_day, period) else {
            break;
        };
        let last_day = next.pred_opt().unwrap_or(first_day).min(segment.last_day);
        let name = format!("{} - {}", short(first_day), short(last_day));
        segments.push(Selection { first_day, last_day, ..labeled(segment, "period", name) });
        first_day = next;
    }
    segments
}

/// Returns the first day after the period that contains the given day, or `None` if that day is out of range.
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

fn by_tag<'a>(segment: &Selection<'a>, tags: &[String]) -> Vec<Selection<'a>> {
    let tagged = |tag: &String| {
        let campaigns = segment.site.campaigns.iter().filter(|campaign| campaign.tags.contains(tag));
        let selected = campaigns.map(|campaign| campaign.id).filter(|id| segment.has_campaign(*id));
        Selection { campaigns: Some(selected.collect()), ..labeled(segment, "campaign_tag", tag) }
    };
    tags.iter().map(tagged).collect()
}

/// Returns a segment for each channel that has shares or claims. The channel names in the response are capitalized.
fn by_channel<'a>(segment: &Selection<'a>) -> Vec<Selection<'a>> {
    let shared = segment.site.shares.iter().map(|share| share.channel.as_str());
    let claimed = segment.site.claims.iter().filter_map(|claim| claim.channel.as_deref());
    let channels: BTreeSet<_> = shared.chain(claimed).filter(|channel| segment.has_channel(Some(channel))).collect();
    let of_channel = |channel: &str| Selection {
        channels: Some(vec![channel.to_lowercase()]),
        ..labeled(segment, "sharing_channel", capitalized(channel))
    };
    channels.into_iter().map(of_channel).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::Site;

    fn periods(first: &str, last: &str, period: &str) -> Vec<String> {
        let day = |text: &str| text.parse().unwrap();
        let (first_day, last_day) = (day(first), day(last));
        let site = Site::default();
        let all = Selection { first_day, last_day, ..Selection::read(&site, Fields(None)) };
        by_period(&all, period).into_iter().map(|segment| segment.labels[0].1.clone()).collect()
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
