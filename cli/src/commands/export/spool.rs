//! The items of a CSV export.

use std::fs::File;
use std::io::{BufRead as _, BufReader, BufWriter, Seek as _, Write};

use serde_json::Value;

use crate::failure::{Failure, Result};
use crate::output::{choose, flat, flat_cells};

/// The items of a CSV file, in a temporary file, because all columns are known only after the last item.
pub(super) struct Spool {
    file: BufWriter<File>,
    columns: Vec<String>,
}

impl Spool {
    pub(super) fn new() -> Result<Self> {
        let file = tempfile::tempfile()
            .map_err(|error| Failure::usage(format!("could not create a temporary file: {error}")))?;
        Ok(Self { file: BufWriter::new(file), columns: Vec::new() })
    }

    pub(super) fn add(&mut self, item: &Value) -> Result {
        for (name, _) in flat(item) {
            if !self.columns.contains(&name) {
                self.columns.push(name);
            }
        }
        Ok(writeln!(self.file, "{item}")?)
    }

    /// Writes the items with the chosen columns, or with all of them.
    pub(super) fn write(self, chosen: &[String], output: &mut dyn Write) -> Result {
        // Without an item, the columns are unknown.
        let columns = if self.columns.is_empty() {
            chosen.to_vec()
        } else {
            let chosen = choose(&self.columns, chosen)?;
            chosen.into_iter().filter_map(|column| self.columns.get(column).cloned()).collect()
        };
        let mut file = self.file.into_inner().map_err(|error| Failure::from(error.into_error()))?;
        file.rewind()?;
        let mut writer = csv::Writer::from_writer(output);
        if !columns.is_empty() {
            writer.write_record(&columns)?;
        }
        for line in BufReader::new(file).lines() {
            let item: Value = serde_json::from_str(&line?).unwrap_or_default();
            writer.write_record(flat_cells(&item, &columns))?;
        }
        Ok(writer.flush()?)
    }
}
