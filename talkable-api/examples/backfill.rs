//! Backfills purchases from a CSV file, and resumes where an interrupted run stopped.
//!
//! ```sh
//! cargo run -p talkable-api --example backfill                   # a demo with its own file and server
//! cargo run -p talkable-api --example backfill -- purchases.csv  # reads TALKABLE_API_KEY and TALKABLE_SITE_SLUG
//! ```
//!
//! The columns are the e-mail address, the order number, the subtotal and the time of the order. Rows that fail are written to
//! `purchases.csv.failed`, which can be corrected and passed to the program again. The index of the next row is stored in
//! `purchases.csv.next`. Memory usage does not depend on the length of the file.

use std::error::Error as StdError;
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{LazyLock, Mutex};
use std::time::{Duration, Instant};

use rust_decimal::Decimal;
use talkable_api::bulk::{Bulk, Progress};
use talkable_api::chrono::{DateTime, FixedOffset};
use talkable_api::types::{CreatedPurchase, NewPurchase};
use talkable_api::{Call, Client, Error, InvalidError};
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;

/// The number of rows between two writes of the `.next` file. After a crash, up to this many rows are sent again, which is safe
/// because the order number identifies a purchase.
const SAVED_EVERY: u64 = 500;

#[tokio::main]
async fn main() -> Result<(), Box<dyn StdError>> {
    let (path, client) = match std::env::args().nth(1) {
        Some(path) => (PathBuf::from(path), Client::from_env()?),
        None => demo().await?,
    };
    let progress = backfill(&client, &path).await?;
    println!("{} rows, {} failed; {:?}", progress.next, progress.failed, client.throttle());
    Ok(())
}

async fn backfill(client: &Client, path: &Path) -> io::Result<Progress> {
    let [state, failures] = ["next", "failed"].map(|suffix| with_suffix(path, suffix));
    let start = fs::read_to_string(&state).ok().and_then(|text| text.parse().ok()).unwrap_or(0);
    let mut failures = OpenOptions::new().create(true).append(true).open(failures)?;
    let mut read_error = None;
    let lines = BufReader::new(File::open(path)?).lines();
    let lines = lines.map_while(|line| line.map_err(|error| read_error = Some(error)).ok());
    let mut rows = Bulk::new(lines).start_at(start).concurrency(32).one_by_one(|line| create(client, line));
    let mut shown_at = Instant::now();
    loop {
        // During an outage, no row finishes, so the progress must not wait for one.
        match timeout(Duration::from_secs(1), rows.next()).await {
            Ok(Some(row)) => {
                if let Err(error) = row.result {
                    eprintln!("row {}: {error}", row.index + 1);
                    writeln!(failures, "{}", row.input)?;
                }
            }
            Ok(None) => break,
            Err(_) => {}
        }
        let progress = rows.progress();
        if progress.next.is_multiple_of(SAVED_EVERY) {
            save(&state, progress.next)?;
        }
        if shown_at.elapsed() >= Duration::from_secs(1) {
            shown_at = Instant::now();
            println!("{} rows, {} failed, outage: {:.0?}", progress.next, progress.failed, progress.outage);
        }
    }
    let progress = rows.progress();
    drop(rows);
    save(&state, progress.next)?;
    read_error.map_or(Ok(progress), Err)
}

/// Replaces the file in one step, so that a crash leaves either the old or the new number.
fn save(state: &Path, next: u64) -> io::Result<()> {
    let new = with_suffix(state, "new");
    fs::write(&new, next.to_string())?;
    fs::rename(new, state)
}

fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(format!(".{suffix}"));
    name.into()
}

/// Creates the call for a row. A row that can't be converted to a call fails with the reason.
fn create(client: &Client, line: &str) -> Result<Call<CreatedPurchase>, Error> {
    // The rate limit can delay a call for longer than the default deadline of five minutes.
    Ok(client.origins().create_purchase(&purchase(line)?).deadline(Duration::from_secs(60 * 60)))
}

