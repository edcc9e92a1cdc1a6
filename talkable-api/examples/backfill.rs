//! A backfill in two runs: purchases one by one, with a stop in between, and then events in chunks. A server comes up
//! inside this program; it throttles, and refuses some of the purchases.
//!
//! ```sh
//! cargo run -p talkable-api --example backfill
//! cargo run -p talkable-api --example backfill -- 1000000
//! ```
//!
//! The rows are made up as they are needed, so a million of them takes no more memory than a thousand.

use std::error::Error as StdError;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use rust_decimal::Decimal;
use talkable_api::Client;
use talkable_api::bulk::{Bulk, Progress};
use talkable_api::types::{EventBatch, NewEvent, NewPurchase};
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};

#[tokio::main]
async fn main() -> Result<(), Box<dyn StdError>> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let base_url = format!("http://{}", listener.local_addr()?);
    tokio::spawn(serve(listener));
    let client = Client::builder().api_key("a-key-of-your-site").site_slug("my-store").base_url(base_url).build()?;
    let rows = std::env::args().nth(1).map_or(Ok(2_000), |rows| rows.parse())?;

    println!("purchases one by one, until somebody stops them:");
    let next = send_purchases(&client, rows, 0, rows / 3).await;
    println!("and from row {next} to the end:");
    send_purchases(&client, rows, next, rows).await;
    println!("events in chunks of 500:");
    send_events(&client, rows).await;
    println!("what the client has learned: {:?}", client.throttle());
    Ok(())
}

/// Sends the purchases from a row on, and gives the one to start at the next time.
async fn send_purchases(client: &Client, rows: u64, start: u64, stop: u64) -> u64 {
    let purchases = (0..rows).map(|number| {
        let email = if number % 400 == 399 { "not an address".to_owned() } else { format!("{number}@example.com") };
        NewPurchase::new(email, number.to_string(), Decimal::new(9_950, 2))
    });
    // Rows would rather wait for an hour than fail because the site is being throttled.
    let deadline = Duration::from_secs(60 * 60);
    let mut rows = Bulk::new(purchases)
        .start_at(start)
        .concurrency(32)
        .one_by_one(|purchase| client.origins().create_purchase(purchase).deadline(deadline));
    let mut report = Report::new();
    while let Some(row) = rows.next().await {
        if let Err(error) = row.result {
            report.failed(&format!("row {} failed: {error}", row.index));
        }
        if row.index + 1 == stop {
            rows.stop(); // what is under way still comes back
        }
        report.progress(rows.progress()); // a real one stores `next` here
    }
    report.end(rows.progress())
}

/// All that comes back of a chunk is whether it was accepted.
async fn send_events(client: &Client, rows: u64) {
    let event = |number: u64| NewEvent::new("jane@example.com", "newsletter_signup", number.to_string(), Decimal::ZERO);
    let mut chunks = Bulk::new((0..rows).map(event))
        .concurrency(4)
        .in_chunks(500, |events| client.origins().create_events(&EventBatch::new(events)));
    let mut report = Report::new();
    while let Some(chunk) = chunks.next().await {
        if let Err(error) = chunk.result {
            report.failed(&format!("{} rows from {} were not accepted: {error}", chunk.rows.len(), chunk.first));
        }
        report.progress(chunks.progress());
    }
    report.end(chunks.progress());
}

/// Tells a few failures and, twice a second, how far it has come.
struct Report {
    last: Instant,
    told: u32,
}

impl Report {
    fn new() -> Self {
        Self { last: Instant::now(), told: 0 }
    }

    fn failed(&mut self, text: &str) {
        if self.told < 3 {
            self.told += 1;
            println!("  {text}");
        }
    }

    fn progress(&mut self, progress: Progress) {
        if self.last.elapsed() >= Duration::from_millis(500) {
            self.last = Instant::now();
            println!("  {} of {:?}, {} under way", progress.next, progress.total, progress.under_way);
        }
    }

    fn end(self, progress: Progress) -> u64 {
        println!(
            "  came to {} of {:?}, {} failed ({} told)",
            progress.next, progress.total, progress.failed, self.told
        );
        progress.next
    }
}

/// Answers until the program ends.
async fn serve(listener: TcpListener) {
    while let Ok((stream, _)) = listener.accept().await {
        tokio::spawn(converse(stream));
    }
}

async fn converse(stream: TcpStream) -> std::io::Result<()> {
    let mut stream = BufReader::new(stream);
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
        let (status, body) = answer(&String::from_utf8_lossy(&body));
        let length = body.len();
        stream.write_all(format!("HTTP/1.1 {status}\r\nContent-Length: {length}\r\n\r\n{body}").as_bytes()).await?;
        stream.flush().await?;
    }
}

fn answer(body: &str) -> (&'static str, &'static str) {
    match () {
        () if is_too_much() => ("429 Too Many Requests", ""),
        () if body.contains("not an address") => {
            ("422 Unprocessable Entity", r#"{"ok":false,"error_message":"Validation failed: Email is invalid"}"#)
        }
        () => ("201 Created", r#"{"ok":true,"result":{"origin":{"id":7,"type":"Purchase"}}}"#),
    }
}

/// Lets 1,000 requests a second through, and 100 at once.
fn is_too_much() -> bool {
    static BUCKET: Mutex<Option<(Instant, f64)>> = Mutex::new(None);
    let Ok(mut bucket) = BUCKET.lock() else { return false };
    let (last, tokens) = bucket.unwrap_or((Instant::now(), 100.0));
    let tokens = (tokens + last.elapsed().as_secs_f64() * 1_000.0).min(100.0);
    let is_too_much = tokens < 1.0;
    *bucket = Some((Instant::now(), if is_too_much { tokens } else { tokens - 1.0 }));
    is_too_much
}
