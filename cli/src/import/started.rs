//! The file with the number of rows that may have been sent, for imports that must not send a row again. After a crash, the rows
//! between the progress and this number are doubtful.

use std::fmt::Display;
use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

use super::with_suffix;
use crate::failure::{Failure, Result};

pub(crate) struct Started {
    path: PathBuf,
    file: File,
}

impl Started {
    /// Opens the file, which then contains `rows`.
    pub(crate) fn open(imported: &Path, rows: u64) -> Result<Self> {
        let path = path(imported);
        let file = OpenOptions::new().create(true).write(true).truncate(false).open(&path);
        let file = file.map_err(|error| failure("write", &path, &error))?;
        let mut started = Self { path, file };
        started.set(rows)?;
        Ok(started)
    }

    /// Saves that the rows before the index `rows` may be sent from now on.
    pub(crate) fn set(&mut self, rows: u64) -> Result {
        self.write(rows).map_err(|error| failure("write", &self.path, &error))
    }

    fn write(&mut self, rows: u64) -> io::Result<()> {
        self.file.seek(SeekFrom::Start(0))?;
        // The text always has the same length, so one write replaces it.
        self.file.write_all(format!("{rows:020}\n").as_bytes())?;
        self.file.sync_data()
    }
}

/// Returns the number of rows that an earlier run may have sent, or 0 if all of its calls ended.
pub(crate) fn read(imported: &Path) -> Result<u64> {
    let path = path(imported);
    match fs::read_to_string(&path) {
        Ok(text) => text.trim().parse().map_err(|error| failure("read", &path, &error)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(0),
        Err(error) => Err(failure("read", &path, &error)),
    }
}

/// Removes the file, once no call is in flight.
pub(crate) fn remove(imported: &Path) -> Result {
    let path = path(imported);
    match fs::remove_file(&path) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(failure("remove", &path, &error)),
        _ => Ok(()),
    }
}

fn path(imported: &Path) -> PathBuf {
    with_suffix(imported, "started")
}

fn failure(verb: &str, path: &Path, error: &dyn Display) -> Failure {
    Failure::output(format!("could not {verb} {}: {error}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_contains_the_last_number_until_it_is_removed() {
        let folder = tempfile::tempdir().expect("a folder");
        let imported = folder.path().join("refunds.csv");
        assert_eq!(read(&imported).ok(), Some(0));
        let mut started = Started::open(&imported, 1_000).expect("the file can be written");
        started.set(7).expect("the file can be written");
        assert_eq!(read(&imported).ok(), Some(7));
        remove(&imported).expect("the file can be removed");
        assert_eq!(read(&imported).ok(), Some(0));
    }

    #[test]
    fn an_error_names_the_file() {
        let folder = tempfile::tempdir().expect("a folder");
        let imported = folder.path().join("refunds.csv");
        fs::write(path(&imported), "seven").expect("the file can be written");
        let failure = read(&imported).expect_err("the number is damaged");
        let title = &failure.errors[0].title;
        assert!(title.starts_with("could not read ") && title.contains("refunds.csv.started: "), "{title}");
    }
}
