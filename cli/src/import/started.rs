//! The file that is locked while an import runs. For imports that must not send a row again, it contains the number of rows that
//! may have been sent. After a crash, the rows between the progress and this number are doubtful.

use std::fmt::Display;
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

use super::file::Hash;
use super::with_suffix;
use crate::failure::{Failure, Result};

pub(crate) struct Started {
    path: PathBuf,
    file: File,
}

impl Started {
    /// Opens and locks the file. The lock ends with the process. The file is never removed, because another process could
    /// then lock a new one.
    pub(crate) fn lock(imported: &Path) -> Result<Self> {
        let path = with_suffix(imported, "started");
        let file = OpenOptions::new().create(true).read(true).write(true).truncate(false).open(&path);
        let file = file.map_err(|error| failure("write", &path, &error))?;
        match file.try_lock() {
            Ok(()) => Ok(Self { path, file }),
            Err(TryLockError::WouldBlock) => {
                let title = format!("another import of {} is running", imported.display());
                Err(Failure::usage(title).help("wait until it ends"))
            }
            Err(TryLockError::Error(error)) => Err(failure("lock", &path, &error)),
        }
    }

    /// Returns the number and the hash of the rows that an earlier run may have sent, or `None` if all of its calls ended.
    pub(crate) fn read(&self) -> Result<Option<(u64, String)>> {
        let text = self.text().map_err(|error| failure("read", &self.path, &error))?;
        if text.is_empty() {
            return Ok(None);
        }
        let (rows, hash) = text.trim().split_once(' ').unwrap_or((&text, ""));
        let rows = rows.parse().map_err(|error| failure("read", &self.path, &error))?;
        Ok(Some((rows, hash.to_owned())))
    }

    /// Saves that the rows before the index `rows`, which have this hash, may be sent from now on.
    pub(crate) fn set(&self, rows: u64, hash: &Hash) -> Result {
        // The text always has the same length, so one write replaces it.
        let text = format!("{rows:020} {}\n", hash.text());
        self.write(&text).map_err(|error| failure("write", &self.path, &error))
    }

    /// Empties the file, once no call is in flight.
    pub(crate) fn clear(&self) -> Result {
        self.file.set_len(0).map_err(|error| failure("write", &self.path, &error))
    }

    fn text(&self) -> io::Result<String> {
        let mut text = String::new();
        (&self.file).seek(SeekFrom::Start(0))?;
        (&self.file).read_to_string(&mut text)?;
        Ok(text)
    }

    fn write(&self, text: &str) -> io::Result<()> {
        (&self.file).seek(SeekFrom::Start(0))?;
        (&self.file).write_all(text.as_bytes())?;
        self.file.sync_data()
    }
}

fn failure(verb: &str, path: &Path, error: &dyn Display) -> Failure {
    Failure::output(format!("could not {verb} {}: {error}", path.display()))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn lock(imported: &Path) -> Started {
        Started::lock(imported).unwrap_or_else(|failure| panic!("{failure:?}"))
    }

    #[test]
    fn the_file_contains_the_last_number_until_it_is_cleared() {
        let folder = tempfile::tempdir().expect("a folder");
        let imported = folder.path().join("refunds.csv");
        let started = lock(&imported);
        let hash = Hash::default();
        assert_eq!(started.read().ok(), Some(None));
        started.set(1_000, &hash).expect("the file can be written");
        started.set(7, &hash).expect("the file can be written");
        drop(started);
        let started = lock(&imported);
        assert_eq!(started.read().ok(), Some(Some((7, hash.text()))));
        started.clear().expect("the file can be written");
        assert_eq!(started.read().ok(), Some(None));
    }

    #[test]
    fn the_file_is_locked_once() {
        let folder = tempfile::tempdir().expect("a folder");
        let imported = folder.path().join("refunds.csv");
        let started = lock(&imported);
        let failure = Started::lock(&imported).err().expect("the file is locked");
        assert!(failure.errors[0].title.ends_with("refunds.csv is running"), "{failure:?}");
        drop(started);
        lock(&imported);
    }

    #[test]
    fn an_error_names_the_file() {
        let folder = tempfile::tempdir().expect("a folder");
        let imported = folder.path().join("refunds.csv");
        fs::write(with_suffix(&imported, "started"), "seven").expect("the file can be written");
        let failure = lock(&imported).read().expect_err("the number is damaged");
        let title = &failure.errors[0].title;
        assert!(title.starts_with("could not read ") && title.contains("refunds.csv.started: "), "{title}");
    }
}
