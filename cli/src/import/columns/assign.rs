//! Assigns the columns of a file to fields. All problems are reported at once.

use csv::StringRecord;

use super::{Column, ERROR};
use crate::failure::{Exit, Failure, Message, Result};
use crate::import::mapping::Mapping;
use crate::input::check::closest;
use crate::input::value::find;
use crate::operation::{Field, Operation};
use crate::text::shell_word;

/// An assignment in progress.
pub(super) struct Assignment<'a> {
    operation: &'static Operation,
    fields: &'static [Field],
    headers: &'a StringRecord,
    mapping: &'a Mapping,
    problems: Vec<Message>,
}

impl<'a> Assignment<'a> {
    /// Fails if the header looks like a row.
    pub(super) fn new(
        operation: &'static Operation,
        fields: &'static [Field],
        headers: &'a StringRecord,
        mapping: &'a Mapping,
    ) -> Result<Self> {
        let mut assignment = Self { operation, fields, headers, mapping, problems: Vec::new() };
        let is_named = |name: &&str| mapping.ignored.iter().chain(mapping.columns()).any(|column| column == name);
        if headers.iter().map(str::trim).filter(|name| !is_named(name)).any(is_value) {
            let failure = Failure::usage("the first line must contain the names of the columns");
            return Err(failure.note(format!("it contains {}", assignment.names())));
        }
        for (field, column) in &mapping.mapped {
            if assignment.position(column).is_none() {
                let problem = assignment.absent(&format!("invalid --map {field}={column}"), column);
                assignment.problems.push(problem);
            }
        }
        Ok(assignment)
    }

    /// Returns the columns of the path arguments. `fallbacks` contains pairs of an argument and the column that is used if
    /// there is no column for it.
    pub(super) fn path(&mut self, fallbacks: &[(&str, &str)]) -> Vec<usize> {
        let mut path = Vec::new();
        for argument in self.operation.path_arguments {
            let fallback = fallbacks.iter().find(|(name, _)| *name == argument.name).map(|(_, column)| *column);
            let own = self.position(self.target(argument.name).unwrap_or(argument.name));
            match own.or_else(|| self.position(self.target(fallback?).or(fallback)?)) {
                Some(index) => path.push(index),
                None => self.require(argument),
            }
        }
        path
    }

    /// Returns the columns of the fields. `path` contains the columns of the path arguments.
    pub(super) fn fields(&mut self, path: &[usize]) -> Vec<Column> {
        let (mut columns, mut unknown) = (Vec::new(), Vec::new());
        for (index, header) in self.headers.iter().map(str::trim).enumerate() {
            if header == ERROR || self.mapping.ignored.iter().any(|name| name == header) {
                continue;
            }
            let mapped = self.mapping.mapped.iter().filter(|(_, column)| column == header);
            let names: Vec<_> = mapped.map(|(name, _)| name.as_str()).collect();
            let names = if names.is_empty() { vec![header] } else { names };
            for name in names {
                let (head, rest) = name.split_once('.').map_or((name, None), |(head, rest)| (head, Some(rest)));
                match find(self.fields, head) {
                    Some(field) => {
                        columns.push(Column { index, name: name.to_owned(), field, rest: rest.map(str::to_owned) });
                    }
                    None if path.iter().any(|index| self.name(*index) == header)
                        || unknown.contains(&(name, header)) => {}
                    None => unknown.push((name, header)),
                }
            }
        }
        let has = |field: &&Field| columns.iter().any(|column: &Column| column.field.name == field.name);
        for field in self.fields.iter().filter(|field| field.is_required && !has(field)) {
            self.require(field);
        }
        for (field, column) in &unknown {
            self.unknown(field, column, &columns);
        }
        if let (false, Some(last), Some(resource)) =
            (unknown.is_empty(), self.problems.last_mut(), self.operation.resource())
        {
            last.help.push(format!("`talkable {} {} --help` lists the fields", resource.name, self.operation.name));
        }
        self.check_repeated(path, &columns);
        columns
    }

    /// Fails if there are problems.
    pub(super) fn finish(self) -> Result {
        if self.problems.is_empty() {
            return Ok(());
        }
        Err(Failure { exit: Exit::Usage, errors: self.problems })
    }

