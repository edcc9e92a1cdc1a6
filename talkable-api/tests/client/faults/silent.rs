//! Servers that stop in the middle of an answer, or never come to its end.

use std::time::Duration;

use fake_server::Reply;

use super::{HEAD, Outcome, Row, Timeout, TooLarge, Transport, hold};
use crate::GOOD;

#[tokio::test]
async fn silence_at_any_place() {
    let silent = |place: &str, text: String| {
        Row::fatal(format!("18 silence {place}"), Reply::hang(text), Transport(Timeout)).hasty()
    };
    hold([
        silent("before the headers", String::new()),
        silent("in the middle of the status", "HTTP/1.1 20".to_owned()),
        silent("in the middle of the headers", HEAD.to_owned()),
        silent("after an interim answer", "HTTP/1.1 100 Continue\r\n\r\n".to_owned()),
        silent("before the body", format!("{HEAD}Content-Length: 36\r\n\r\n")),
        silent("in the middle of the body", format!("{HEAD}Content-Length: 36\r\n\r\n{}", &GOOD[..30])),
        silent("in the middle of a chunk", format!("{HEAD}Transfer-Encoding: chunked\r\n\r\n24\r\n{}", &GOOD[..30])),
        silent("before the last chunk", format!("{HEAD}Transfer-Encoding: chunked\r\n\r\n24\r\n{GOOD}\r\n")),
        silent("after a body without a length", format!("{HEAD}\r\n{GOOD}")),
    ])
    .await;
}

#[tokio::test]
async fn answers_that_trickle() {
    let trickle = |name: &str, first: &str, again: &str| {
        let reply = Reply::drip(first.to_owned(), again.to_owned(), Duration::from_millis(20));
        Row::fatal(format!("18 a trickle of {name}"), reply, Transport(Timeout)).hasty()
    };
    let body = format!("{HEAD}Content-Length: 1000000\r\n\r\n");
    let chunks = format!("{HEAD}Transfer-Encoding: chunked\r\n\r\n");
    hold([
        trickle("a header", HEAD, "a"),
        trickle("a body", &body, " "),
        trickle("chunks", &chunks, "1\r\n \r\n"),
        trickle("interim answers", "", "HTTP/1.1 102 Processing\r\n\r\n"),
    ])
    .await;
}

#[tokio::test]
async fn answers_without_an_end() {
    let flood = |first: &str, again: &str| [Reply::drip(first.to_owned(), again.to_owned(), Duration::ZERO)];
    let body = format!("{HEAD}Content-Length: 2000000000\r\n\r\n");
    let chunks = format!("{HEAD}Transfer-Encoding: chunked\r\n\r\n");
    let chunk = format!("4000\r\n{}\r\n", " ".repeat(0x4000));
    let interim = "HTTP/1.1 102 Processing\r\n\r\n".repeat(100);
    let too_large = |name, script| Row::new(name, script, Transport(TooLarge), 1).response_limit(100_000);
    hold([
        too_large("18 a body of two gigabytes", flood(&body, &" ".repeat(0x4000))),
        too_large("18 endless chunks", flood(&chunks, &chunk)),
        too_large("18 an endless body without a length", flood(&format!("{HEAD}\r\n"), &" ".repeat(0x4000))),
        Row::new("18 a flood of interim answers", flood("", &interim), Transport(Timeout), 3)
            .refused_only(Transport(Timeout), 1)
            .hasty(),
    ])
    .await;
}

#[tokio::test]
async fn interim_answers_are_passed_over() {
    let text = format!("{}{HEAD}Content-Length: 36\r\n\r\n{GOOD}", "HTTP/1.1 103 Early Hints\r\n\r\n".repeat(50));
    hold([Row::new("16 interim answers, and then one", [Reply::send(text)], Outcome::Found, 1)]).await;
}
