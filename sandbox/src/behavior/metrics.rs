//! Metrics, computed from a site's records.

use rust_decimal::Decimal;
use serde_json::{Value, json};

use crate::call::{ApiError, ApiResult, Call, require};
use crate::state::Site;
use crate::view;

mod definitions;
mod segments;
mod selection;

pub(crate) use definitions::list;
use definitions::{Metric, Unit};
use selection::Selection;

/// The maximum number of segments in a response.
const MAX_ROWS: usize = 400;

pub(super) fn calculate(site: &mut Site, call: &Call) -> ApiResult {
    let (unit, metric) = find(call)?;
    let value = metric(&Selection::read(site, call.fields()));
    Ok(row(unit, value, precision(call)?))
}

pub(super) fn segmentize(site: &mut Site, call: &Call) -> ApiResult {
    let (unit, metric) = find(call)?;
    let segments = segments::split(Selection::read(site, call.fields()), call.fields())?;
    let error = ApiError::bad_request(format!("Too many segments (maximum is {MAX_ROWS})"));
    require(segments.len() <= MAX_ROWS, error)?;
    let precision = precision(call)?;
    let rows = segments.iter().map(|segment| {
        let mut row = row(unit, metric(segment), precision);
        for (name, value) in &segment.labels {
            row[*name] = value.as_str().into();
        }
        row
    });
    Ok(json!({ "segmented": rows.collect::<Value>() }))
}

fn find(call: &Call) -> Result<(Unit, Metric), ApiError> {
    definitions::find(call.path("metric")).ok_or_else(|| ApiError::bad_request("No metric found."))
}

fn precision(call: &Call) -> Result<Option<usize>, ApiError> {
    let given = call.fields().integer("precision")?;
    Ok(given.map(|precision| usize::try_from(precision.clamp(0, 10)).unwrap_or_default()))
}

fn row(unit: Unit, plain: Decimal, precision: Option<usize>) -> Value {
    let formatted = match unit {
        Unit::Number => format!("{plain:.*}", precision.unwrap_or(0)),
        Unit::Percent => format!("{plain:.*}%", precision.unwrap_or(2)),
        Unit::Money => format!("${plain:.*}", precision.unwrap_or(0)),
    };
    json!({ "plain": view::number(plain), "formatted": formatted, "result_type": unit })
}
