//! Checks all rows of a file before any of them is sent.

use std::collections::HashSet;
use std::hash::{BuildHasher as _, RandomState};
use std::path::Path;

use super::{reader, unreadable};
use crate::failure::{Message, Result};
use crate::import::columns::Columns;
use crate::import::file;
use crate::session::Session;
use crate::text::count;

/// The number of problems that are printed.
const SHOWN: u64 = 5;

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
    let mut checked = Checked::default();
    let (hasher, mut seen) = (RandomState::new(), HashSet::new());
    for record in file::rows(reader(path)?) {
        let record = record.map_err(|error| unreadable(path, &error))?;
        checked.rows += 1;
        let cells = columns.key(&record, key);
        let problem = match columns.request(&record) {
            Err(reason) => {
                checked.invalid += 1;
                reason
            }
            // The set contains hashes, because they need less memory than the keys.
            Ok(_) if !cells.is_empty() && !seen.insert(hasher.hash_one(&cells)) => {
                checked.duplicates += 1;
                format!("an earlier row has the same {}", key.join(" and "))
            }
            Ok(_) => continue,
        };
        if checked.invalid + checked.duplicates <= SHOWN {
            let line = record.position().map_or(0, csv::Position::line);
            let text = Message::new(problem).note(format!("line {line}")).warning(session.colors_errors());
            session.errors.write_all(text.as_bytes())?;
        }
    }
    let rest = (checked.invalid + checked.duplicates).saturating_sub(SHOWN);
    if rest > 0 {
        writeln!(session.errors, "and {}", count(rest, "more warning"))?;
    }
    Ok(checked)
}
