//! The file with the rows that failed, which can be corrected and imported again.

use std::fs::{File, OpenOptions};
use std::io::{self, Seek as _, SeekFrom};
use std::path::Path;

use csv::StringRecord;

use super::columns::ERROR;

pub(crate) struct Failures {
    writer: csv::Writer<File>,
    /// The number of columns of the imported file, without the errors of an earlier import.
    columns: usize,
}

impl Failures {
    /// Opens the file, and truncates it to `length` bytes, because the rows after them are sent again.
    pub(crate) fn open(path: &Path, length: u64, headers: &StringRecord) -> io::Result<Self> {
        let mut file = OpenOptions::new().create(true).write(true).truncate(false).open(path)?;
        let length = length.min(file.metadata()?.len());
        file.set_len(length)?;
        file.seek(SeekFrom::End(0))?;
        let columns = headers.iter().position(|name| name == ERROR).unwrap_or(headers.len());
        let mut writer = csv::WriterBuilder::new().flexible(true).from_writer(file);
        if length == 0 {
            writer.write_record(headers.iter().take(columns).chain([ERROR]))?;
        }
        Ok(Self { writer, columns })
    }

    pub(crate) fn add(&mut self, record: &StringRecord, error: &str) -> io::Result<()> {
        // A short row keeps the error in its column.
        let cells = record.iter().chain(std::iter::repeat("")).take(self.columns);
        Ok(self.writer.write_record(cells.chain([error]))?)
    }

    /// Flushes the rows to the file, and returns its length.
    pub(crate) fn flush(&mut self) -> io::Result<u64> {
        self.writer.flush()?;
        self.writer.get_ref().sync_data()?;
        Ok(self.writer.get_ref().metadata()?.len())
    }
}
