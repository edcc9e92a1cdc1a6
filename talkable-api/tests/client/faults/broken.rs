//! Lost connections and malformed HTTP.

use fake_server::Reply;

use super::{HEAD, Interrupted, NotJson, Outcome, Row, Transport, check};
use crate::GOOD;

/// The positions at which a response can break off, with the bytes up to each position.
fn places() -> Vec<(&'static str, String)> {
    vec![
        ("before the headers", String::new()),
        ("within the status", "HTTP/1.1 20".to_owned()),
        ("within the headers", HEAD.to_owned()),
        ("within a header name", format!("{HEAD}X-Requ")),
        ("after an interim response", "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n".to_owned()),
        ("before the body", format!("{HEAD}Content-Length: 100\r\n\r\n")),
        ("within the body", format!("{HEAD}Content-Length: 100\r\n\r\n{{\"ok\":tr")),
        ("one byte before the end of the body", format!("{HEAD}Content-Length: 37\r\n\r\n{GOOD}")),
        ("before the first chunk", format!("{HEAD}Transfer-Encoding: chunked\r\n\r\n")),
        ("within a chunk", format!("{HEAD}Transfer-Encoding: chunked\r\n\r\n24\r\n{{\"ok\"")),
        ("within a chunk length", format!("{HEAD}Transfer-Encoding: chunked\r\n\r\n2")),
        ("before the last chunk", format!("{HEAD}Transfer-Encoding: chunked\r\n\r\n24\r\n{GOOD}\r\n")),
        ("within the trailers", format!("{HEAD}Transfer-Encoding: chunked\r\n\r\n24\r\n{GOOD}\r\n0\r\nX-A: ")),
    ]
}

#[tokio::test]
async fn closed_connections_are_interruptions() {
    let broken = |(place, text): (&str, String)| {
        Row::fatal(format!("closed {place}"), Reply::close(text), Transport(Interrupted))
    };
    check(places().into_iter().map(broken)).await;
}

#[tokio::test]
async fn reset_connections_are_interruptions() {
    let broken = |(place, text): (&str, String)| {
        Row::fatal(format!("reset {place}"), Reply::reset(text), Transport(Interrupted))
    };
    check(places().into_iter().map(broken)).await;
}

#[tokio::test]
async fn malformed_http_is_an_interruption() {
    let garbage = |name: &str, text: String| Row::fatal(name.to_owned(), Reply::hang(text), Transport(Interrupted));
    let chunked = |chunks: &str| format!("{HEAD}Transfer-Encoding: chunked\r\n\r\n{chunks}");
    check([
        garbage("not HTTP", "this is not HTTP\r\n\r\n".to_owned()),
        garbage("another protocol", "SSH-2.0-OpenSSH_9.9\r\n".to_owned()),
        garbage("bytes of TLS", "\u{15}\u{3}\u{1}\0\u{2}\u{2}\u{28}".to_owned()),
        garbage("HTTP version 7", "HTTP/7.0 200 OK\r\n\r\n".to_owned()),
        garbage("a status with two digits", "HTTP/1.1 20 OK\r\n\r\n".to_owned()),
        garbage("a status of letters", "HTTP/1.1 abc OK\r\n\r\n".to_owned()),
        garbage("a header without a colon", format!("{HEAD}no colon\r\n\r\n")),
        garbage("a header with a null byte", format!("{HEAD}X-A: \0\r\n\r\n")),
        garbage("a length that is not a number", format!("{HEAD}Content-Length: many\r\n\r\n{GOOD}")),
        garbage("a negative length", format!("{HEAD}Content-Length: -1\r\n\r\n{GOOD}")),
        garbage("a length out of range", format!("{HEAD}Content-Length: {}\r\n\r\n", "9".repeat(40))),
        garbage("two lengths", format!("{HEAD}Content-Length: 36\r\nContent-Length: 35\r\n\r\n{GOOD}")),
        garbage("chunks without a length", chunked("not a length\r\n")),
        garbage("a chunk with a negative length", chunked("-1\r\n")),
        garbage("a chunk length out of range", chunked(&format!("{}\r\n", "f".repeat(40)))),
        garbage("a chunk longer than its length", chunked(&format!("5\r\n{GOOD}\r\n0\r\n\r\n"))),
        garbage("a thousand headers", format!("{HEAD}{}\r\n", "X-A: 1\r\n".repeat(1000))),
        garbage("an endless header", format!("{HEAD}X-A: {}", "a".repeat(1_000_000))),
    ])
    .await;
}

#[tokio::test]
async fn undetected_wrong_lengths_are_not_retried() {
    let closed = |text: String| [Reply::close(text)];
    check([
        Row::new(
            "a body longer than its length",
            closed(format!("{HEAD}Content-Length: 36\r\n\r\n{GOOD} more")),
            Outcome::Found,
            1,
        ),
        // The response looks complete to the client, which therefore doesn't retry.
        Row::new(
            "a length that is too small",
            closed(format!("{HEAD}Content-Length: 20\r\n\r\n{GOOD}")),
            NotJson("/result"),
            1,
        ),
        Row::new("no length", closed(format!("{HEAD}\r\n{GOOD}")), Outcome::Found, 1),
        Row::new(
            "no length and a truncated body",
            closed(format!("{HEAD}\r\n{}", &GOOD[..30])),
            NotJson("/result/name"),
            1,
        ),
    ])
    .await;
}
