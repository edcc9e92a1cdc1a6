//! Whole answers whose status says no, or isn't what the body says.

use std::time::Duration;

use fake_server::{Reply, Server, json, with_headers};
use talkable_api::Error;

use super::{Api, Decode, HEAD, Interrupted, Outcome, Row, Throttled, Transport, hold};
use crate::{Connect as _, GOOD, assert_discreet, find, good};

const HTML: &str = "<html><title>jane@example.com</title></html>";

/// Pages of proxies, each with the outcome, and whether a safe operation is tried again.
fn statuses() -> [(u16, Outcome, bool); 19] {
    [
        (200, Decode(""), false),
        (201, Decode(""), false),
        (202, Decode(""), false),
        (400, Api(400), false),
        (401, Api(401), false),
        (403, Api(403), false),
        (404, Api(404), false),
        (408, Api(408), false),
        (413, Api(413), false),
        (418, Api(418), false),
        (422, Api(422), false),
        (429, Throttled, false),
        (500, Api(500), true),
        (501, Api(501), false),
        (502, Api(502), true),
        (503, Api(503), true),
        (504, Api(504), true),
        (520, Api(520), false),
        (999, Api(999), false),
    ]
}

/// A row for each status with that body. A pause of ten minutes leaves no time to wait for the end of a 429.
fn rows(name: &str, headers: &str, body: &str) -> Vec<Row> {
    let row = |(status, outcome, is_repeated)| {
        let pause = if status == 429 { "Retry-After: 600\r\n" } else { "" };
        let reply = with_headers(status, &format!("{headers}{pause}"), body);
        let name = format!("16 {name} with {status}");
        if is_repeated { Row::fatal(name, reply, outcome) } else { Row::new(name, [reply], outcome, 1) }
    };
    statuses().map(row).into()
}

#[tokio::test]
async fn pages_of_proxies() {
    hold(rows("HTML", "Content-Type: text/html\r\n", HTML)).await;
}

#[tokio::test]
async fn empty_bodies() {
    hold(rows("an empty body", "Content-Type: application/json\r\n", "")).await;
    let bare = |status: &str| [Reply::send(format!("HTTP/1.1 {status}\r\n\r\n"))];
    hold([
        Row::new("16 no content", bare("204 No Content"), Decode(""), 1),
        Row::new("16 not modified", bare("304 Not Modified"), Api(304), 1),
        Row::new("16 another protocol is begun", bare("101 Switching Protocols\r\nUpgrade: sesame"), Api(101), 1),
    ])
    .await;
}

#[tokio::test]
async fn refusals_that_say_ok() {
    let body = r#"{"ok":true,"result":{"name":"Jane"}}"#;
    let said = |status| Row::new(format!("13 ok with {status}"), [json(status, body)], Api(status), 1);
    hold([400, 401, 404, 422, 501].map(said)).await;
    hold([500, 503].map(|status| Row::fatal(format!("13 ok with {status}"), json(status, body), Api(status)))).await;
}

#[tokio::test]
async fn refusals_whose_body_is_broken() {
    let start = r#"{"ok":false,"error_message":"No"#;
    let head = |status: u16| format!("HTTP/1.1 {status} Status\r\nContent-Length: 100\r\n\r\n{start}");
    let endless = format!("HTTP/1.1 400 Bad Request\r\nTransfer-Encoding: chunked\r\n\r\n1e\r\n{start}\r\n");
    let chunk = format!("4000\r\n{}\r\n", " ".repeat(0x4000));
    let bad_chunk =
        format!("HTTP/1.1 400 Bad Request\r\nTransfer-Encoding: chunked\r\n\r\n1e\r\n{start}\r\nno length\r\n");
    hold([
        Row::new("17 a refusal that is closed", [Reply::close(head(400))], Api(400), 1),
        Row::new("17 a refusal that is reset", [Reply::reset(head(404))], Api(404), 1),
        Row::new("17 a refusal with bad chunks", [Reply::close(bad_chunk)], Api(400), 1),
        Row::fatal("17 a server fault that is closed", Reply::close(head(502)), Api(502)),
        Row::new("18 a refusal that falls silent", [Reply::hang(head(400))], Api(400), 1).hasty(),
        Row::new("18 an endless refusal", [Reply::drip(endless, chunk, Duration::ZERO)], Api(400), 1),
        Row::new("25 a 429 that is closed, and then a good one", [Reply::close(head(429)), good()], Outcome::Found, 2),
        Row::new("25 a 429 that is reset, and then a good one", [Reply::reset(head(429)), good()], Outcome::Found, 2),
    ])
    .await;
}

