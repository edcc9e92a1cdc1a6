//! Responses that stop or never end.

use std::time::Duration;

use fake_server::Reply;

use super::{HEAD, Outcome, Row, Timeout, TooLarge, Transport, check};
use crate::GOOD;

/// All rows are in one table, so that they wait for their timeouts concurrently.
#[tokio::test]
async fn responses_that_never_end_time_out_or_exceed_the_limit() {
    let length = |length: usize| format!("{HEAD}Content-Length: {length}\r\n\r\n");
    let chunks = format!("{HEAD}Transfer-Encoding: chunked\r\n\r\n");
    let times_out = |name: String, reply| Row::fatal(name, reply, Transport(Timeout)).short_timeout();

    let silent = |place: &str, text: String| times_out(format!("silence {place}"), Reply::hang(text));
    let mut rows = vec![
        silent("before the headers", String::new()),
        silent("within the status", "HTTP/1.1 20".to_owned()),
        silent("within the headers", HEAD.to_owned()),
        silent("after an interim response", "HTTP/1.1 100 Continue\r\n\r\n".to_owned()),
        silent("before the body", length(36)),
        silent("within the body", length(36) + &GOOD[..30]),
        silent("within a chunk", format!("{chunks}24\r\n{}", &GOOD[..30])),
        silent("before the last chunk", format!("{chunks}24\r\n{GOOD}\r\n")),
        silent("after a body without a length", format!("{HEAD}\r\n{GOOD}")),
    ];

    let drip = |name: &str, first: &str, again: &str, pause| {
        times_out(name.to_owned(), Reply::drip(first.to_owned(), again.to_owned(), Duration::from_millis(pause)))
    };
    rows.extend([
        drip("a trickle of a header", HEAD, "a", 20),
        drip("a trickle of a body", &length(1_000_000), " ", 20),
        drip("a trickle of chunks", &chunks, "1\r\n \r\n", 20),
        drip("a trickle of interim responses", "", "HTTP/1.1 102 Processing\r\n\r\n", 20),
        drip("a flood of interim responses", "", &"HTTP/1.1 102 Processing\r\n\r\n".repeat(100), 0),
    ]);

    let spaces = " ".repeat(0x4000);
    let too_large = |name: &str, first: String, again: &str| {
        let reply = Reply::drip(first, again.to_owned(), Duration::ZERO);
        Row::new(name, [reply], Transport(TooLarge), 1).response_limit(100_000)
    };
    rows.extend([
        too_large("a body of two gigabytes", length(2_000_000_000), &spaces),
        too_large("endless chunks", chunks.clone(), &format!("4000\r\n{spaces}\r\n")),
        too_large("an endless body without a length", format!("{HEAD}\r\n"), &spaces),
    ]);
    check(rows).await;
}

#[tokio::test]
async fn skips_interim_responses() {
    let text = format!("{}{HEAD}Content-Length: 36\r\n\r\n{GOOD}", "HTTP/1.1 103 Early Hints\r\n\r\n".repeat(50));
    check([Row::new("interim responses, and then a 200", [Reply::send(text)], Outcome::Found, 1)]).await;
}
