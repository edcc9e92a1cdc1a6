//! Error statuses, and statuses that contradict the body.

use std::time::Duration;

use fake_server::{Reply, Server, json, with_headers};
use talkable_api::Error;

use super::{Api, HEAD, Interrupted, NotJson, Outcome, Row, Throttled, Transport, check};
use crate::{Connect as _, GOOD, assert_discreet, find, good};

const HTML: &str = "<html><title>jane@example.com</title></html>";

/// Returns each status, its outcome if the body has no envelope, and whether idempotent operations are retried.
fn statuses() -> [(u16, Outcome, bool); 19] {
    [
        (200, NotJson(""), false),
        (201, NotJson(""), false),
        (202, NotJson(""), false),
        (400, Api(400), false),
        (401, Api(401), false),
        (403, Api(403), false),
        (404, Api(404), false),
        (408, Api(408), true),
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

/// Creates a row for each status with the given body. The pause after a 429 is longer than the deadline.
fn rows(name: &str, headers: &str, body: &str) -> Vec<Row> {
    let row = |(status, outcome, is_retried)| {
        let pause = if status == 429 { "Retry-After: 600\r\n" } else { "" };
        let reply = with_headers(status, &format!("{headers}{pause}"), body);
        let name = format!("{name} with {status}");
        if is_retried { Row::fatal(name, reply, outcome) } else { Row::new(name, [reply], outcome, 1) }
    };
    statuses().map(row).into()
}

#[tokio::test]
async fn html_bodies_do_not_change_the_outcome_of_a_status() {
    check(rows("HTML", "Content-Type: text/html\r\n", HTML)).await;
}

#[tokio::test]
async fn empty_bodies_do_not_change_the_outcome_of_a_status() {
    check(rows("an empty body", "Content-Type: application/json\r\n", "")).await;
    let bare = |status: &str| [Reply::send(format!("HTTP/1.1 {status}\r\n\r\n"))];
    check([
        Row::new("no content", bare("204 No Content"), NotJson(""), 1),
        Row::new("not modified", bare("304 Not Modified"), Api(304), 1),
        Row::new("a protocol switch", bare("101 Switching Protocols\r\nUpgrade: sesame"), Api(101), 1),
    ])
    .await;
}

#[tokio::test]
async fn error_statuses_take_precedence_over_ok_true() {
    let body = r#"{"ok":true,"result":{"name":"Jane"}}"#;
    let row = |status| Row::new(format!("ok with {status}"), [json(status, body)], Api(status), 1);
    check([400, 401, 404, 422, 501].map(row)).await;
    check([500, 503].map(|status| Row::fatal(format!("ok with {status}"), json(status, body), Api(status)))).await;
}

#[tokio::test]
async fn error_statuses_take_precedence_over_incomplete_bodies() {
    let start = r#"{"ok":false,"error_message":"No"#;
    let head = |status: u16| format!("HTTP/1.1 {status} Status\r\nContent-Length: 100\r\n\r\n{start}");
    let endless = format!("HTTP/1.1 400 Bad Request\r\nTransfer-Encoding: chunked\r\n\r\n1e\r\n{start}\r\n");
    let chunk = format!("4000\r\n{}\r\n", " ".repeat(0x4000));
    let bad_chunk =
        format!("HTTP/1.1 400 Bad Request\r\nTransfer-Encoding: chunked\r\n\r\n1e\r\n{start}\r\nno length\r\n");
    check([
        Row::new("a closed 400", [Reply::close(head(400))], Api(400), 1),
        Row::new("a reset 404", [Reply::reset(head(404))], Api(404), 1),
        Row::new("a 400 with bad chunks", [Reply::close(bad_chunk)], Api(400), 1),
        Row::fatal("a closed 502", Reply::close(head(502)), Api(502)),
        Row::new("a 400 that stops", [Reply::hang(head(400))], Api(400), 1).short_timeout(),
        Row::new("an endless 400", [Reply::drip(endless, chunk, Duration::ZERO)], Api(400), 1),
        Row::new("a closed 429 and then a 200", [Reply::close(head(429)), good()], Outcome::Found, 2),
        Row::new("a reset 429 and then a 200", [Reply::reset(head(429)), good()], Outcome::Found, 2),
    ])
    .await;
}

#[tokio::test]
async fn an_error_contains_the_received_part_of_the_body() {
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
async fn redirects_are_errors() {
    let elsewhere = Server::script([good()]);
    let port = elsewhere.url().rsplit_once(':').unwrap().1;
    let mut rows = Vec::new();
    for status in [301, 302, 303, 307, 308] {
        for (name, location) in [
            ("another port", format!("{}/api/v2/stolen", elsewhere.url())),
            ("another host", format!("http://localhost:{port}/jane@example.com")),
            ("another scheme", format!("https://127.0.0.1:{port}/")),
            ("itself", "/api/v2/origins".to_owned()),
            ("no host", "http://".to_owned()),
            ("a user name", format!("http://jane@example.com:{port}/")),
        ] {
            let reply = with_headers(status, &format!("Location: {location}\r\n"), "");
            rows.push(Row::new(format!("{status} to {name}"), [reply], Api(status), 1));
        }
    }
    rows.push(Row::new("300 without a location", [with_headers(300, "", "")], Api(300), 1));
    rows.push(Row::new("a refresh", [with_headers(400, "Refresh: 0; url=/\r\n", "")], Api(400), 1));
    check(rows).await;
    assert_eq!((elsewhere.connections(), elsewhere.requests().len()), (0, 0));
}

#[tokio::test]
async fn ignores_irrelevant_headers() {
    let long = format!("X-Request-Id: {}\r\n", "r".repeat(100_000));
    let row = |name, headers: &str, outcome| Row::new(name, [with_headers(400, headers, "")], outcome, 1);
    let cookie = "Set-Cookie: session=1\r\nContent-Location: http://127.0.0.1:1/\r\nAlt-Svc: h2=\":1\"\r\n";
    let bytes = [&b"HTTP/1.1 400 \xff\r\nX-Request-Id: \xff\r\nContent-Length: 0\r\n\r\n"[..]].concat();
    check([
        row("a long request ID", &long, Api(400)),
        row("cookies and locations", cookie, Api(400)),
        row("the key as the request ID", &format!("X-Request-Id: {}\r\n", crate::KEY), Api(400)),
        row("an e-mail address as the request ID", "X-Request-Id: jane@example.com\r\n", Api(400)),
        Row::fatal("the key as the request ID of a lost response", lost_with_id(crate::KEY), Transport(Interrupted)),
        Row::fatal(
            "an e-mail address as the request ID of a lost response",
            lost_with_id("jane@example.com"),
            Transport(Interrupted),
        ),
        Row::new("a reason phrase in Latin-1", [Reply::send(bytes)], Api(400), 1),
        Row::new("a length and chunks", [Reply::close(length_and_chunks())], Outcome::Found, 1),
    ])
    .await;
}

fn lost_with_id(id: &str) -> Reply {
    Reply::close(format!("{HEAD}X-Request-Id: {id}\r\nContent-Length: 100\r\n\r\n"))
}

/// Chunked encoding takes precedence over a `Content-Length` (RFC 9112).
fn length_and_chunks() -> String {
    format!("{HEAD}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n24\r\n{GOOD}\r\n0\r\n\r\n")
}
