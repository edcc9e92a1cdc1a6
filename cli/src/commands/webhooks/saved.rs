//! Saved deliveries, which contain no key.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use serde_json::Value;
use talkable_api::webhook::testing::WebhookBuilder;

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

/// Returns the paths of the files. Each folder is replaced with the JSON files in it, in the order in which they were saved.
pub(super) fn files<'a>(paths: impl Iterator<Item = &'a String>) -> Result<Vec<String>> {
    let mut files = Vec::new();
    for path in paths {
        if !Path::new(path).is_dir() {
            files.push(path.clone());
            continue;
        }
        let read = |error| Failure::read(path, error);
        let entries = fs::read_dir(path).map_err(read)?.collect::<io::Result<Vec<_>>>().map_err(read)?;
        let found =
            entries.iter().map(fs::DirEntry::path).filter(|path| path.extension().is_some_and(|it| it == "json"));
        let mut found: Vec<_> = found.map(|path| path.display().to_string()).collect();
        if found.is_empty() {
            let failure = Failure::usage(format!("{path} contains no saved delivery"));
            return Err(failure.help("pass a folder of `talkable webhooks listen --save`"));
        }
        // The names start with the time.
        found.sort();
        files.extend(found);
    }
    Ok(files)
}

impl Saved {
    pub(super) fn read(path: &str) -> Result<Self> {
        let text = fs::read_to_string(path).map_err(|error| Failure::read(path, error))?;
        serde_json::from_str(&text).map_err(|error| {
            let help = "pass a file written by `talkable webhooks listen --save`";
            Failure::usage(format!("{path} is not a saved delivery: {error}")).help(help)
        })
    }

    /// Returns the webhook as Talkable sent it.
    pub(super) fn webhook(self) -> WebhookBuilder {
        let webhook = WebhookBuilder::new(self.kind.clone().unwrap_or_default(), self.payload);
        match (self.kind, self.site) {
            (None, _) => webhook.legacy(),
            (_, Some(site)) => webhook.site(site),
            (_, None) => webhook,
        }
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
