//! The columns of a file, and the requests of its rows.

mod assign;

use csv::StringRecord;
use serde_json::{Map, Value, json};

use self::assign::Assignment;
use super::mapping::Mapping;
use crate::failure::{Failure, Result};
use crate::input::body::option_value;
use crate::input::check::Problems;
use crate::input::value::{self, inner, insert};
use crate::operation::{Body, Field, Kind, Object, Operation};
use crate::request::Prepared;
use crate::text::count;

/// The column with the errors of an earlier import.
pub(crate) const ERROR: &str = "error";

/// The fields to which the cells of a row belong.
#[derive(Clone, Debug)]
pub(crate) struct Columns {
    operation: &'static Operation,
    object: &'static Object,
    in_data: bool,
    /// The index of the column of each path argument.
    path: Vec<usize>,
    fields: Vec<Column>,
    /// The number of cells of a row.
    width: usize,
    is_unchecked: bool,
}

#[derive(Clone, Debug)]
struct Column {
    index: usize,
    name: String,
    field: &'static Field,
    /// The dotted path inside the field.
    rest: Option<String>,
}

impl Column {
    /// Whether both columns set the same value, or one sets a part of the other.
    fn overlaps(&self, other: &Self) -> bool {
        let is_same = self.rest == other.rest || self.rest.is_none() || other.rest.is_none();
        self.field.name == other.field.name && is_same
    }
}

impl Columns {
    /// Assigns the columns. Columns with the name of a field need no `--map`. `fallbacks` contains pairs of a path argument and
    /// the column that is used if there is no column for it.
    pub(crate) fn new(
        operation: &'static Operation,
        headers: &StringRecord,
        mapping: &Mapping,
        fallbacks: &[(&str, &str)],
        is_unchecked: bool,
    ) -> Result<Self> {
        let Body::Fields { object, in_data, .. } = &operation.body else {
            return Err(Failure::usage(format!("{} can't be imported", operation.id)));
        };
        let mut assignment = Assignment::new(operation, object.fields, headers, mapping)?;
        let path = assignment.path(fallbacks);
        let fields = assignment.fields(&path);
        assignment.finish()?;
        Ok(Self { operation, object, in_data: *in_data, path, fields, width: headers.len(), is_unchecked })
    }

    /// Returns the fields of a row, or the reasons why it is invalid.
    pub(crate) fn object(&self, record: &StringRecord) -> std::result::Result<Value, String> {
        if record.len() != self.width {
            return Err(width_error(record.len(), self.width));
        }
        if record.iter().any(|cell| cell.contains(char::REPLACEMENT_CHARACTER)) {
            return Err("the row is not valid UTF-8; save the file as UTF-8".to_owned());
        }
        let mut problems = Problems::new(self.is_unchecked);
        let mut object = Map::new();
        for Column { index, name, field, rest } in &self.fields {
            let text = record.get(*index).unwrap_or_default();
            // An empty cell sets nothing.
            if text.is_empty() {
                continue;
            }
            let (kind, rest) = (field.kind, rest.as_deref());
            let value = match (kind, rest) {
                (Kind::List(_) | Kind::Map(_), None) if text.starts_with(['[', '{']) => {
                    value::parse(kind, text, name, &mut problems)
                }
                (Kind::List(_), None) => {
                    let texts: Vec<_> = text.split(';').map(str::trim).collect();
                    option_value(kind, &texts, name, &mut problems)
                }
                (Kind::Map(_), None) => option_value(kind, &[text], name, &mut problems),
                _ => {
                    if let Some(value) = option_value(inner(kind, rest), &[text], name, &mut problems) {
                        insert(&mut object, field, rest, value);
                    }
                    continue;
                }
            };
            object.extend(value.map(|value| (field.name.to_owned(), value)));
        }
        if problems.is_empty() {
            problems.check_object(self.object, &object, "");
        }
        problems.summary().map_or(Ok(Value::Object(object)), Err)
    }

    /// Returns the cells of the named fields, which identify the object of a row.
    pub(crate) fn key<'a>(&self, record: &'a StringRecord, names: &[&str]) -> Vec<&'a str> {
        let path = self.operation.path_arguments.iter().map(|argument| argument.name).zip(self.path.iter().copied());
        let fields = self.fields.iter().map(|column| (column.field.name, column.index));
        let named = path.chain(fields).filter(|(name, _)| names.contains(name));
        named.filter_map(|(_, index)| record.get(index)).collect()
    }

    /// Returns the request of a row, or the reasons why it is invalid.
    pub(crate) fn request(&self, record: &StringRecord) -> std::result::Result<Prepared, String> {
        let object = self.object(record)?;
        let path: Vec<_> = self.path.iter().map(|index| record.get(*index).unwrap_or_default().to_owned()).collect();
        if let Some(argument) = self.operation.path_arguments.iter().zip(&path).find(|(_, text)| text.is_empty()) {
            return Err(format!("`{}` is required", argument.0.name));
        }
        let body = Some(if self.in_data { json!({"data": object}) } else { object });
        Ok(Prepared { path, body, ..Prepared::empty(self.operation) })
    }
}

fn width_error(cells: usize, width: usize) -> String {
    format!("{}{WIDTH_ERROR}{}", count(cells, "cell"), count(width, "column"))
}

/// The constant part of the error of a row that has too few or too many cells.
const WIDTH_ERROR: &str = ", but the header has ";

/// Whether a cell contains the error of a row that has too few or too many cells.
pub(super) fn is_width_error(cell: &str) -> bool {
    cell.contains(WIDTH_ERROR)
}
