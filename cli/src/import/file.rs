//! The rows of a CSV file.

use std::fs::File;
use std::io::{self, BufRead as _, BufReader, Read as _, Seek as _};
use std::path::Path;

use csv::StringRecord;

/// The maximum length of the header in bytes.
const MAX_HEADER: u64 = 1 << 20;

/// Opens a file. Its rows can have different numbers of cells, and are checked later.
pub(crate) fn open(path: &Path) -> io::Result<csv::Reader<File>> {
    let mut file = File::open(path)?;
    let mut header = Vec::new();
    BufReader::new((&mut file).take(MAX_HEADER)).read_until(b'\n', &mut header)?;
    file.rewind()?;
    Ok(csv::ReaderBuilder::new().flexible(true).delimiter(delimiter(&header)).from_reader(file))
}

/// Returns the delimiter: a comma, or a semicolon or tab if the header contains no comma. Spreadsheets use semicolons in some
/// countries.
fn delimiter(header: &[u8]) -> u8 {
    let mut others = [b',', b';', b'\t'].into_iter();
    others.find(|delimiter| header.contains(delimiter)).unwrap_or(b',')
}

/// Returns the rows. Bytes that are not UTF-8 become replacement characters.
pub(crate) fn rows(reader: csv::Reader<File>) -> impl Iterator<Item = csv::Result<StringRecord>> {
    reader.into_byte_records().map(|record| {
        let record = record?;
        let position = record.position().cloned();
        let mut record = StringRecord::from_byte_record_lossy(record);
        record.set_position(position);
        Ok(record)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_delimiter() {
        let cases: [(&[u8], u8); 4] = [(b"a;b\n", b';'), (b"a\tb", b'\t'), (b"a;x,b\n", b','), (b"a\n", b',')];
        for (header, expected) in cases {
            assert_eq!(delimiter(header), expected);
        }
    }
}
