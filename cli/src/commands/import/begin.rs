//! The beginning of an import: its lock, and the progress from which it continues.

use std::path::Path;

use super::unreadable;
use crate::failure::Result;
use crate::import::file::{self, Hash};
use crate::import::started::Started;
use crate::import::state::{Identity, State};

/// What is known when an import begins.
pub(super) struct Beginning {
    pub(super) started: Started,
    pub(super) state: State,
    /// The hash of the header and of the rows that may have been sent.
    pub(super) hash: Hash,
    /// The number of rows in the file.
    pub(super) total: u64,
}

/// Locks the import, and continues from the progress of an earlier run, unless `restart` is set.
pub(super) fn begin(file: &Path, identity: Identity, is_idempotent: bool, restart: bool) -> Result<Beginning> {
    let survey = |rows| file::survey(file, rows).map_err(|error| unreadable(file, &error));
    let started = Started::lock(file)?;
    if let Some(earlier) = if restart { None } else { State::read(file)? } {
        let in_flight = started.read()?.filter(|(rows, _)| *rows > earlier.next);
        let (rows, expected) = in_flight.unwrap_or_else(|| (earlier.next, earlier.hash.clone()));
        let (hash, total) = survey(rows)?;
        let is_same_file = hash.text() == expected;
        let is_same_import = is_same_file && earlier.identity == identity;
        // If the API accepted no row, a changed import can start over without sending anything twice.
        let can_start_over = is_idempotent && earlier.failed == earlier.next;
        if is_same_import || !can_start_over {
            earlier.check(file, &identity, is_same_file)?;
            return Ok(Beginning { started, state: State { is_resumed: true, ..earlier }, hash, total });
        }
    }
    let (hash, total) = survey(0)?;
    Ok(Beginning { started, state: State { identity, ..State::default() }, hash, total })
}
