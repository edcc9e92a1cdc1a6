//! One trouble after the other, within one call.

use fake_server::{Reply, json, with_headers};

use super::{Api, HEAD, Interrupted, Outcome, Row, Throttled, Transport, hold};
use crate::{GOOD, good, refused};

fn unavailable() -> Reply {
    json(503, "")
}

fn reset() -> Reply {
    Reply::reset("")
}

fn half() -> Reply {
    Reply::close(format!("{HEAD}Content-Length: 36\r\n\r\n{}", &GOOD[..20]))
}

#[tokio::test]
async fn a_refused_request_is_sent_again_whatever_it_is() {
    let hour = || with_headers(429, "Retry-After: 3600\r\n", "");
    hold([
        Row::new("25 a 429 and then a good one", [refused(), good()], Outcome::Found, 2),
        Row::new("25 two 429s and then a good one", [refused(), refused(), good()], Outcome::Found, 3),
        Row::new("25 a 429 and then a refusal", [refused(), json(422, "")], Api(422), 2),
        Row::new("25 a 429 and then no", [refused(), json(200, r#"{"ok":false}"#)], Api(200), 2),
        Row::new("23 a pause beyond the deadline", [hour(), good()], Throttled, 1),
        Row::new("23 a pause beyond the deadline, the second time", [refused(), hour(), good()], Throttled, 2),
    ])
    .await;
}

#[tokio::test]
async fn pauses_that_a_server_asks_for() {
    let asked = |headers: &str| [with_headers(429, headers, ""), good()];
    let mut rows = Vec::new();
    for none in [
        "0",
        "-5",
        "-inf",
        "0.4",
        "1e-9",
        "",
        "soon",
        "1,5",
        "Sun, 06 Nov 1994 08:49:37 GMT",
        "Sunday, 06-Nov-94 08:49:37 GMT",
    ] {
        rows.push(Row::new(
            format!("23 a pause of {none:?}"),
            asked(&format!("Retry-After: {none}\r\n")),
            Outcome::Found,
            2,
        ));
    }
    let beyond = "9".repeat(40);
    for long in ["600", "1e9", "inf", "nan", &beyond, "Thu, 31 Dec 2099 23:59:59 GMT"] {
        rows.push(Row::new(
            format!("23 a pause of {long:?}"),
            asked(&format!("Retry-After: {long}\r\n")),
            Throttled,
            1,
        ));
    }
    for (name, headers, outcome, times) in [
        ("two pauses", "Retry-After: 0\r\nRetry-After: 600\r\n", Throttled, 1),
        ("a pause in milliseconds", "Retry-After-Ms: 20\r\nRetry-After: 600\r\n", Outcome::Found, 2),
        (
            "a clock in the past",
            "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\nRetry-After: Sun, 06 Nov 1994 08:59:37 GMT\r\n",
            Throttled,
            1,
        ),
        (
            "a clock in the future",
            "Date: Thu, 31 Dec 2099 23:59:59 GMT\r\nRetry-After: Thu, 31 Dec 2099 23:59:59 GMT\r\n",
            Outcome::Found,
            2,
        ),
    ] {
        rows.push(Row::new(format!("23 {name}"), asked(headers), outcome, times));
    }
    hold(rows).await;
}

#[tokio::test]
async fn a_request_that_may_have_been_carried_out_is_sent_again_only_if_it_is_safe() {
    let lost = Transport(Interrupted);
    let row =
        |name, script, refused_only, asked| Row::new(name, script, Outcome::Found, 3).refused_only(refused_only, asked);
    hold([
        row("25 a reset, a 503 and a good one", [reset(), unavailable(), good()], lost, 1),
        row("25 a 503, half an answer and a good one", [unavailable(), half(), good()], Api(503), 1),
        row("25 a 429, a 503 and a good one", [refused(), unavailable(), good()], Api(503), 2),
        row("26 a 429, a reset and a good one", [refused(), reset(), good()], lost, 2),
        row("26 half an answer, a 429 and a good one", [half(), refused(), good()], lost, 1),
        Row::new(
            "25 a 429, a 503, a reset and a good one",
            [refused(), unavailable(), reset(), good()],
            Outcome::Found,
            4,
        )
        .refused_only(Api(503), 2),
        Row::new("25 no third failure", [unavailable(), reset(), half(), good()], lost, 3).refused_only(Api(503), 1),
        Row::new("25 a refusal ends it", [reset(), json(400, ""), good()], Api(400), 2).refused_only(lost, 1),
    ])
    .await;
}
