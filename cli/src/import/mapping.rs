//! The options that assign the columns of a file to fields.

use crate::failure::{Failure, Result};
use crate::text::shell_word;

pub(crate) struct Mapping {
    /// Pairs of a field and a column.
    pub(crate) mapped: Vec<(String, String)>,
    pub(crate) ignored: Vec<String>,
}

impl Mapping {
    /// Reads the values of `--map` and `--ignore`.
    pub(crate) fn new(mapped: &[String], ignored: Vec<String>) -> Result<Self> {
        let split = |pair: &String| match pair.split_once('=') {
            Some((field, column)) => Ok((field.replace('-', "_"), column.to_owned())),
            None => {
                Err(Failure::usage(format!("invalid --map: `{pair}` has no `=`")).help("write `--map FIELD=COLUMN`"))
            }
        };
        Ok(Self { mapped: mapped.iter().map(split).collect::<Result<_>>()?, ignored })
    }

    /// Returns the columns that are mapped to a field.
    pub(crate) fn columns(&self) -> impl Iterator<Item = &String> {
        self.mapped.iter().map(|(_, column)| column)
    }

    /// Returns the options in an order that does not depend on the command line.
    pub(crate) fn options(&self) -> Vec<String> {
        let mapped = self.mapped.iter().map(|(field, column)| ("--map", format!("{field}={column}")));
        let ignored = self.ignored.iter().map(|column| ("--ignore", column.clone()));
        let mut options: Vec<_> =
            mapped.chain(ignored).map(|(option, value)| format!("{option} {}", shell_word(&value))).collect();
        options.sort_unstable();
        options
    }
}
