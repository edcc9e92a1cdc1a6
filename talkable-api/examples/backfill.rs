//! Backfills purchases one by one in two runs, and then events in chunks. The second run resumes where the first one stopped.
//!
//! The program starts its own server, which throttles requests and rejects some purchases. Rows are generated on demand, so a
//! million rows need no more memory than a thousand rows.
//!
//! ```sh
//! cargo run -p talkable-api --example backfill
//! cargo run -p talkable-api --example backfill -- 1000000
//! ```

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
    let rows = std::env::args().nth(1).map_or(Ok(2_000), |rows| rows.parse())?;
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let base_url = format!("http://{}", listener.local_addr()?);
    tokio::spawn(serve(listener));
    let client = Client::builder().api_key("a-key-of-your-site").site_slug("my-store").base_url(base_url).build()?;

    println!("purchases one by one, first run:");
    let next = send_purchases(&client, rows, 0, rows / 3).await;
    println!("second run, from row {next}:");
    send_purchases(&client, rows, next, rows).await;
    println!("events in chunks of 500:");
    send_events(&client, rows).await;
    println!("{:?}", client.throttle());
    Ok(())
}

/// Sends purchases, beginning with row `start`, and stops at about row `stop`. Returns the index of the row at which to resume.
async fn send_purchases(client: &Client, rows: u64, start: u64, stop: u64) -> u64 {
    let purchases = (0..rows).map(|number| {
        let email = if number % 400 == 399 { "not an address".to_owned() } else { format!("{number}@example.com") };
        NewPurchase::new(email, number.to_string(), Decimal::new(9_950, 2))
    });
    // The rate limit can delay a call for longer than the default deadline of five minutes.
    let deadline = Duration::from_secs(60 * 60);
    let mut rows = Bulk::new(purchases)
        .start_at(start)
        .concurrency(32)
        .one_by_one(|purchase| client.origins().create_purchase(purchase).deadline(deadline));
    let mut report = Report::new();
    while let Some(outcome) = rows.next().await {
        if let Err(error) = outcome.result {
            report.failure(&format!("row {}: {error}", outcome.index));
        }
        if outcome.index + 1 == stop {
            rows.stop(); // the rows in flight still finish
        }
        report.progress(rows.progress()); // a real program stores `next` here
    }
    report.finish(rows.progress());
    rows.progress().next
}

async fn send_events(client: &Client, rows: u64) {
    let event = |number: u64| NewEvent::new("jane@example.com", "newsletter_signup", number.to_string(), Decimal::ZERO);
    let mut chunks = Bulk::new((0..rows).map(event))
        .concurrency(4)
        .in_chunks(500, |events| client.origins().create_events(&EventBatch::new(events)));
    let mut report = Report::new();
    while let Some(outcome) = chunks.next().await {
        if let Err(error) = outcome.result {
            report.failure(&format!("{} rows from row {}: {error}", outcome.input.len(), outcome.index));
        }
        report.progress(chunks.progress());
    }
    report.finish(chunks.progress());
}

/// A report that prints the first few failures, and the progress twice a second.
struct Report {
    printed_at: Instant,
    printed_failures: u32,
}

impl Report {
    fn new() -> Self {
        Self { printed_at: Instant::now(), printed_failures: 0 }
    }

    fn failure(&mut self, text: &str) {
        if self.printed_failures < 3 {
            self.printed_failures += 1;
            println!("  {text}");
        }
    }

    fn progress(&mut self, progress: Progress) {
        if self.printed_at.elapsed() >= Duration::from_millis(500) {
            self.printed_at = Instant::now();
            println!("  {} of {:?}, {} in flight", progress.next, progress.total, progress.in_flight);
        }
    }

    fn finish(self, progress: Progress) {
        let Progress { next, total, failed, .. } = progress;
        println!("  finished at row {next} of {total:?}, {failed} failed ({} shown)", self.printed_failures);
    }
}

async fn serve(listener: TcpListener) {
    while let Ok((stream, _)) = listener.accept().await {
        tokio::spawn(serve_connection(stream));
    }
}

async fn serve_connection(stream: TcpStream) -> std::io::Result<()> {
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
        let (status, body) = respond(&String::from_utf8_lossy(&body));
        let length = body.len();
        stream.write_all(format!("HTTP/1.1 {status}\r\nContent-Length: {length}\r\n\r\n{body}").as_bytes()).await?;
        stream.flush().await?;
    }
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