    /// Reports columns of the same name, and columns that set the same field, because only one of them could be sent.
    fn check_repeated(&mut self, path: &[usize], columns: &[Column]) {
        let mut problems = Vec::new();
        let used: Vec<_> = path.iter().copied().chain(columns.iter().map(|column| column.index)).collect();
        for (index, name) in self.headers.iter().map(str::trim).enumerate() {
            let same = self.headers.iter().filter(|other| other.trim() == name).count();
            if same > 1 && self.position(name) == Some(index) && used.iter().any(|index| self.name(*index) == name) {
                let message = Message::new(format!("the header has {same} columns `{name}`"));
                problems.push(message.help("rename all but one of them"));
            }
        }
        for (index, column) in columns.iter().enumerate() {
            let name = self.name(column.index);
            let other =
                columns.iter().take(index).find(|other| self.name(other.index) != name && column.overlaps(other));
            if let Some(other) = other {
                let title = format!("the columns `{}` and `{name}` both set `{}`", self.name(other.index), column.name);
                let help = format!("ignore one of them, for example with `--ignore {}`", shell_word(name));
                problems.push(Message::new(title).help(help));
            }
        }
        self.problems.append(&mut problems);
    }

    /// Reports a column without a field. A mapped column has another name than the field. `columns` are those with a field.
    fn unknown(&mut self, field: &str, column: &str, columns: &[Column]) {
        let name = field.to_lowercase().replace([' ', '-'], "_");
        let similar = closest(&name, self.fields.iter().map(|field| field.name)).filter(|similar| {
            let is_free = columns.iter().all(|column| column.field.name != *similar);
            is_free && strsim::normalized_damerau_levenshtein(&name, similar) > 0.75
        });
        let mut message = Message::new(if field == column {
            format!("there is no field for the column `{column}`")
        } else {
            format!("invalid --map {field}={column}: there is no field `{field}`")
        });
        if let Some(similar) = similar {
            let map = shell_word(&format!("{similar}={column}"));
            message = message.help(format!("map it to a similar field with `--map {map}`"));
        }
        self.problems.push(message.help(format!("ignore the column with `--ignore {}`", shell_word(column))));
    }

    /// Reports that the file has no column for a required field.
    fn require(&mut self, field: &Field) {
        let name = field.name;
        let other = self.mapping.mapped.iter().find(|(_, column)| column == name).map(|(other, _)| other);
        let message = match other.filter(|_| self.position(name).is_some()) {
            Some(other) => {
                Message::new(format!("the column `{name}` is mapped to `{other}`, so no column sets `{name}`"))
            }
            None if self.position(name).is_some() && self.mapping.ignored.iter().any(|column| column == name) => {
                Message::new(format!("the column `{name}` is ignored, so no column sets `{name}`"))
            }
            None => self.absent("the file is incomplete", name),
        };
        self.problems.push(message.help(format!("name the column with `--map {}=COLUMN`", field.name)));
    }

    /// Describes that the file has no such column.
    fn absent(&self, problem: &str, column: &str) -> Message {
        let message = Message::new(format!("{problem}: there is no column `{column}`"));
        message.note(format!("the columns are {}", self.names()))
    }

    fn names(&self) -> String {
        self.headers.iter().map(|header| format!("`{}`", header.trim())).collect::<Vec<_>>().join(", ")
    }

    fn name(&self, index: usize) -> &'a str {
        self.headers.get(index).unwrap_or_default().trim()
    }

    fn position(&self, name: &str) -> Option<usize> {
        self.headers.iter().position(|header| header.trim() == name)
    }

    /// The column that is mapped to the field.
    fn target(&self, field: &str) -> Option<&'a str> {
        self.mapping.mapped.iter().find(|(name, _)| name == field).map(|(_, column)| column.as_str())
    }
}

/// Whether a cell of the first line is a number or an e-mail address rather than a name.
fn is_value(cell: &str) -> bool {
    let is_address = cell.split_once('@').is_some_and(|(name, host)| !name.is_empty() && host.contains('.'));
    is_address || cell.parse::<rust_decimal::Decimal>().is_ok()
}
