//! The progress file next to an imported file, from which the next run continues after an interruption or a crash.

use std::fs;
use std::io;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::with_suffix;
use crate::failure::{Failure, Result};
use crate::text::count;

/// The progress of an import.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Eq, Serialize)]
pub(crate) struct State {
    /// An import continues only with the same identity.
    pub(crate) identity: Identity,
    /// The index of the next row.
    pub(crate) next: u64,
    /// The number of failed rows.
    pub(crate) failed: u64,
    /// The length of the file with the failed rows.
    pub(crate) failures_length: u64,
    pub(crate) is_complete: bool,
    /// Whether an earlier run saved this progress.
    #[serde(skip)]
    pub(crate) is_resumed: bool,
}

/// What is imported, and where to.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Eq, Serialize)]
pub(crate) struct Identity {
    pub(crate) operation: String,
    pub(crate) site: String,
    pub(crate) base_url: String,
    /// The size of the file in bytes.
    pub(crate) size: u64,
}

impl State {
    /// Reads the progress of an earlier run, or starts a new import.
    pub(crate) fn load(file: &Path, identity: Identity, restart: bool) -> Result<Self> {
        let path = with_suffix(file, "progress");
        let restart_help = "to start again from the first row, pass `--restart`";
        let text = match fs::read_to_string(&path) {
            Ok(text) if !restart => text,
            Ok(_) => return Ok(Self { identity, ..Self::default() }),
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Self { identity, ..Self::default() }),
            Err(error) => return Err(Failure::read(path.display(), error)),
        };
        let Ok(state) = serde_json::from_str::<Self>(&text) else {
            return Err(Failure::usage(format!("{} is damaged", path.display())).help(restart_help));
        };
        if state.identity != identity {
            let Identity { operation, site, base_url, size } = &state.identity;
            return Err(Failure::usage(format!("{} belongs to another import", path.display()))
                .note(format!("that import sends a file of {size} bytes to {operation} of site {site} at {base_url}"))
                .help(restart_help));
        }
        if state.is_complete {
            let failure = Failure::usage("the file has already been imported");
            let failure = failure.note(format!("{}, {} of them failed", count(state.next, "row"), state.failed));
            let failed = with_suffix(file, "failed");
            let failure = match state.failed {
                0 => failure,
                _ => failure.help(format!("correct the rows in {}, and import that file", failed.display())),
            };
            return Err(failure.help(restart_help));
        }
        Ok(Self { is_resumed: true, ..state })
    }

    /// Replaces the file in one step, so that it contains either the old or the new state after a crash.
    pub(crate) fn save(&self, file: &Path) -> Result {
        let (path, new) = (with_suffix(file, "progress"), with_suffix(file, "progress-new"));
        let text = serde_json::to_string(self).unwrap_or_default();
        let saved = fs::write(&new, text).and_then(|()| fs::rename(&new, &path));
        saved.map_err(|error| Failure::output(format!("could not write {}: {error}", path.display())))
    }
}
