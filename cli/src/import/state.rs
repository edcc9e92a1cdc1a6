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
    /// The hash of the header and of the rows before `next`.
    pub(crate) hash: String,
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
    pub(crate) destination: Destination,
    /// The options for the columns.
    pub(crate) options: Vec<String>,
}

#[derive(Clone, Debug, Default, Deserialize, PartialEq, Eq, Serialize)]
pub(crate) struct Destination {
    /// The kind of the rows.
    pub(crate) kind: String,
    pub(crate) site: String,
    pub(crate) base_url: String,
}

pub(crate) const RESTART: &str = "to send all rows again, from the first one, pass `--restart`";

impl State {
    /// Reads the progress of an earlier run, if there is one.
    pub(crate) fn read(file: &Path) -> Result<Option<Self>> {
        let path = with_suffix(file, "progress");
        let text = match fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(Failure::read(path.display(), error)),
        };
        let state = serde_json::from_str(&text);
        state.map(Some).map_err(|_| Failure::usage(format!("{} is damaged", path.display())).help(RESTART))
    }

    /// Fails if an import of `file` can't continue from this progress. `is_same_file` is whether the rows that may have been
    /// sent are unchanged.
    pub(crate) fn check(&self, file: &Path, identity: &Identity, is_same_file: bool) -> Result {
        let Identity { destination: Destination { kind, site, base_url }, options } = &self.identity;
        let (name, imported) = (file.display(), if self.is_complete { "imported" } else { "partly imported" });
        let counts = format!("{}, {} of them failed", count(self.next, "row"), self.failed);
        let with_help = |failure: Failure| match with_suffix(file, "failed") {
            failed if self.is_complete && self.failed > 0 => {
                failure.help(format!("correct the rows in {}, and import that file", failed.display()))
            }
            _ => failure,
        };
        let failure = if self.identity.destination != identity.destination {
            Failure::usage(format!("{name} has already been {imported} elsewhere"))
                .note(format!("the earlier import sent {kind} to site {site} of {base_url}"))
        } else if !is_same_file {
            with_help(Failure::usage(format!("{name} has changed since it was {imported}")).note(counts))
        } else if self.is_complete {
            with_help(Failure::usage(format!("{name} has already been imported")).note(counts))
        } else if *options != identity.options {
            let options = if options.is_empty() { "neither --map nor --ignore".to_owned() } else { options.join(" ") };
            Failure::usage("the interrupted import used other options for the columns")
                .note(format!("it used {options}"))
                .help("pass the same options")
        } else {
            return Ok(());
        };
        Err(failure.help(RESTART))
    }

    /// Replaces the file in one step, so that it contains either the old or the new state after a crash.
    pub(crate) fn save(&self, file: &Path) -> Result {
        let (path, new) = (with_suffix(file, "progress"), with_suffix(file, "progress-new"));
        let text = serde_json::to_string(self).unwrap_or_default();
        let saved = fs::write(&new, text).and_then(|()| fs::rename(&new, &path));
        saved.map_err(|error| Failure::output(format!("could not write {}: {error}", path.display())))
    }
}