fn purchase(line: &str) -> Result<NewPurchase, InvalidError> {
    let [email, number, subtotal, time] = line.split(',').collect::<Vec<_>>()[..] else {
        return Err(InvalidError::new("row", "expected four columns"));
    };
    let subtotal: Decimal = subtotal.parse().map_err(|_| InvalidError::new("subtotal", "not a number"))?;
    let time = DateTime::<FixedOffset>::parse_from_rfc3339(time);
    let time = time.map_err(|_| InvalidError::new("time", "expected a time such as 2026-01-02T03:04:05Z"))?;
    // Without `created_at`, the purchase would be dated by its arrival.
    Ok(NewPurchase::new(email, number, subtotal).created_at(time))
}

/// Writes a file with 2,000 purchases, and starts a server that throttles requests, rejects some purchases, and is down for a
/// while.
async fn demo() -> Result<(PathBuf, Client), Box<dyn StdError>> {
    let folder = std::env::temp_dir().join(format!("talkable-backfill-{}", std::process::id()));
    fs::create_dir_all(&folder)?;
    let path = folder.join("purchases.csv");
    let mut file = io::BufWriter::new(File::create(&path)?);
    for number in 0..2_000 {
        let email = if number % 400 == 399 { "not an address".to_owned() } else { format!("{number}@example.com") };
        let subtotal = if number == 7 { "free" } else { "99.50" };
        writeln!(file, "{email},{number},{subtotal},2026-01-02T03:04:05Z")?;
    }
    file.flush()?;
    println!("the file is {}", path.display());
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let base_url = format!("http://{}", listener.local_addr()?);
    tokio::spawn(serve(listener));
    let client = Client::builder().api_key("a-key-of-your-site").site_slug("my-store").base_url(base_url).build()?;
    Ok((path, client))
}

async fn serve(listener: TcpListener) {
    while let Ok((stream, _)) = listener.accept().await {
        tokio::spawn(serve_connection(stream));
    }
}

async fn serve_connection(stream: TcpStream) -> io::Result<()> {
    let mut stream = tokio::io::BufReader::new(stream);
    loop {
        let (mut line, mut length) = (String::new(), 0);
        while stream.read_line(&mut line).await? > 2 {
            let header = line.to_ascii_lowercase();
            length = header.strip_prefix("content-length:").map_or(length, |value| value.trim().parse().unwrap_or(0));
            line.clear();
        }
        if line.is_empty() {
            return Ok(());
        }
        let mut body = vec![0; length];
        stream.read_exact(&mut body).await?;
        if is_down() {
            return Ok(());
        }
        let (status, body) = respond(&String::from_utf8_lossy(&body));
        let length = body.len();
        stream.write_all(format!("HTTP/1.1 {status}\r\nContent-Length: {length}\r\n\r\n{body}").as_bytes()).await?;
        stream.flush().await?;
    }
}

/// Whether the server closes connections without a response, which it does from the second until the fifth second.
fn is_down() -> bool {
    static STARTED: LazyLock<Instant> = LazyLock::new(Instant::now);
    (1..5).contains(&STARTED.elapsed().as_secs())
}

fn respond(body: &str) -> (&'static str, &'static str) {
    if is_over_rate_limit() {
        ("429 Too Many Requests", "")
    } else if body.contains("not an address") {
        ("422 Unprocessable Entity", r#"{"ok":false,"error_message":"Validation failed: Email is invalid"}"#)
    } else {
        ("201 Created", r#"{"ok":true,"result":{"origin":{"id":7,"type":"Purchase"}}}"#)
    }
}

/// Whether the server must reject a request. A token bucket allows 1,000 requests per second, with bursts of up to 100.
fn is_over_rate_limit() -> bool {
    static BUCKET: Mutex<Option<(Instant, f64)>> = Mutex::new(None);
    let Ok(mut bucket) = BUCKET.lock() else { return false };
    let (last, tokens) = bucket.unwrap_or((Instant::now(), 100.0));
    let tokens = (tokens + last.elapsed().as_secs_f64() * 1_000.0).min(100.0);
    let is_over = tokens < 1.0;
    *bucket = Some((Instant::now(), if is_over { tokens } else { tokens - 1.0 }));
    is_over
}
