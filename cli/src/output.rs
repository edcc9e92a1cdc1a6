//! Results on standard output: tables for people, and JSON, JSON Lines or CSV for programs.

mod cells;
mod columns;
mod jq;
mod rows;
mod table;

use clap::ArgMatches;
use serde_json::{Value, json};

use self::cells::Cells;
pub(crate) use self::cells::local_time;
pub(crate) use self::columns::{choose, chosen};
pub(crate) use self::rows::items;
use crate::failure::{Failure, Message, Result};
use crate::session::Session;

/// A format of results.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    Table,
    Json,
    /// A line of JSON for each item.
    JsonLines,
    Csv,
}

/// How results are printed.
#[derive(Debug)]
pub(crate) struct Output {
    pub(crate) format: Format,
    /// The columns to show, or none for all.
    pub(crate) columns: Vec<String>,
    filter: Option<String>,
}

impl Output {
    pub(crate) const JSON: Self = Self { format: Format::Json, columns: Vec::new(), filter: None };

    /// Reads the common options. Fails if they contradict each other, or if the jq filter is invalid.
    pub(crate) fn new(matches: &ArgMatches, session: &Session<'_>) -> Result<Self> {
        let format = match matches.get_one::<String>("output").map(String::as_str) {
            Some("table") => Format::Table,
            Some("json") => Format::Json,
            Some("jsonl") => Format::JsonLines,
            Some("csv") => Format::Csv,
            _ if session.is_output_terminal => Format::Table,
            _ => Format::Json,
        };
        let columns = chosen(matches)?;
        let filter = matches.get_one::<String>("jq").cloned();
        if let Some(filter) = &filter {
            reject(matches, &["output", "columns"], "--jq", "remove one of the options")?;
            jq::check(filter)?;
        }
        if matches!(format, Format::Json | Format::JsonLines) {
            let help = "add `--output table` or `--output csv`, or choose fields with `--jq`";
            reject(matches, &["columns"], "JSON", help)?;
        }
        Ok(Self { format, columns, filter })
    }

    /// Fails if a result with these fields, at any depth, can't have a chosen column. A command calls this before its first effect.
    pub(crate) fn check_columns(&self, fields: &[&str]) -> Result {
        columns::check(&self.columns, fields)
    }

    /// Prints the results of the sites that succeeded. `has_sites` is whether the command called several sites.
    pub(crate) fn print(&self, results: &[(String, Value)], has_sites: bool, session: &mut Session<'_>) -> Result {
        match results.first() {
            Some((_, value)) if !has_sites => self.print_value(value, session),
            _ => self.print_value(&with_sites(results), session),
        }
    }

    /// Prints one result.
    pub(crate) fn print_value(&self, value: &Value, session: &mut Session<'_>) -> Result {
        if let Some(filter) = &self.filter {
            for line in jq::run(filter, value)? {
                writeln!(session.output, "{line}")?;
            }
            return Ok(());
        }
        match self.format {
            Format::Table => self.print_table(value, session)?,
            Format::Json => writeln!(session.output, "{value:#}")?,
            Format::JsonLines => {
                for item in items(value) {
                    writeln!(session.output, "{item}")?;
                }
            }
            Format::Csv => self.print_csv(value, session)?,
        }
        Ok(())
    }

    fn print_table(&self, value: &Value, session: &mut Session<'_>) -> Result {
        let cells = Cells { zone: session.time_zone() };
        let width = session.width.filter(|_| session.is_output_terminal);
        let table = table::table(value, &self.columns, &cells, width)?;
        write!(session.output, "{}", table.text)?;
        if !table.hidden.is_empty() {
            session.output.flush()?;
            let hidden = table.hidden.join(", ");
            let warning = Message::new("the table is wider than the terminal")
                .note(format!("hidden columns: {hidden}"))
                .help("choose columns with `--columns`, or use `--output json`");
            session.errors.write_all(warning.warning(session.colors_errors()).as_bytes())?;
        }
        Ok(())
    }

    fn print_csv(&self, value: &Value, session: &mut Session<'_>) -> Result {
        let items = items(value);
        let table = rows::table(items.iter().copied(), usize::MAX);
        // The columns of an empty list are unknown.
        if table.columns.is_empty() {
            return Ok(());
        }
        let columns = choose(&table.columns, &self.columns)?;
        let mut writer = csv::Writer::from_writer(&mut *session.output);
        let names = columns.iter().map(|column| table.columns.get(*column).map_or("", String::as_str));
        writer.write_record(names)?;
        for row in &table.rows {
            let cells = columns.iter().map(|column| row.get(*column).and_then(|cell| *cell).map(cells::plain));
            writer.write_record(cells.map(Option::unwrap_or_default))?;
        }
        Ok(writer.flush()?)
    }

    /// Whether a jq filter is applied.
    pub(crate) fn has_filter(&self) -> bool {
        self.filter.is_some()
    }

    /// Whether the result is printed for people.
    pub(crate) fn is_table(&self) -> bool {
        self.format == Format::Table && !self.has_filter()
    }
}

/// Fails if one of the options is given together with another argument that excludes it.
pub(crate) fn reject(matches: &ArgMatches, options: &[&str], with: &str, help: &str) -> Result {
    match options.iter().find(|option| matches.contains_id(option)) {
        None => Ok(()),
        Some(option) => Err(Failure::usage(format!("--{option} can't be used with {with}")).help(help)),
    }
}

/// Returns the values of an item that are not objects, with their dotted names.
pub(crate) fn flat(item: &Value) -> Vec<(String, &Value)> {
    let mut values = Vec::new();
    rows::flatten(item, String::new(), usize::MAX, &mut |name, value| values.push((name, value)));
    values
}

/// Returns the cells of an item in CSV.
pub(crate) fn flat_cells(item: &Value, columns: &[String]) -> Vec<String> {
    let values = flat(item);
    let cell = |column: &String| values.iter().find(|(name, _)| name == column).map(|(_, value)| cells::plain(value));
    columns.iter().map(|column| cell(column).unwrap_or_default()).collect()
}

/// Combines the results of several sites into a list. Each item, or each result that is not a list, gets a `site` field.
fn with_sites(results: &[(String, Value)]) -> Value {
    let rows = results.iter().flat_map(|(site, value)| {
        items(value).into_iter().map(move |item| match item.clone() {
            Value::Object(fields) => {
                let mut with_site = serde_json::Map::from_iter([("site".to_owned(), json!(site))]);
                with_site.extend(fields.into_iter().filter(|(name, _)| name != "site"));
                Value::Object(with_site)
            }
            item => json!({"site": site, "value": item}),
        })
    });
    Value::Array(rows.collect())
}
