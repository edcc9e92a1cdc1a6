//! The file that says how many rows may have been sent. It is used if sending a row again can have an effect: after a crash, the
//! rows between the progress and this number are doubtful.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

use super::with_suffix;

pub(crate) struct Started {
    file: File,
}

impl Started {
    /// Opens the file, which then contains `rows`.
    pub(crate) fn open(imported: &Path, rows: u64) -> io::Result<Self> {
        let file = OpenOptions::new().create(true).write(true).truncate(false).open(path(imported))?;
        let mut started = Self { file };
        started.set(rows)?;
        Ok(started)
    }

    /// Saves that the rows before the index `rows` may be sent from now on.
    pub(crate) fn set(&mut self, rows: u64) -> io::Result<()> {
        self.file.seek(SeekFrom::Start(0))?;
        // The text always has the same length, so one write replaces it.
        self.file.write_all(format!("{rows:020}\n").as_bytes())?;
        self.file.sync_data()
    }
}

/// Returns the number of rows that an earlier run may have sent, or 0 if all of its calls ended.
pub(crate) fn read(imported: &Path) -> io::Result<u64> {
    match fs::read_to_string(path(imported)) {
        Ok(text) => text.trim().parse().map_err(|_| io::Error::other("the file is damaged")),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(0),
        Err(error) => Err(error),
    }
}

/// Removes the file, because no call is in flight.
pub(crate) fn remove(imported: &Path) -> io::Result<()> {
    match fs::remove_file(path(imported)) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

fn path(imported: &Path) -> PathBuf {
    with_suffix(imported, "started")
}
