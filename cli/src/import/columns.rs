//! The columns of a file, and the requests of its rows.

use csv::StringRecord;
use serde_json::{Map, Value, json};

use super::mapping::Mapping;
use crate::failure::{Exit, Failure, Message, Result};
use crate::input::body::option_value;
use crate::input::check::{Problems, closest};
use crate::input::value::{self, find, inner, insert};
use crate::operation::{Body, Field, Kind, Object, Operation};
use crate::request::Prepared;
use crate::text::{count, shell_word};

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

impl Columns {
    /// Assigns the columns. Columns with the name of a field need no `--map`. `fallbacks` contains pairs of a path argument and the column that is used if there is no column for it.
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
        let Mapping { mapped, ignored } = mapping;
        let position = |name: &str| headers.iter().position(|header| header.trim() == name);
        let target = |field: &str| mapped.iter().find(|(name, _)| name == field).map(|(_, column)| column.as_str());
        let mut problems: Vec<Message> = mapped
            .iter()
            .filter(|(_, column)| position(column).is_none())
            .map(|(field, column)| absent(&format!("invalid --map {field}={column}"), column, headers))
            .collect();
        let mut path = Vec::new();
        for argument in operation.path_arguments {
            let fallback = fallbacks.iter().find(|(name, _)| *name == argument.name).map(|(_, column)| *column);
            let column = target(argument.name).or(Some(argument.name));
            match column.and_then(position).or_else(|| position(target(fallback?).or(fallback)?)) {
                Some(index) => path.push(index),
                None => problems.push(missing("the file is incomplete", argument.name, headers)),
            }
        }
        let (mut fields, mut unknown) = (Vec::new(), Vec::new());
        for (index, header) in headers.iter().map(str::trim).enumerate() {
            if header == ERROR || ignored.iter().any(|name| name == header) {
                continue;
            }
            let names: Vec<_> =
                mapped.iter().filter(|(_, column)| column == header).map(|(name, _)| name.as_str()).collect();
            let names = if names.is_empty() { vec![header] } else { names };
            for name in names {
                let (head, rest) = name.split_once('.').map_or((name, None), |(head, rest)| (head, Some(rest)));
                match find(object.fields, head) {
                    Some(field) => {
                        fields.push(Column { index, name: name.to_owned(), field, rest: rest.map(str::to_owned) });
                    }
                    None if path.contains(&index) => {}
                    None => unknown.push(name.to_owned()),
                }
            }
        }
        let has = |field: &Field| fields.iter().any(|column: &Column| column.field.name == field.name);
        for field in object.fields.iter().filter(|field| field.is_required && !has(field)) {
            problems.push(missing("the file is incomplete", field.name, headers));
        }
        for name in unknown {
            let message = Message::new(format!("there is no field for the column `{name}`"));
            let message = match closest(&name, object.fields.iter().map(|field| field.name)) {
                Some(similar) => {
                    let map = shell_word(&format!("{similar}={name}"));
                    message.help(format!("map it to a similar field with `--map {map}`"))
                }
                None => message,
            };
            problems.push(message.help(format!("ignore the column with `--ignore {}`", shell_word(&name))));
        }
        if problems.is_empty() {
            let width = headers.len();
            return Ok(Self { operation, object, in_data: *in_data, path, fields, width, is_unchecked });
        }
        Err(Failure { exit: Exit::Usage, errors: problems })
    }

    /// Returns the fields of a row, or the reasons why it is invalid.
    pub(crate) fn object(&self, record: &StringRecord) -> std::result::Result<Value, String> {
        if record.len() != self.width {
            return Err(width_error(record.len(), self.width));
        }
        if record.iter().any(|cell| cell.contains(char::REPLACEMENT_CHARACTER)) {
            return Err("the row is not valid UTF-8".to_owned());
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

/// Reports that the file has no column for a required field.
fn missing(problem: &str, field: &str, headers: &StringRecord) -> Message {
    absent(problem, field, headers).help(format!("name the column with `--map {field}=COLUMN`"))
}

/// Reports that the file has no such column.
fn absent(problem: &str, column: &str, headers: &StringRecord) -> Message {
    let columns = headers.iter().map(|header| format!("`{}`", header.trim())).collect::<Vec<_>>();
    let message = Message::new(format!("{problem}: there is no column `{column}`"));
    message.note(format!("the columns are {}", columns.join(", ")))
}