#[tokio::test]
async fn an_error_keeps_what_arrived_of_its_body() {
    let start = r#"{"ok":false,"#;
    let whole = format!("HTTP/1.1 400 Bad Request\r\nContent-Length: 100\r\n\r\n{start}");
    let chunks = format!("HTTP/1.1 400 Bad Request\r\nTransfer-Encoding: chunked\r\n\r\nc\r\n{start}\r\n");
    let chunk = format!("4000\r\n{}\r\n", " ".repeat(0x4000));
    for reply in [Reply::close(whole.clone()), Reply::hang(whole), Reply::drip(chunks, chunk, Duration::ZERO)] {
        let server = Server::script([reply]);
        let client = server.builder().read_timeout(Duration::from_millis(60)).response_limit(100_000).build().unwrap();
        let error = find(&client).await.unwrap_err();
        assert_discreet(&error);
        let Error::Api(error) = error else { panic!("expected an API error: {error:?}") };
        assert_eq!((error.status(), error.info().attempts()), (400, 1));
        assert!(error.body().starts_with(start.as_bytes()) && error.body().len() <= 100_000);
    }
}

#[tokio::test]
async fn redirects() {
    let elsewhere = Server::script([good()]);
    let port = elsewhere.url().rsplit_once(':').unwrap().1;
    let mut rows = Vec::new();
    for status in [301, 302, 303, 307, 308] {
        for (name, location) in [
            ("another port", format!("{}/api/v2/stolen", elsewhere.url())),
            ("another host", format!("http://localhost:{port}/jane@example.com")),
            ("another scheme", format!("https://127.0.0.1:{port}/")),
            ("itself", "/api/v2/origins".to_owned()),
            ("no place", "http://".to_owned()),
            ("a user of its own", format!("http://jane@example.com:{port}/")),
        ] {
            let reply = with_headers(status, &format!("Location: {location}\r\n"), "");
            rows.push(Row::new(format!("11 {status} to {name}"), [reply], Api(status), 1));
        }
    }
    rows.push(Row::new("11 300 without a place", [with_headers(300, "", "")], Api(300), 1));
    rows.push(Row::new("11 a refresh", [with_headers(400, "Refresh: 0; url=/\r\n", "")], Api(400), 1));
    hold(rows).await;
    assert_eq!((elsewhere.connections(), elsewhere.requests().len()), (0, 0));
}

#[tokio::test]
async fn headers_that_mean_nothing_here() {
    let long = format!("X-Request-Id: {}\r\n", "r".repeat(100_000));
    let answer = |name, headers: &str, outcome| Row::new(name, [with_headers(400, headers, "")], outcome, 1);
    let cookie = "Set-Cookie: session=1\r\nContent-Location: http://127.0.0.1:1/\r\nAlt-Svc: h2=\":1\"\r\n";
    let bytes = [&b"HTTP/1.1 400 \xff\r\nX-Request-Id: \xff\r\nContent-Length: 0\r\n\r\n"[..]].concat();
    hold([
        answer("16 a long number of the request", &long, Api(400)),
        answer("16 cookies and other places", cookie, Api(400)),
        answer("29 the key as the number of the request", &format!("X-Request-Id: {}\r\n", crate::KEY), Api(400)),
        answer("29 an address as the number of the request", "X-Request-Id: jane@example.com\r\n", Api(400)),
        Row::fatal("29 the key as the number of a broken answer", numbered(crate::KEY), Transport(Interrupted)),
        Row::fatal(
            "29 an address as the number of a broken answer",
            numbered("jane@example.com"),
            Transport(Interrupted),
        ),
        Row::new("16 a reason that is no text", [Reply::send(bytes)], Api(400), 1),
        Row::new("16 lengths in both ways", [Reply::close(both_ways())], Outcome::Found, 1),
    ])
    .await;
}

fn numbered(number: &str) -> Reply {
    Reply::close(format!("{HEAD}X-Request-Id: {number}\r\nContent-Length: 100\r\n\r\n"))
}

/// Chunks take precedence over a length, as the standard has it.
fn both_ways() -> String {
    format!("{HEAD}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n24\r\n{}\r\n0\r\n\r\n", GOOD)
}
