//! Tables for people. A list is a table with a row for each item, and an object is a table with a row for each field.

use comfy_table::{ContentArrangement, Table as Grid, presets};
use serde_json::Value;

use super::cells::Cells;
use super::rows::{self, flatten};

/// The depth up to which the fields of inner objects become columns.
const DEPTH: usize = 2;
/// The width to which a wide column is wrapped before the columns after it are hidden.
const WRAP_FROM: usize = 36;
/// The columns that identify an item, and therefore come first.
const FIRST: [&str; 6] = ["site", "id", "name", "email", "code", "status"];
/// The space between two columns.
const GAP: usize = 2;

/// A table as text.
#[derive(Debug, Default)]
pub(crate) struct Rendered {
    pub(crate) text: String,
    /// The columns that do not fit.
    pub(crate) hidden: Vec<String>,
    /// The columns that can be chosen.
    pub(crate) known: Vec<String>,
    /// Whether `known` is complete. The columns of an empty list are unknown.
    pub(crate) is_complete: bool,
}

/// Renders a result. Without a width, nothing is wrapped or hidden.
pub(crate) fn table(value: &Value, columns: &[String], cells: &Cells, width: Option<usize>) -> Rendered {
    let mut rendered = Rendered { is_complete: true, ..Rendered::default() };
    if let Some(items) = rows::list(value) {
        list(items, columns, cells, width, &mut rendered);
        return rendered;
    }
    let mut sections = Vec::new();
    sections_of(value, String::new(), &mut sections);
    let has_titles = sections.len() > 1;
    for (title, section) in sections {
        let before = std::mem::take(&mut rendered.text);
        match section {
            Section::List(items) => list(items, columns, cells, width, &mut rendered),
            Section::Fields(fields) => details(&fields, columns, cells, width, &mut rendered),
        }
        let text = std::mem::replace(&mut rendered.text, before);
        if has_titles && !title.is_empty() && !text.is_empty() {
            let break_line = if rendered.text.is_empty() { "" } else { "\n" };
            let title = title.to_uppercase().replace('_', " ");
            rendered.text.extend([break_line, &title, "\n"]);
        }
        rendered.text.push_str(&text);
    }
    rendered
}

enum Section<'a> {
    List(&'a [Value]),
    Fields(Vec<(String, &'a Value)>),
}

/// Splits a result into its scalar fields, its objects and its lists of objects.
fn sections_of<'a>(value: &'a Value, title: String, sections: &mut Vec<(String, Section<'a>)>) {
    let Value::Object(fields) = value else {
        sections.push((title, Section::Fields(vec![("value".to_owned(), value)])));
        return;
    };
    let is_list = |value: &Value| value.as_array().is_some_and(|items| !items.is_empty() && rows::is_table(items));
    let is_object = |value: &Value| value.as_object().is_some_and(|fields| !fields.is_empty());
    let own = fields.iter().filter(|(_, value)| !is_list(value) && !is_object(value));
    let own: Vec<_> = own.map(|(name, value)| (name.clone(), value)).collect();
    if !own.is_empty() {
        sections.push((title.clone(), Section::Fields(own)));
    }
    for (name, value) in fields {
        let title = if title.is_empty() { name.clone() } else { format!("{title}.{name}") };
        match value {
            Value::Array(items) if is_list(value) => sections.push((title, Section::List(items))),
            Value::Object(inner) if !inner.is_empty() => {
                let mut lists = Vec::new();
                let mut shown = Vec::new();
                flatten(value, String::new(), usize::MAX, &mut |name, value| match value {
                    Value::Array(items) if is_list(value) => lists.push((format!("{title}.{name}"), items)),
                    value => shown.push((name, value)),
                });
                sections.push((title, Section::Fields(shown)));
                sections.extend(lists.into_iter().map(|(title, items)| (title, Section::List(items.as_slice()))));
            }
            _ => {}
        }
    }
}

fn details(
    fields: &[(String, &Value)],
    columns: &[String],
    cells: &Cells,
    width: Option<usize>,
    rendered: &mut Rendered,
) {
    rendered.known.extend(fields.iter().map(|(name, _)| name.clone()));
    let is_shown = |name: &String, value: &Value| {
        if columns.is_empty() {
            !value.is_null() && value.as_object().is_none_or(|fields| !fields.is_empty())
        } else {
            columns.contains(name)
        }
    };
    let shown: Vec<_> = fields.iter().filter(|(name, value)| is_shown(name, value)).collect();
    let mut grid = grid(width);
    for (name, value) in shown {
        grid.add_row([name.clone(), cells.text(value)]);
    }
    rendered.text.push_str(&finished(&grid));
}

fn list(items: &[Value], names: &[String], cells: &Cells, width: Option<usize>, rendered: &mut Rendered) {
    if items.is_empty() {
        rendered.text.push_str("no items\n");
        rendered.is_complete = false;
        return;
    }
    let table = rows::table(items.iter(), DEPTH);
    let mut columns = table.select(names);
    rendered.known.extend(table.columns.iter().cloned());
    if columns.is_empty() {
        return;
    }
    let name = |column: usize| table.columns.get(column).cloned().unwrap_or_default();
    let text = |row: &[Option<&Value>], column: usize| match row.get(column).copied().flatten() {
        Some(value) => cells.text(value),
        None => "-".to_owned(),
    };
    if names.is_empty() {
        columns.sort_by_key(|column| FIRST.iter().position(|first| *first == name(*column)).unwrap_or(FIRST.len()));
        columns.retain(|column| table.has_values(*column));
        if let Some(width) = width {
            let needed = |column: usize| {
                let cells = table.rows.iter().map(|row| text(row, column).chars().count());
                cells.max().unwrap_or_default().max(name(column).chars().count()).min(WRAP_FROM) + GAP
            };
            let mut used = 0;
            let fitting = columns.iter().take_while(|column| {
                used += needed(**column);
                used <= width + GAP
            });
            let count = fitting.count().max(1);
            rendered.hidden.extend(columns.split_off(count.min(columns.len())).into_iter().map(name));
        }
    }
    let mut grid = grid(width);
    grid.set_header(columns.iter().map(|column| name(*column).to_uppercase()));
    for row in &table.rows {
        grid.add_row(columns.iter().map(|column| text(row, *column)));
    }
    rendered.text.push_str(&finished(&grid));
}

fn grid(width: Option<usize>) -> Grid {
    let mut grid = Grid::new();
    grid.load_style(presets::NOTHING);
    match width.and_then(|width| u16::try_from(width).ok()) {
        Some(width) => {
            // The first column has no padding to its left, which the grid counts.
            grid.set_content_arrangement(ContentArrangement::Dynamic).set_width(width.saturating_add(1));
        }
        None => {
            grid.set_content_arrangement(ContentArrangement::Disabled);
        }
    }
    grid
}

/// Removes the padding at both ends of the lines.
fn finished(grid: &Grid) -> String {
    if grid.is_empty() {
        return String::new();
    }
    grid.lines().map(|line| format!("{}\n", line.strip_prefix(' ').unwrap_or(&line).trim_end())).collect()
}
