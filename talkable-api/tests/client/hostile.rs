//! Thirty hostile cases: malicious arguments, malicious servers, and failures at the worst moments.
//!
//! The list names the tests and table rows for each case.

use std::time::{Duration, Instant};

use fake_server::{Reply, Server};
use talkable_api::__private::{Method, Operation};
use talkable_api::{Call, Client, Error};

use crate::{Connect as _, Found, find, found, good};

/// The cases, each with its tests and table rows as they appear in the source code.
const CASES: [(&str, &[&str]); 30] = [
    ("a path argument `..`", &["fn rejects_path_arguments_that_cannot_be_encoded"]),
    ("a path argument `.`", &["fn rejects_path_arguments_that_cannot_be_encoded"]),
    ("an empty path argument", &["fn rejects_path_arguments_that_cannot_be_encoded"]),
    ("a backslash in a path argument", &["fn arguments_arrive_unchanged"]),
    ("a slash in a path argument", &["fn arguments_arrive_unchanged"]),
    ("an encoded slash in a path argument", &["fn arguments_arrive_unchanged"]),
    ("a question mark and a hash", &["fn arguments_arrive_unchanged"]),
    ("control characters", &["fn arguments_arrive_unchanged"]),
    ("e-mail addresses in path and query", &["fn arguments_arrive_unchanged"]),
    ("keys that are not header values", &["fn rejects_keys_that_are_not_header_values"]),
    ("redirects", &["\"{status} to {name}\"", "fn redirects_are_not_followed"]),
    ("`ok: false` with a 200", &["\"ok is false\""]),
    ("`ok: true` with an error status", &["\"ok with {status}\""]),
    ("no result", &["\"no result\"", "fn an_optional_result_can_be_missing"]),
    ("a malformed `ok`", &["\"no ok\"", "\"ok twice\""]),
    ("HTML pages and empty bodies", &["\"{name} with {status}\"", "\"no content\""]),
    ("wrong lengths and lost connections", &["\"reset {place}\"", "\"a length that is too small\""]),
    ("endless and slow responses", &["\"endless chunks\"", "\"a trickle of a body\""]),
    ("decompression bombs", &["\"a gzip bomb\"", "\"gzip in gzip\"", "\"a decompressed bomb\""]),
    ("deep and wide JSON", &["\"100,000 levels\"", "\"a million keys\""]),
    ("invalid UTF-8", &["\"an invalid byte in a string\"", "\"a byte order mark\""]),
    ("unknown and missing values", &["\"unknown fields\"", "\"null for a required field\""]),
    ("unusual values of Retry-After", &["\"a pause of {long:?}\"", "fn obeys_retry_after"]),
    ("cancellation of half a burst", &["fn canceling_half_of_a_burst_does_not_affect_the_rest"]),
    ("several faults in a row", &["\"a 429, a 503, a reset and a 200\""]),
    ("connections that are accepted and closed", &["\"closed {place}\"", "\"a 429, a reset and a 200\""]),
    ("a connection lost during reuse", &["fn a_request_counts_as_sent_if_a_reused_connection_is_lost"]),
    ("HTTP/2 requests reported as unprocessed", &["fn resends_requests_that_were_reported_unprocessed"]),
    ("an echoed key", &["\"the message contains the key\"", "\"the key as the request ID\""]),
    (
        "shutdown, panics and key rotation during a call",
        &[
            "fn shutting_down_a_runtime_cancels_its_calls",
            "fn a_panic_in_on_attempt_does_not_affect_the_call",
            "fn each_attempt_uses_the_current_key",
        ],
    ),
];

const SOURCES: [&str; 13] = [
    include_str!("calls.rs"),
    include_str!("cancel.rs"),
    include_str!("hostile.rs"),
    include_str!("http2.rs"),
    include_str!("faults/responses.rs"),
    include_str!("faults/bodies.rs"),
    include_str!("faults/broken.rs"),
    include_str!("faults/sequences.rs"),
    include_str!("faults/silent.rs"),
    include_str!("reuse.rs"),
    include_str!("options/builder.rs"),
    include_str!("options/hooks.rs"),
    include_str!("options/api_key.rs"),
];

#[test]
fn every_hostile_case_has_its_tests() {
    // In this file, search only the text after this test, because the list above contains all names.
    let tests = SOURCES.map(|source| source.split("#[test]\nfn every_hostile_case").last().unwrap_or_default());
    for (case, places) in CASES {
        for place in places {
            assert!(tests.iter().any(|source| source.contains(place)), "{case}: {place} does not exist");
        }
    }
}

#[tokio::test]
async fn arguments_arrive_unchanged() {
    static FIND: Operation = Operation::new("find", Method::GET, "/api/v2/people/{slug}/data").site_in_query();

    let server = Server::script([good()]);
    let client = server.client();
    for (text, path, query) in [
        ("..\\x", "..%5Cx", "..%5Cx"),
        ("a/b", "a%2Fb", "a%2Fb"),
        ("a%2Fb", "a%252Fb", "a%252Fb"),
        ("%2e%2e", "%252e%252e", "%252e%252e"),
        ("a?b#c", "a%3Fb%23c", "a%3Fb%23c"),
        ("a\r\nX-Evil: 1\t\0", "a%0D%0AX-Evil%3A%201%09%00", "a%0D%0AX-Evil%3A+1%09%00"),
        ("jané+1@example.com", "jan%C3%A9%2B1%40example.com", "jan%C3%A9%2B1%40example.com"),
        ("😀", "%F0%9F%98%80", "%F0%9F%98%80"),
    ] {
        let call: Call<Found> = Call::enveloped(&client, &FIND).segment(text).query(&[("q", text)]);
        call.await.unwrap();
        let line = server.requests().pop().unwrap().line;
        assert_eq!(line, format!("GET /api/v2/people/{path}/data?site_slug=my-store&q={query}"));
    }
}

#[test]
fn rejects_keys_that_are_not_header_values() {
    for key in ["", " ", "two words", "line\nbreak", "line\r\nX-Evil: 1", "tab\t", "n\0l", "schlüssel", "\u{7f}"] {
        let error = Client::new(key, "my-store").unwrap_err();
        assert!(key.trim().is_empty() || !format!("{error} {error:?}").contains(key), "{error:?}");
        assert!(matches!(error, Error::Invalid(error) if error.argument() == "api_key"));
    }
}

/// hyper skips interim responses without a limit. Its task reads as long as there is input, up to 50 MB at a time, and then yields.
/// The attempt times out while other tasks run, and the connection is closed.
#[tokio::test]
async fn endless_interim_responses_time_out() {
    // With shorter responses, hyper reads for 10 seconds before it yields, in a build without optimizations.
    let interim = format!("HTTP/1.1 103 Early Hints\r\nLink: {}\r\n\r\n", "x".repeat(1_000));
    let flood = Reply::drip(interim.clone(), interim.repeat(2_000), Duration::ZERO);
    let server = Server::script([flood, good()]);
    let client = server.client();
    let began = Instant::now();
    let response = find(&client).timeout(Duration::from_millis(500)).response().await.unwrap();
    assert_eq!((response.value, response.info.attempts()), (found(), 2));
    assert!(began.elapsed() < Duration::from_secs(20), "{:?}", began.elapsed());
    server.closed(1).await;
}
