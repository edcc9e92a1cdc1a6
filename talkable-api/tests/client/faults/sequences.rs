//! Several faults in one call.

use fake_server::{Reply, json, with_headers};

use super::{Api, HEAD, Interrupted, Outcome, Row, Throttled, Transport, check};
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
async fn retries_every_operation_after_a_429() {
    let hour = || with_headers(429, "Retry-After: 3600\r\n", "");
    check([
        Row::new("a 429 and then a 200", [refused(), good()], Outcome::Found, 2),
        Row::new("two 429s and then a 200", [refused(), refused(), good()], Outcome::Found, 3),
        Row::new("a 429 and then a 422", [refused(), json(422, "")], Api(422), 2),
        Row::new("a 429 and then ok: false", [refused(), json(200, r#"{"ok":false}"#)], Api(200), 2),
        Row::new("a pause beyond the deadline", [hour(), good()], Throttled, 1),
        Row::new("a second pause beyond the deadline", [refused(), hour(), good()], Throttled, 2),
    ])
    .await;
}

#[tokio::test]
async fn obeys_retry_after() {
    let script = |headers: &str| [with_headers(429, headers, ""), good()];
    let mut rows = Vec::new();
    for short in [
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
            format!("a pause of {short:?}"),
            script(&format!("Retry-After: {short}\r\n")),
            Outcome::Found,
            2,
        ));
    }
    let beyond = "9".repeat(40);
    for long in ["600", "1e9", "inf", "nan", &beyond, "Thu, 31 Dec 2099 23:59:59 GMT"] {
        rows.push(Row::new(format!("a pause of {long:?}"), script(&format!("Retry-After: {long}\r\n")), Throttled, 1));
    }
    for (name, headers, outcome, times) in [
        ("two Retry-After headers", "Retry-After: 0\r\nRetry-After: 600\r\n", Throttled, 1),
        ("Retry-After-Ms", "Retry-After-Ms: 20\r\nRetry-After: 600\r\n", Outcome::Found, 2),
        (
            "a server clock in the past",
            "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\nRetry-After: Sun, 06 Nov 1994 08:59:37 GMT\r\n",
            Throttled,
            1,
        ),
        (
            "a server clock in the future",
            "Date: Thu, 31 Dec 2099 23:59:59 GMT\r\nRetry-After: Thu, 31 Dec 2099 23:59:59 GMT\r\n",
            Outcome::Found,
            2,
        ),
    ] {
        rows.push(Row::new(name.to_string(), script(headers), outcome, times));
    }
    check(rows).await;
}

#[tokio::test]
async fn retries_only_idempotent_operations_after_lost_responses() {
    let lost = Transport(Interrupted);
    let row = |name, script, refused_only, requests| {
        Row::new(name, script, Outcome::Found, 3).refused_only(refused_only, requests)
    };
    check([
        row("a reset, a 503 and a 200", [reset(), unavailable(), good()], lost, 1),
        row("a 503, half a response and a 200", [unavailable(), half(), good()], Api(503), 1),
        row("a 429, a 503 and a 200", [refused(), unavailable(), good()], Api(503), 2),
        row("a 429, a reset and a 200", [refused(), reset(), good()], lost, 2),
        row("half a response, a 429 and a 200", [half(), refused(), good()], lost, 1),
        Row::new("a 429, a 503, a reset and a 200", [refused(), unavailable(), reset(), good()], Outcome::Found, 4)
            .refused_only(Api(503), 2),
        Row::new("three failures", [unavailable(), reset(), half(), good()], lost, 3).refused_only(Api(503), 1),
        Row::new("a reset and a 400", [reset(), json(400, ""), good()], Api(400), 2).refused_only(lost, 1),
    ])
    .await;
}
