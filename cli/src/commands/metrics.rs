//! `talkable metrics show`: metrics of one or more sites over time, as a table or a chart.

mod chart;

use clap::{Arg, ArgAction, ArgMatches, Command};
use jiff::ToSpan as _;
use jiff::civil::Date;
use serde_json::{Map, Value, json};
use talkable_api::Period;

use self::chart::chart;
use super::{required, runtime};
use crate::failure::{Exit, Failure, Result};
use crate::input::check::{Problem, Problems};
use crate::operation::{Kind, KnownValue, Operation};
use crate::output::{Output, reject};
use crate::profile::Access;
use crate::request::Prepared;
use crate::session::Session;

const TOTAL: &str = "calculateMetric";
const SEGMENTS: &str = "calculateMetricWithAllSegmentedInformation";
const PERIOD: &str = "segment_by[period]";

const DETAILS: &str = "\
Shows metrics for a range of dates: in total, or for each period with --by. `talkable metrics calculate --help` lists and \
explains the metrics.";

pub(super) fn build(command: Command) -> Command {
    let date = |name: &'static str, help: &'static str| Arg::new(name).long(name).value_name("DATE").help(help);
    command
        .long_about(DETAILS)
        .arg(
            Arg::new("metric")
                .value_name("METRIC")
                .required(true)
                .num_args(1..)
                .help("The metrics, such as `total_sales_sum`"),
        )
        .arg(date("start-date", "The first day [default: 29 days before the last day]"))
        .arg(date("end-date", "The last day [default: today]"))
        .arg(Arg::new("by").long("by").value_name("PERIOD").help("Show each period, such as `day`, `week` or `month`"))
        .arg(Arg::new("chart").long("chart").action(ArgAction::SetTrue).help("Show bars instead of a table"))
        .arg(
            Arg::new("unchecked")
                .long("unchecked")
                .action(ArgAction::SetTrue)
                .help("Send metrics and periods that this version does not know"),
        )
        .after_help(
            "Example:\n  talkable metrics show total_sales_sum sharing_rate --start-date 2026-01-01 --by week --chart",
        )
}

pub(super) fn run(matches: &ArgMatches, session: &mut Session<'_>) -> Result<Exit> {
    let output = Output::new(matches, session)?;
    if matches.get_flag("chart") {
        reject(matches, &["output", "columns", "jq"], "--chart", "remove one of the options")?;
    }
    let by = matches.get_one::<String>("by").cloned();
    let operation = required(if by.is_some() { SEGMENTS } else { TOTAL })?;
    let metrics: Vec<String> = matches.get_many("metric").into_iter().flatten().cloned().collect();
    check(operation, &metrics, by.as_deref(), matches.get_flag("unchecked"))?;
    let (first, last) = dates(matches, session)?;
    let access = Access::resolve(matches, session)?;
    let has_sites = access.target.sites.len() > 1;
    if matches.get_flag("chart") && by.is_none() && !has_sites {
        return Err(Failure::usage("a chart without --by has a single bar").help("add `--by`, such as `--by week`"));
    }
    let site = has_sites.then_some("site");
    let fields: Vec<_> = ["metric", "period", "value", "number"].into_iter().chain(site).collect();
    output.check_columns(&fields)?;
    let (client, runtime) = (access.client()?, runtime()?);
    let (mut rows, mut failures) = (Vec::new(), Vec::new());
    for metric in &metrics {
        for site in &access.target.sites {
            let mut query = vec![("start_date", first.to_string()), ("end_date", last.to_string())];
            query.extend(by.clone().map(|by| (PERIOD, by)));
            let request = Prepared { path: vec![metric.clone()], query, ..Prepared::empty(operation) };
            let result = runtime.block_on(async {
                let call = request.call(&client.for_site(site.as_str()))?;
                call.await.map_err(|error| access.target.failure_of(&error, &request.path).note(format!("site {site}")))
            });
            match result {
                Ok(value) => rows.extend(values(metric, has_sites.then_some(site), &value)),
                Err(failure) => failures.push(failure),
            }
        }
    }
    if matches.get_flag("chart") {
        write!(session.output, "{}", chart(&rows, has_sites, session.width.unwrap_or(80)))?;
    } else if !rows.is_empty() {
        output.print_value(&Value::Array(rows), session)?;
    }
    Failure::all(failures)
}

/// Checks the names before the first request.
fn check(operation: &'static Operation, metrics: &[String], by: Option<&str>, is_unchecked: bool) -> Result {
    let mut problems = Problems::new(is_unchecked);
    let known = |kind: Option<Kind>| -> &'static [KnownValue] {
        match kind {
            Some(Kind::Enum(known)) => known,
            _ => &[],
        }
    };
    let names = known(operation.path_arguments.first().map(|field| field.kind));
    let periods = known(operation.query.iter().find(|field| field.name == PERIOD).map(|field| field.kind));
    for metric in metrics.iter().filter(|_| !names.is_empty()) {
        problems.check_known(names, metric, "<METRIC>");
    }
    problems.help_last("`talkable metrics calculate --help` lists the metrics");
    if let Some(by) = by.filter(|_| !periods.is_empty()) {
        problems.check_known(periods, by, "--by");
    }
    for (index, metric) in metrics.iter().enumerate() {
        if metrics.iter().take(index).any(|other| other == metric) {
            problems.push(Problem::new("<METRIC>", format!("`{metric}` is given twice")));
        }
    }
    problems.finish()
}

fn dates(matches: &ArgMatches, session: &Session<'_>) -> Result<(Date, Date)> {
    let date = |name: &str| -> Result<Option<Date>> {
        let Some(text) = matches.get_one::<String>(name) else { return Ok(None) };
        let invalid =
            |_| Failure::usage(format!("invalid --{name}: `{text}` is not a date")).help("for example: 2026-01-31");
        text.parse().map(Some).map_err(invalid)
    };
    let today = || jiff::Timestamp::now().to_zoned(session.time_zone()).date();
    let last = date("end-date")?.unwrap_or_else(today);
    let first = date("start-date")?.unwrap_or_else(|| last.saturating_sub(29.days()));
    if first > last {
        return Err(Failure::usage(format!("the first day, {first}, is after the last day, {last}")));
    }
    Ok((first, last))
}

/// Returns the rows of a result: one, or one for each period. They contain the site if there are several.
fn values(metric: &str, site: Option<&String>, value: &Value) -> Vec<Value> {
    let row = |value: &Value| {
        let mut fields = Map::from_iter([("metric".to_owned(), json!(metric))]);
        fields.extend(site.map(|site| ("site".to_owned(), json!(site))));
        fields.insert("period".to_owned(), value.get("period").map(period).unwrap_or_default());
        for (name, field) in [("value", "formatted"), ("number", "plain")] {
            fields.insert(name.to_owned(), value.get(field).cloned().unwrap_or_default());
        }
        Value::Object(fields)
    };
    match value.get("segmented").and_then(Value::as_array) {
        Some(segments) => segments.iter().map(row).collect(),
        None => vec![row(value)],
    }
}

/// Writes the days of a period in ISO 8601, because the month is the first number of the API's dates.
fn period(value: &Value) -> Value {
    let Some(text) = value.as_str() else { return value.clone() };
    let period = Period::from(text);
    match (period.first_day(), period.last_day()) {
        (Some(first), Some(last)) if first == last => json!(first.to_string()),
        (Some(first), Some(last)) => json!(format!("{first} - {last}")),
        _ => value.clone(),
    }
}
