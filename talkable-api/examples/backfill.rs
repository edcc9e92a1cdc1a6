//! Backfills purchases from a CSV file, and resumes where an interrupted run stopped.
//!
//! ```sh
//! cargo run -p talkable-api --example backfill -- purchases.csv
//! ```
//!
//! The file has the columns `email`, `order_number`, `subtotal` and `created_at`. Rows that fail are written to
//! `purchases.csv.failed` with the error, and can be corrected and passed to the program again. `purchases.csv.next` contains
//! the index of the next row. Memory usage does not depend on the length of the file.
//!
//! The client reads TALKABLE_API_KEY, TALKABLE_SITE_SLUG and TALKABLE_BASE_URL.

use std::error::Error as StdError;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};
use std::time::Duration;

use csv::StringRecord;
use indicatif::{ProgressBar, ProgressStyle};
use talkable_api::bulk::{Bulk, Progress};
use talkable_api::chrono::{DateTime, FixedOffset};
use talkable_api::types::{CreatedPurchase, NewPurchase};
use talkable_api::{Call, Client, Decimal, Error, InvalidError, Verdict};
use tokio::time::timeout;

/// The number of rows between two writes of the `.next` file. After a crash, up to this many rows and the rows in flight are sent
/// again, which is safe because the order number identifies a purchase.
const SAVED_EVERY: u64 = 500;

#[derive(serde::Deserialize)]
struct Row<'a> {
    email: &'a str,
    order_number: &'a str,
    subtotal: &'a str,
    created_at: DateTime<FixedOffset>,
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn StdError>> {
    let path = std::env::args_os().nth(1).ok_or("usage: backfill FILE")?;
    let client = Client::from_env()?;
    let progress = backfill(&client, Path::new(&path)).await?;
    println!("{} rows, {} failed in this run", progress.next, progress.failed);
    Ok(())
}

async fn backfill(client: &Client, path: &Path) -> Result<Progress, Box<dyn StdError>> {
    let [state, failed] = ["next", "failed"].map(|suffix| with_suffix(path, suffix));
    let (start, length) = load(&state)?;
    let bar = ProgressBar::new(fs::metadata(path)?.len());
    bar.set_style(ProgressStyle::with_template("{bar:40} {percent:>3}% {msg}")?);
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(bar.wrap_read(File::open(path)?));
    let headers = reader.headers()?.clone();
    let mut failures = Failures::open(&failed, length, &headers)?;
    let mut read_error = None;
    let records = reader.into_records().map_while(|record| record.map_err(|error| read_error = Some(error)).ok());
    let create = |record: &StringRecord| create(client, &headers, record);
    let mut rows = Bulk::new(records).start_at(start).concurrency(32).one_by_one(create);
    loop {
        // During an outage, no row finishes. The timeout makes sure that the progress is printed anyway.
        match timeout(Duration::from_secs(1), rows.next()).await {
            Ok(Some(row)) => {
                if let Err(error) = row.result {
                    if error.verdict() == Verdict::Unauthorized {
                        // The next run resumes at this row, once the key is valid.
                        save(&state, row.index, failures.flush()?)?;
                        return Err(error.into());
                    }
                    failures.add(&row.input, &error)?;
                }
                if (row.index + 1).is_multiple_of(SAVED_EVERY) {
                    save(&state, row.index + 1, failures.flush()?)?;
                }
            }
            Ok(None) => break,
            Err(_) => {}
        }
        let Progress { next, failed, outage, .. } = rows.progress();
        let outage = outage.zip(rows.outage_error());
        let outage = outage.map(|(duration, error)| format!("; outage for {duration:.0?}: {error}"));
        bar.set_message(format!("{next} rows, {failed} failed{}", outage.unwrap_or_default()));
    }
    let progress = rows.progress();
    drop(rows);
    save(&state, progress.next, failures.flush()?)?;
    read_error.map_or(Ok(progress), |error| Err(error.into()))
}

/// Creates the call for a row. A row that can't be converted to a call fails with the reason.
fn create(client: &Client, headers: &StringRecord, record: &StringRecord) -> Result<Call<CreatedPurchase>, Error> {
    let row: Row<'_> =
        record.deserialize(Some(headers)).map_err(|error| InvalidError::new("row", error.to_string()))?;
    let subtotal: Decimal = row.subtotal.parse().map_err(|_| InvalidError::new("subtotal", "not a number"))?;
    // Without `created_at`, the purchase would be dated by its arrival.
    let purchase = NewPurchase::new(row.email, row.order_number, subtotal).created_at(row.created_at);
    // The rate limit can delay a call for longer than the default deadline of five minutes.
    Ok(client.origins().create_purchase(&purchase).deadline(Duration::from_secs(60 * 60)))
}

/// The rows that failed, with the columns of the file and the error.
struct Failures {
    writer: csv::Writer<File>,
    columns: usize,
}

impl Failures {
    /// Opens the file, and truncates it to `length` bytes, because this run sends the later rows again.
    fn open(path: &Path, length: u64, headers: &StringRecord) -> Result<Self, Box<dyn StdError>> {
        let mut file = OpenOptions::new().create(true).write(true).truncate(false).open(path)?;
        let length = length.min(file.metadata()?.len());
        file.set_len(length)?;
        file.seek(SeekFrom::End(0))?;
        // If the input is the failure file of an earlier run, it already has a column with errors.
        let columns = headers.iter().position(|name| name == "error").unwrap_or(headers.len());
        let mut writer = csv::WriterBuilder::new().flexible(true).from_writer(file);
        if length == 0 {
            writer.write_record(headers.iter().take(columns).chain(["error"]))?;
        }
        Ok(Self { writer, columns })
    }

    fn add(&mut self, record: &StringRecord, error: &Error) -> csv::Result<()> {
        self.writer.write_record(record.iter().take(self.columns).chain([error.to_string().as_str()]))
    }

    /// Flushes the rows to the file, and returns its length.
    fn flush(&mut self) -> io::Result<u64> {
        self.writer.flush()?;
        Ok(self.writer.get_ref().metadata()?.len())
    }
}

/// Returns the index of the next row, and the length of the file with the failures.
fn load(state: &Path) -> Result<(u64, u64), Box<dyn StdError>> {
    match fs::read_to_string(state) {
        Ok(text) => {
            let numbers = text.split_once(' ').map(|(next, length)| (next.parse(), length.parse()));
            let Some((Ok(next), Ok(length))) = numbers else {
                return Err(format!("{} is damaged; help: delete it to send all rows again", state.display()).into());
            };
            Ok((next, length))
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok((0, 0)),
        Err(error) => Err(error.into()),
    }
}

/// Replaces the file in one step, so that it contains either the old or the new state after a crash.
fn save(state: &Path, next: u64, length: u64) -> io::Result<()> {
    let new = with_suffix(state, "new");
    fs::write(&new, format!("{next} {length}"))?;
    fs::rename(new, state)
}

fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(format!(".{suffix}"));
    name.into()
}
