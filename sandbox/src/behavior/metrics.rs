//! Metrics, computed from a site's records.

use rust_decimal::Decimal;
use serde_json::{Value, json};

use crate::call::{ApiError, ApiResult, Call};
use crate::state::Site;
use crate::view;

mod data;
mod definitions;
mod filter;
mod sales;
mod segments;

use data::MetricData;
use definitions::{Metric, Unit};
use filter::Filter;

/// The maximum number of segments in a response.
const MAX_ROWS: usize = 400;

pub(super) fn calculate(site: &mut Site, call: &Call) -> ApiResult {
    let metric = metric(call)?;
    let filter = Filter::read(site, call.fields());
    Ok(row(&metric, &MetricData { site, filter: &filter }, precision(call)?))
}

pub(super) fn segmentize(site: &mut Site, call: &Call) -> ApiResult {
    let metric = metric(call)?;
    let filter = Filter::read(site, call.fields());
    let segments = segments::split(site, filter, call.fields())?;
    if segments.len() > MAX_ROWS {
        return Err(ApiError::bad_request(format!("Too many segments (maximum is {MAX_ROWS})")));
    }
    let precision = precision(call)?;
    let rows = segments.iter().map(|segment| {
        let mut row = row(&metric, &MetricData { site, filter: &segment.filter }, precision);
        for (name, value) in &segment.names {
            row[*name] = value.as_str().into();
        }
        row
    });
    Ok(json!({ "segmented": rows.collect::<Vec<_>>() }))
}

fn metric(call: &Call) -> Result<Metric, ApiError> {
    definitions::find(call.path("metric")).ok_or_else(|| ApiError::bad_request("No metric found."))
}

fn precision(call: &Call) -> Result<Option<u32>, ApiError> {
    let given = call.fields().integer("precision")?;
    Ok(given.map(|precision| u32::try_from(precision.clamp(0, 10)).unwrap_or_default()))
}

fn row(metric: &Metric, data: &MetricData<'_>, precision: Option<u32>) -> Value {
    let plain = metric.value(data);
    json!({
        "plain": view::number(plain),
        "formatted": format(plain, metric.unit(), precision),
        "result_type": metric.unit().name(),
    })
}

fn format(plain: Decimal, unit: Unit, precision: Option<u32>) -> String {
    let places = |default: u32| usize::try_from(precision.unwrap_or(default)).unwrap_or_default();
    match unit {
        Unit::Number => format!("{plain:.*}", places(0)),
        Unit::Percent => format!("{plain:.*}%", places(2)),
        Unit::Money => format!("${plain:.*}", places(0)),
    }
}
