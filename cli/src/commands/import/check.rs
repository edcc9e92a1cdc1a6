//! Checks all rows of a file before any of them is sent.

use std::collections::HashMap;
use std::hash::{BuildHasher as _, RandomState};
use std::path::Path;

use csv::Position;

use super::reasons::Reasons;
use super::{rows_of, unreadable};
use crate::failure::Result;
use crate::import::columns::Columns;
use crate::session::Session;
use crate::text::count;

/// The numbers of rows in a file.
#[derive(Default)]
pub(super) struct Checked {
    pub(super) rows: u64,
    pub(super) invalid: u64,
    /// The valid rows with the key of an earlier row.
    pub(super) duplicates: u64,
}

impl Checked {
    /// Describes the numbers in one line.
    pub(super) fn summary(&self) -> String {
        let duplicates = match self.duplicates {
            0 => String::new(),
            duplicates => format!(" and {}", count(duplicates, "duplicate")),
        };
        format!("{}, {} of them invalid{duplicates}", count(self.rows, "row"), self.invalid)
    }
}

/// Checks all rows, and prints the first problems as warnings.
pub(super) fn check(path: &Path, columns: &Columns, key: &[&str], session: &mut Session<'_>) -> Result<Checked> {
    let (mut checked, mut reasons) = (Checked::default(), Reasons::default());
    // The lines of the keys, by their hashes, which need less memory.
    let (hasher, mut seen) = (RandomState::new(), HashMap::new());
    for record in rows_of(path)? {
        let record = record.map_err(|error| unreadable(path, &error))?;
        checked.rows += 1;
        let (cells, line) = (columns.key(&record, key), record.position().map_or(0, Position::line));
        match columns.request(&record) {
            Err(reason) => {
                checked.invalid += 1;
                reasons.add(&reason, line);
            }
            Ok(_) if cells.is_empty() => {}
            Ok(_) => {
                let first = *seen.entry(hasher.hash_one(&cells)).or_insert(line);
                if first != line {
                    checked.duplicates += 1;
                    reasons.add(&format!("the same {} as line {first}", key.join(" and ")), line);
                }
            }
        }
    }
    for message in reasons.messages() {
        session.errors.write_all(message.warning(session.colors_errors()).as_bytes())?;
    }
    Ok(checked)
}
