//! The rows of a CSV file.

use std::fs::File;
use std::io::{self, BufRead as _, BufReader, Read as _, Seek as _};
use std::path::Path;

use csv::{Position, StringRecord};
use sha2::{Digest as _, Sha256};

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

/// Whether a file is a spreadsheet or another binary file.
pub(crate) fn is_binary(path: &Path) -> io::Result<bool> {
    let mut start = Vec::new();
    File::open(path)?.take(4096).read_to_end(&mut start)?;
    Ok(start.starts_with(b"PK\x03\x04") || start.contains(&0))
}

/// Returns the delimiter: a comma, or a semicolon or tab if the header contains no comma outside of quotes. Spreadsheets use
/// semicolons in some countries.
fn delimiter(header: &[u8]) -> u8 {
    let unquoted: Vec<_> = header.split(|byte| *byte == b'"').step_by(2).flatten().collect();
    let mut delimiters = [b',', b';', b'\t'].into_iter();
    delimiters.find(|delimiter| unquoted.contains(&delimiter)).unwrap_or(b',')
}

/// Returns the rows with their lines. Bytes that are not UTF-8 become replacement characters.
pub(crate) fn rows(path: &Path) -> io::Result<impl Iterator<Item = csv::Result<StringRecord>> + use<>> {
    let mut lines = Lines { file: BufReader::new(File::open(path)?), offset: 0 };
    Ok(open(path)?.into_byte_records().map(move |record| {
        let record = record?;
        let mut position = record.position().cloned();
        if let Some(position) = &mut position {
            lines.correct(position)?;
        }
        let mut record = StringRecord::from_byte_record_lossy(record);
        record.set_position(position);
        Ok(record)
    }))
}

/// Corrects the lines of rows. The position of a row is where the parser stopped after the row before: in front of blank lines
/// and of the second byte of `\r\n`.
struct Lines {
    file: BufReader<File>,
    offset: u64,
}

impl Lines {
    fn correct(&mut self, position: &mut Position) -> io::Result<()> {
        let skipped = position.byte().saturating_sub(self.offset);
        self.file.seek_relative(i64::try_from(skipped).unwrap_or(i64::MAX))?;
        self.offset += skipped;
        while let Some(byte @ (b'\r' | b'\n')) = self.file.fill_buf()?.first() {
            position.set_line(position.line() + u64::from(*byte == b'\n'));
            self.file.consume(1);
            self.offset += 1;
        }
        Ok(())
    }
}

/// A hash of the header and of the first rows, which shows whether they have changed.
#[derive(Clone, Debug, Default)]
pub(crate) struct Hash(Sha256);

impl Hash {
    pub(crate) fn add(&mut self, record: &StringRecord) {
        // Together, the lengths determine where each cell and each record ends.
        self.0.update(record.len().to_le_bytes());
        for cell in record {
            self.0.update(cell.len().to_le_bytes());
            self.0.update(cell);
        }
    }

    /// Returns the hash in hexadecimal.
    pub(crate) fn text(&self) -> String {
        self.0.clone().finalize().iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

/// Returns the hash of the header and of at most `hashed` rows, and the number of all rows.
pub(crate) fn survey(path: &Path, hashed: u64) -> csv::Result<(Hash, u64)> {
    let (mut hash, mut total) = (Hash::default(), 0);
    hash.add(open(path)?.headers()?);
    for record in rows(path)? {
        let record = record?;
        if total < hashed {
            hash.add(&record);
        }
        total += 1;
    }
    Ok((hash, total))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_delimiter() {
        let cases: [(&[u8], u8); 5] = [
            (b"a;b\n", b';'),
            (b"a\tb", b'\t'),
            (b"a;x,b\n", b','),
            (b"a\n", b','),
            (b"a;\"x, \"\"y\"\", z\";b\n", b';'),
        ];
        for (header, expected) in cases {
            assert_eq!(delimiter(header), expected);
        }
    }

    #[test]
    fn a_row_has_the_line_where_it_starts() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("orders.csv");
        for (text, expected) in [
            ("a,b\n1,2\n3,4", [2, 3]),
            ("a,b\r\n1,2\r\n3,4\r\n", [2, 3]),
            ("\u{feff}a,b\r\n\r\n1,2\r\n\r\n\r\n3,4\r\n\r\n", [3, 6]),
            ("\na,b\n1,2\n\n3,4\n", [3, 5]),
            ("a,b\n1,\"\n\n2\"\n\n3,4\n", [2, 6]),
            ("a,b\r\n\"\r\n1\",\"2\r\n\"\r\n3,4\r\n", [2, 5]),
            (&format!("a,b\r\n1,{}\r\n\r\n3,4\r\n", "x".repeat(20_000)), [2, 4]),
        ] {
            std::fs::write(&path, text).expect("the file can be written");
            let rows = rows(&path).expect("the file can be read").map(|row| row.expect("the file is CSV"));
            let lines: Vec<_> = rows.filter_map(|row| Some(row.position()?.line())).collect();
            assert_eq!(lines, expected, "{text:?}");
        }
    }

    #[test]
    fn the_hash_depends_on_the_first_rows_and_on_the_ends_of_cells() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("orders.csv");
        let survey = |text: &str, hashed| {
            std::fs::write(&path, text).expect("the file can be written");
            let (hash, total) = survey(&path, hashed).expect("the file is CSV");
            (hash.text(), total)
        };
        let (expected, total) = survey("a,b\n1,2\n3,4\n", 1);
        assert_eq!(total, 2);
        assert_eq!(survey("a,b\n1,2\n5,6\n7,8\n", 1), (expected.clone(), 3));
        for text in ["a,c\n1,2\n3,4\n", "a,b\n1,3\n3,4\n", "a,b\n12,\n3,4\n", "a,b\n1,2,3\n4\n", "a,b\n"] {
            assert_ne!(survey(text, 1).0, expected, "{text}");
        }
        assert_ne!(survey("a,b\n1,2\n3,4\n", 2).0, expected);
    }
}
