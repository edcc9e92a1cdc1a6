//! A file and its name in messages.

use std::fs;
use std::path::PathBuf;

use crate::terminal::Failure;

/// The path of a file, and its name in messages.
#[derive(Clone, Debug)]
pub(crate) struct File {
    pub(crate) path: PathBuf,
    pub(crate) name: String,
}

impl File {
    pub(crate) fn read(&self) -> Result<Vec<u8>, Failure> {
        fs::read(&self.path).map_err(|error| {
            let failure = Failure::new(format!("the file cannot be read: {error}"));
            failure.in_file(&self.name).help("correct the file name")
        })
    }

    pub(crate) fn read_text(&self) -> Result<String, Failure> {
        String::from_utf8(self.read()?).map_err(|_| Failure::new(format!("{}: the file is not UTF-8 text", self.name)))
    }
}
