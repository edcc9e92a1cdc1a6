//! Thirty hostile cases: texts that address something else, servers that lie, and moments that are badly chosen.
//!
//! Most are rows of the tables in `matrix.rs`, by their numbers. Here is where each of them is held, and the tests of
//! those that are held nowhere else.

use fake_server::Server;
use talkable_api::__private::{Method, Operation};
use talkable_api::{Call, Client, Error};

use crate::{Connect as _, Found, good};

/// Where each case is held: a test, or the beginning of rows of a table.
const HELD: [(u8, &str, &[&str]); 30] = [
    (1, "a path argument `..`", &["fn arguments_that_cannot_be_expressed_are_refused_before_sending"]),
    (2, "a path argument `.`", &["fn arguments_that_cannot_be_expressed_are_refused_before_sending"]),
    (3, "an empty path argument", &["fn arguments_that_cannot_be_expressed_are_refused_before_sending"]),
    (4, "a backslash in a path argument", &["fn arguments_arrive_as_they_are"]),
    (5, "a slash in a path argument", &["fn arguments_arrive_as_they_are"]),
    (6, "an encoded slash in a path argument", &["fn arguments_arrive_as_they_are"]),
    (7, "a question mark and a hash", &["fn arguments_arrive_as_they_are"]),
    (8, "control characters", &["fn arguments_arrive_as_they_are"]),
    (9, "addresses in path and query", &["fn arguments_arrive_as_they_are"]),
    (10, "a key that breaks a header", &["fn keys_that_break_a_header_are_not_taken"]),
    (11, "redirects", &["\"11 {status} to {name}\"", "fn redirects_are_not_followed"]),
    (12, "no under a good status", &["\"12 ok is false\""]),
    (13, "yes under a bad status", &["\"13 ok with {status}\""]),
    (14, "no result", &["\"14 no result\"", "fn a_missing_result_is_enough_where_none_is_due"]),
    (15, "an unclear ok", &["\"15 no ok\"", "\"15 ok is told twice\""]),
    (16, "pages of proxies and empty bodies", &["\"16 {name} with {status}\"", "\"16 no content\""]),
    (17, "wrong lengths and broken connections", &["\"17 reset {place}\"", "\"17 a length that is too small\""]),
    (18, "endless and slow answers", &["\"18 endless chunks\"", "\"18 a trickle of {name}\""]),
    (19, "compressed bombs", &["\"19 a gzip bomb\"", "\"19 twice gzip\"", "\"19 a bomb that is unpacked\""]),
    (20, "deep and wide JSON", &["\"20 a hundred thousand levels\"", "\"20 a million keys\""]),
    (21, "bytes that are no text", &["\"21 a stray byte in a text\"", "\"21 a byte order mark\""]),
    (22, "values that are new", &["\"22 unknown fields\"", "\"22 null where a value is due\""]),
    (23, "odd pauses", &["\"23 a pause of {long:?}\"", "\"23 {name}\"", "fn dates_are_held_against_the_servers_own"]),
    (24, "half of a storm is dropped", &["fn half_of_a_storm_is_dropped_and_the_rest_comes_through"]),
    (25, "one trouble after the other", &["\"25 a 429, a 503, a reset and a good one\""]),
    (26, "accepted and closed", &["\"17 closed {place}\"", "\"26 a 429, a reset and a good one\""]),
    (27, "closed just when it is used again", &["fn a_connection_that_is_lost_just_when_it_is_used_again"]),
    (28, "HTTP/2 takes it back", &["fn what_was_refused_unread_is_sent_again_on_another_connection"]),
    (29, "an echoed key", &["\"29 the message has the key\"", "\"29 the key as the number of the request\""]),
    (
        30,
        "moments that are badly chosen",
        &[
            "fn a_runtime_that_is_shut_down_takes_its_calls_with_it",
            "fn a_panic_over_an_attempt_goes_no_further",
            "fn a_key_is_replaced_between_two_attempts",
        ],
    ),
];

/// Where to look for them.
const SOURCES: [&str; 14] = [
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
    include_str!("../../src/send/retry_after.rs"),
];

#[test]
fn each_case_is_held() {
    for (index, (number, case, places)) in HELD.into_iter().enumerate() {
        assert_eq!(usize::from(number), index + 1, "{case}");
        for place in places {
            // This list itself quotes the quotation marks.
            let is_held = SOURCES.iter().any(|source| source.contains(place));
            assert!(is_held, "{number}, {case}: {place} is gone");
        }
    }
}

#[tokio::test]
async fn arguments_arrive_as_they_are() {
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
fn keys_that_break_a_header_are_not_taken() {
    for key in ["", " ", "two words", "line\nbreak", "line\r\nX-Evil: 1", "tab\t", "n\0l", "schlüssel", "\u{7f}"] {
        let error = Client::new(key, "my-store").unwrap_err();
        assert!(key.trim().is_empty() || !format!("{error} {error:?}").contains(key), "{error:?}");
        assert!(matches!(error, Error::Invalid(error) if error.argument() == "api_key"));
    }
}
