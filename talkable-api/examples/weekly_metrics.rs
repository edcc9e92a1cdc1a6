//! Exports metrics by week as CSV.
//!
//! ```sh
//! cargo run -p talkable-api --example weekly_metrics -- 2026-01-01 2026-03-31 > metrics.csv
//! ```
//!
//! The client reads TALKABLE_API_KEY, TALKABLE_SITE_SLUG and TALKABLE_BASE_URL.

use std::error::Error as StdError;
use std::io;

use talkable_api::Client;
use talkable_api::types::{Metric, MetricSegmentQuery, SegmentPeriod};

const METRICS: [Metric; 4] =
    [Metric::OfferShown, Metric::Shares, Metric::TotalReferredSalesCount, Metric::TotalReferredSalesSum];

#[tokio::main]
async fn main() -> Result<(), Box<dyn StdError>> {
    let [first, last] = [1, 2].map(|index| std::env::args().nth(index));
    let (first, last) = first.zip(last).ok_or("usage: weekly_metrics FIRST_DAY LAST_DAY")?;
    let query = MetricSegmentQuery::new(first.parse()?, last.parse()?).segment_by_period(SegmentPeriod::Week);
    let client = Client::from_env()?;
    let mut table = csv::Writer::from_writer(io::stdout());
    table.write_record(["metric", "first_day", "last_day", "value", "unit"])?;
    for metric in METRICS {
        // A nightly job is not in a hurry, so it makes more attempts than the default of three.
        for week in client.metrics().segmentize(metric.clone(), &query).attempts(10).await?.segmented {
            let period = week.period.ok_or("a segment has no period")?;
            // If the format of the period is unknown, the table contains its text instead of the two days.
            let days = period.first_day().zip(period.last_day());
            let (first, last) =
                days.map_or((period.to_string(), String::new()), |(first, last)| (first.to_string(), last.to_string()));
            let value = week.plain.map(|value| value.to_string()).unwrap_or_default();
            let unit = week.unit.map(|unit| unit.to_string()).unwrap_or_default();
            table.write_record([metric.as_str(), &first, &last, &value, &unit])?;
        }
    }
    Ok(table.flush()?)
}
