//! Saved deliveries, which contain no key.

use std::fs;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::failure::{Failure, Result};

/// A delivery in a file.
#[derive(Debug, Deserialize, Serialize)]
pub(super) struct Saved {
    #[serde(rename = "type")]
    pub(super) kind: Option<String>,
    pub(super) site: Option<String>,
    pub(super) received_at: Option<String>,
    pub(super) payload: Value,
}

impl Saved {
    pub(super) fn read(path: &str) -> Result<Self> {
        let text = fs::read_to_string(path).map_err(|error| Failure::read(path, error))?;
        serde_json::from_str(&text).map_err(|error| {
            let help = "pass a file written by `talkable webhooks listen --save`";
            Failure::usage(format!("{path} is not a saved delivery: {error}")).help(help)
        })
    }

    /// Writes the delivery to a new file in the folder.
    pub(super) fn write(&self, folder: &Path, number: u64) -> Result<PathBuf> {
        // The kind comes from the sender, so it could contain a path.
        let kind: String = self
            .kind
            .as_deref()
            .unwrap_or("unknown")
            .chars()
            .filter(|letter| letter.is_ascii_alphanumeric() || *letter == '_')
            .collect();
        let time = self.received_at.as_deref().unwrap_or_default().replace([':', '.'], "-");
        let path = folder.join(format!("{time}-{number:04}-{kind}.json"));
        let text = serde_json::to_string_pretty(self).unwrap_or_default() + "\n";
        let written = fs::create_dir_all(folder).and_then(|()| crate::profile::write_private(&path, &text));
        written.map_err(|error| Failure::output(format!("could not write {}: {error}", path.display())))?;
        Ok(path)
    }
}
