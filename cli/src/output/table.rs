//! Tables for people. A list is a table with a row for each item, and an object is a table with a row for each field.

use comfy_table::{ContentArrangement, Table as Grid, presets};
use serde_json::Value;

use super::cells::Cells;
use super::columns::choose;
use super::rows::{self, flatten};
use crate::failure::Result;

/// The depth up to which the fields of inner objects become columns.
const DEPTH: usize = 2;
/// The width to which a wide column is wrapped before the columns after it are hidden.
const WRAP_FROM: usize = 36;
/// The columns that identify an item, and therefore come first.
const FIRST: [&str; 6] = ["name", "site", "id", "email", "code", "status"];
/// The space between two columns.
const GAP: usize = 2;

/// A table as text.
#[derive(Debug, Default)]
pub(crate) struct Rendered {
    pub(crate) text: String,
    /// The columns that do not fit.
    pub(crate) hidden: Vec<String>,
}

/// A part of a result. Its columns are named after the place of the part.
struct Section<'a> {
    place: String,
    content: Content<'a>,
}

enum Content<'a> {
    List(rows::Table<'a>),
    Fields(Vec<(String, &'a Value)>),
}

impl Section<'_> {
    /// The full names of the columns.
    fn columns(&self) -> Vec<String> {
        let full = |name: &String| if self.place.is_empty() { name.clone() } else { format!("{}.{name}", self.place) };
        match &self.content {
            Content::List(table) => table.columns.iter().map(full).collect(),
            Content::Fields(fields) => fields.iter().map(|(name, _)| full(name)).collect(),
        }
    }
}

/// Renders a result with the named columns, or with all columns that fit. Without a width, nothing is wrapped or hidden.
pub(crate) fn table(value: &Value, names: &[String], cells: &Cells, width: Option<usize>) -> Result<Rendered> {
    let depth = if names.is_empty() { DEPTH } else { usize::MAX };
    let mut sections = Vec::new();
    match rows::list(value) {
        // The columns of an empty list are unknown.
        Some(items) if items.is_empty() => return Ok(Rendered { text: "no items\n".to_owned(), hidden: Vec::new() }),
        Some(items) => sections.push(list_section(String::new(), items, depth)),
        None => add_sections(value, depth, &mut sections),
    }
    let columns: Vec<_> = sections.iter().map(Section::columns).collect();
    let chosen = choose(&columns.concat(), names)?;
    let (mut rendered, mut start) = (Rendered::default(), 0);
    for (section, columns) in sections.iter().zip(columns) {
        let own = chosen.iter().filter_map(|index| index.checked_sub(start).filter(|index| *index < columns.len()));
        let own: Vec<_> = own.collect();
        start += columns.len();
        let text = match &section.content {
            Content::Fields(fields) => details(fields, &own, !names.is_empty(), cells, width),
            Content::List(table) => {
                let fitting = if names.is_empty() { fitting(table, own, cells, width) } else { own };
                if names.is_empty() {
                    let hidden =
                        (0..columns.len()).filter(|index| table.has_values(*index) && !fitting.contains(index));
                    rendered.hidden.extend(hidden.filter_map(|index| columns.get(index).cloned()));
                }
                list(table, &fitting, cells, width)
            }
        };
        if sections.len() > 1 && !section.place.is_empty() && !text.is_empty() {
            let break_line = if rendered.text.is_empty() { "" } else { "\n" };
            let title = section.place.to_uppercase().replace('_', " ");
            rendered.text.extend([break_line, &title, "\n"]);
        }
        rendered.text.push_str(&text);
    }
    Ok(rendered)
}

fn list_section(place: String, items: &[Value], depth: usize) -> Section<'_> {
    Section { place, content: Content::List(rows::table(items.iter(), depth)) }
}

/// Splits a result into its scalar fields, its objects and its lists of objects.
fn add_sections<'a>(value: &'a Value, depth: usize, sections: &mut Vec<Section<'a>>) {
    let Value::Object(fields) = value else {
        let fields = vec![("value".to_owned(), value)];
        sections.push(Section { place: String::new(), content: Content::Fields(fields) });
        return;
    };
    let is_list = |value: &Value| value.as_array().is_some_and(|items| !items.is_empty() && rows::is_table(items));
    let is_object = |value: &Value| value.as_object().is_some_and(|fields| !fields.is_empty());
    let own = fields.iter().filter(|(_, value)| !is_list(value) && !is_object(value));
    let own: Vec<_> = own.map(|(name, value)| (name.clone(), value)).collect();
    if !own.is_empty() {
        sections.push(Section { place: String::new(), content: Content::Fields(own) });
    }
    for (name, value) in fields {
        match value {
            Value::Array(items) if is_list(value) => sections.push(list_section(name.clone(), items, depth)),
            Value::Object(inner) if !inner.is_empty() => {
                let (mut lists, mut shown) = (Vec::new(), Vec::new());
                flatten(value, String::new(), usize::MAX, &mut |inner, value| match value {
                    Value::Array(items) if is_list(value) => {
                        lists.push(list_section(format!("{name}.{inner}"), items, depth));
                    }
                    value => shown.push((inner, value)),
                });
                sections.push(Section { place: name.clone(), content: Content::Fields(shown) });
                sections.extend(lists);
            }
            _ => {}
        }
    }
}

/// A row for each field. Fields without a value are shown only if they were chosen.
fn details(
    fields: &[(String, &Value)],
    columns: &[usize],
    are_chosen: bool,
    cells: &Cells,
    width: Option<usize>,
) -> String {
    let mut grid = grid(width);
    for (name, value) in columns.iter().filter_map(|column| fields.get(*column)) {
        if are_chosen || !value.is_null() && value.as_object().is_none_or(|fields| !fields.is_empty()) {
            grid.add_row([name.clone(), cells.text(value)]);
        }
    }
    finished(&grid)
}

/// A row for each item.
fn list(table: &rows::Table<'_>, columns: &[usize], cells: &Cells, width: Option<usize>) -> String {
    if columns.is_empty() {
        return String::new();
    }
    let mut grid = grid(width);
    grid.set_header(columns.iter().map(|column| name(table, *column).to_uppercase()));
    for row in &table.rows {
        grid.add_row(columns.iter().map(|column| text(row, *column, cells)));
    }
    finished(&grid)
}

fn name<'a>(table: &'a rows::Table<'_>, column: usize) -> &'a str {
    table.columns.get(column).map(String::as_str).unwrap_or_default()
}

fn text(row: &[Option<&Value>], column: usize, cells: &Cells) -> String {
    row.get(column).copied().flatten().map_or_else(|| "-".to_owned(), |value| cells.text(value))
}

/// Returns the columns with values, as many as fit, the most important first.
fn fitting(table: &rows::Table<'_>, mut columns: Vec<usize>, cells: &Cells, width: Option<usize>) -> Vec<usize> {
    columns.sort_by_key(|column| FIRST.iter().position(|it| *it == name(table, *column)).unwrap_or(FIRST.len()));
    columns.retain(|column| table.has_values(*column));
    let Some(width) = width else { return columns };
    let needed = |column: usize| {
        let cells = table.rows.iter().map(|row| text(row, column, cells).chars().count());
        cells.max().unwrap_or_default().max(name(table, column).chars().count()).min(WRAP_FROM) + GAP
    };
    let mut used = 0;
    let fitting = columns.iter().take_while(|column| {
        used += needed(**column);
        used <= width + GAP
    });
    let count = fitting.count().max(1);
    columns.truncate(count);
    columns
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
