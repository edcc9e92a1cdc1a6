//! Real calls without an account: a server comes up inside this program, and the crate talks to it over HTTP.
//!
//! ```sh
//! cargo run -p talkable-api --example quickstart
//! ```
//!
//! With a key of your own, `Client::from_env()` takes the place of the builder, and everything else stays as it is.

use std::error::Error as StdError;
use std::sync::atomic::{AtomicBool, Ordering};

use rust_decimal::dec;
use talkable_api::types::NewPurchase;
use talkable_api::{ApiErrorKind, Client, Error};
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};

#[tokio::main]
async fn main() -> Result<(), Box<dyn StdError>> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let base_url = format!("http://{}", listener.local_addr()?);
    tokio::spawn(serve(listener));

    let client = Client::builder().api_key("a-key-of-your-site").site_slug("my-store").base_url(base_url).build()?;
    println!("client: {client:?}\n");

    // A call is data until it is awaited.
    let call = client.people().find("jane@example.com");
    println!("about to send: {} {}", call.request().method(), call.request().template());
    let person = call.await?.person;
    println!("found: {} {:?}, {:?}\n", person.first_name.unwrap_or_default(), person.last_name, person.email);

    // What is required goes into `new`, the rest has names. The server refuses the first attempt with a 429.
    let purchase = NewPurchase::new("jane@example.com", "1042", dec!(99.50)).coupon_codes(["WELCOME10"]);
    let response = client.origins().create_purchase(&purchase).response().await?;
    println!("created with status {} after {} attempts", response.status, response.attempts);
    if let Some(offer) = response.value.offer {
        println!("to share: {}\n", offer.claim_url);
    }

    // Somebody unknown is a bad request to this API, not a 404.
    match client.people().find("nobody@example.com").await {
        Err(Error::Api(error)) if error.kind() == ApiErrorKind::BadRequest => println!("refused: {}", error.message()),
        other => println!("unexpected: {other:?}"),
    }

    // What can't be sent isn't.
    match client.people().find("..").await {
        Err(error @ Error::Invalid(_)) => println!("refused: {error}"),
        other => println!("unexpected: {other:?}"),
    }
    Ok(())
}

/// Answers until the program ends.
async fn serve(listener: TcpListener) {
    while let Ok((stream, _)) = listener.accept().await {
        tokio::spawn(converse(stream));
    }
}

async fn converse(stream: TcpStream) -> std::io::Result<()> {
    let mut stream = BufReader::new(stream);
    while let Some(line) = read(&mut stream).await? {
        println!("  server: {line}");
        let (status, body) = answer(&line);
        let length = body.len();
        let head = format!("HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\r\n");
        stream.write_all(format!("{head}{body}").as_bytes()).await?;
        stream.flush().await?;
    }
    Ok(())
}

/// Reads a request to its end and gives its first line; none if there are no more.
async fn read(stream: &mut BufReader<TcpStream>) -> std::io::Result<Option<String>> {
    let (mut first, mut length) = (String::new(), 0);
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line).await? == 0 {
            return Ok(None);
        }
        let line = line.trim_end();
        if line.is_empty() {
            let mut body = Vec::new();
            stream.take(length).read_to_end(&mut body).await?;
            return Ok(Some(first));
        }
        if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().unwrap_or(0);
        }
        if first.is_empty() {
            line.clone_into(&mut first);
        }
    }
}

fn answer(line: &str) -> (&'static str, &'static str) {
    static HAS_REFUSED: AtomicBool = AtomicBool::new(false);
    match line {
        _ if line.starts_with("POST") && !HAS_REFUSED.swap(true, Ordering::Relaxed) => ("429 Too Many Requests", ""),
        _ if line.starts_with("POST /api/v2/origins/purchase") => (
            "201 Created",
            r#"{"ok":true,"result":{
                "origin":{"id":7,"type":"Purchase","order_number":"1042","subtotal":99.5},
                "offer":{"short_url_code":"a1B2c3","claim_url":"https://example.com/x/a1B2c3","show_url":"https://example.com/y"}
            }}"#,
        ),
        _ if line.starts_with("GET /api/v2/people/jane%40example.com?") => (
            "200 OK",
            r#"{"ok":true,"result":{"person":{"email":"jane@example.com","first_name":"Jane","last_name":null}}}"#,
        ),
        _ => ("400 Bad Request", r#"{"ok":false,"error_message":"There is nobody of that name."}"#),
    }
}
