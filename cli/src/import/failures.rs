//! The file with the rows that failed, which can be corrected and imported again.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};

use csv::StringRecord;

use super::columns::{ERROR, is_width_error};
use super::with_suffix;

pub(crate) struct Failures {
    writer: csv::Writer<File>,
    /// The number of columns of the imported file.
    width: usize,
    /// The column with the errors of an earlier import.
    error: Option<usize>,
}

impl Failures {
    /// Opens the file, and truncates it to `length` bytes, because the rows after that are sent again.
    pub(crate) fn open(path: &Path, length: u64, headers: &StringRecord) -> io::Result<Self> {
        let mut file = OpenOptions::new().create(true).write(true).truncate(false).open(path)?;
        let length = length.min(file.metadata()?.len());
        file.set_len(length)?;
        file.seek(SeekFrom::End(0))?;
        let error = headers.iter().position(|name| name.trim() == ERROR);
        let mut writer = csv::WriterBuilder::new().flexible(true).from_writer(file);
        if length == 0 {
            writer.write_record(without(headers, error).chain([ERROR]))?;
        }
        Ok(Self { writer, width: headers.len(), error })
    }

    /// Adds a row with its error. A row with too few or too many cells keeps all of them, so that it fails again until it is
    /// corrected.
    pub(crate) fn add(&mut self, record: &StringRecord, error: &str) -> io::Result<()> {
        let earlier = if record.len() == self.width {
            self.error
        } else {
            record.iter().position(is_width_error).filter(|_| self.error.is_some())
        };
        Ok(self.writer.write_record(without(record, earlier).chain([error]))?)
    }

    /// Flushes the rows to the file, and returns its length.
    pub(crate) fn flush(&mut self) -> io::Result<u64> {
        self.writer.flush()?;
        self.writer.get_ref().sync_data()?;
        Ok(self.writer.get_ref().metadata()?.len())
    }
}

/// Returns the cells of a row except that of one column.
fn without(record: &StringRecord, column: Option<usize>) -> impl Iterator<Item = &str> {
    record.iter().enumerate().filter(move |(index, _)| Some(*index) != column).map(|(_, cell)| cell)
}

/// Renames the file of an earlier import, which may contain corrections. Returns the new path, or `None` if there is no file.
pub(crate) fn keep(path: &Path) -> io::Result<Option<PathBuf>> {
    match fs::metadata(path) {
        Ok(metadata) if metadata.len() > 0 => {}
        Ok(_) => return Ok(None),
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    }
    let mut numbers = 1_u32..;
    let kept = numbers.find_map(|number| {
        let kept = with_suffix(path, &number.to_string());
        (!kept.exists()).then_some(kept)
    });
    let Some(kept) = kept else { return Ok(None) };
    fs::rename(path, &kept)?;
    Ok(Some(kept))
}
