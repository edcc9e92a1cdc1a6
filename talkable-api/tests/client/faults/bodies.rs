//! Complete responses with unexpected bodies.

use fake_server::{Reply, json, with_headers};

use super::{Api, Decode, Interrupted, NotJson, Outcome, Row, TooLarge, Transport, check};
use crate::{GOOD, KEY};

/// Creates rows whose replies have the status 200 and the given bodies.
fn ok_bodies(rows: &[(&str, &str, Outcome)]) -> Vec<Row> {
    rows.iter().map(|(name, body, outcome)| Row::new(*name, [json(200, body)], *outcome, 1)).collect()
}

#[tokio::test]
async fn malformed_envelopes_are_decode_errors() {
    check(ok_bodies(&[
        ("ok is false", r#"{"ok":false,"error_message":"No"}"#, Api(200)),
        ("ok is false with a result", r#"{"ok":false,"result":{"name":"Jane"}}"#, Api(200)),
        ("ok is false after a malformed result", r#"{"result":[],"ok":false}"#, Api(200)),
        ("no result", r#"{"ok":true}"#, Decode("/result")),
        ("result is null", r#"{"ok":true,"result":null}"#, Decode("/result")),
        ("result is an empty string", r#"{"ok":true,"result":""}"#, Decode("/result")),
        ("result is a string", r#"{"ok":true,"result":"jane@example.com"}"#, Decode("/result")),
        ("result is a number", r#"{"ok":true,"result":7}"#, Decode("/result")),
        ("result is a boolean", r#"{"ok":true,"result":true}"#, Decode("/result")),
        ("result is an array", r#"{"ok":true,"result":[{"name":"Jane"}]}"#, Decode("/result")),
        ("result is an empty array", r#"{"ok":true,"result":[]}"#, Decode("/result")),
        ("result is an empty object", r#"{"ok":true,"result":{}}"#, Decode("/result")),
        ("no ok", r#"{"result":{"name":"Jane"}}"#, Decode("")),
        ("ok is null", r#"{"ok":null,"result":{"name":"Jane"}}"#, Decode("/ok")),
        ("ok is a string", r#"{"ok":"true","result":{"name":"Jane"}}"#, Decode("/ok")),
        ("ok is a number", r#"{"ok":1,"result":{"name":"Jane"}}"#, Decode("/ok")),
        ("ok is an object", r#"{"ok":{},"result":{"name":"Jane"}}"#, Decode("/ok")),
        ("ok twice", r#"{"ok":true,"ok":true,"result":{"name":"Jane"}}"#, Decode("/ok")),
        ("ok changes to false", r#"{"ok":true,"result":{"name":"Jane"},"ok":false}"#, Decode("/ok")),
        ("an array around the envelope", r#"[{"ok":true,"result":{"name":"Jane"}}]"#, Decode("")),
        ("a string around the envelope", r#""{\"ok\":true}""#, Decode("")),
        ("null", "null", Decode("")),
        ("unknown fields", r#"{"ok":true,"new":[{}],"result":{"name":"Jane","new":{"a":[1]}}}"#, Outcome::Found),
        ("null for a required field", r#"{"ok":true,"result":{"name":null}}"#, Decode("/result/name")),
        ("a number for a string", r#"{"ok":true,"result":{"name":7}}"#, Decode("/result/name")),
        ("a duplicate field", r#"{"ok":true,"result":{"name":"jane@","name":"Jane"}}"#, Decode("/result/name")),
    ]))
    .await;
}

#[tokio::test]
async fn extreme_json_decodes_or_is_a_decode_error() {
    let opened = |depth: usize| format!(r#"{{"ok":true,"result":{}"#, "[".repeat(depth));
    let ignored = |value: &str| format!(r#"{{"ok":true,"new":{value},"result":{{"name":"Jane"}}}}"#);
    let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
    let named = |value: &str| format!(r#"{{"ok":true,"result":{{"name":{value}}}}}"#);
    let digits = "9".repeat(200);
    check(ok_bodies(&[
        ("10,000 levels", &opened(10_000), NotJson("/result")),
        ("100,000 levels", &opened(100_000), NotJson("/result")),
        ("10,000 levels of objects", &named(&r#"{"a":"#.repeat(10_000)), NotJson("/result/name")),
        ("a number with 200 digits", &named(&digits), Decode("/result/name")),
        ("an exponent out of range", &named("1e999"), Decode("/result/name")),
        ("NaN", &named("NaN"), NotJson("/result/name")),
        ("ignored levels", &ignored(&nested(10_000)), Outcome::Found),
        ("ignored digits", &ignored(&digits), Outcome::Found),
        ("an ignored exponent", &ignored("1e999"), Outcome::Found),
        ("an ignored infinity", &ignored("-Infinity"), NotJson("/new")),
        ("an unpaired surrogate", &named(r#""\ud800""#), Decode("/result/name")),
        ("a byte order mark", "\u{feff}{\"ok\":true,\"result\":{\"name\":\"Jane\"}}", NotJson("")),
        ("a line break in a string", &named("\"a\nb\""), NotJson("/result/name")),
        ("text after the JSON", r#"{"ok":true,"result":{"name":"Jane"}}<!-- -->"#, NotJson("")),
        ("two bodies", r#"{"ok":true,"result":{"name":"Jane"}}{"ok":false}"#, NotJson("")),
        ("only spaces", " \r\n\t", NotJson("")),
        ("only null bytes", "\0\0\0\0", NotJson("")),
    ]))
    .await;
}

#[tokio::test]
async fn limits_the_number_of_values() {
    let zeros = "0,".repeat(2_500_000);
    let body = format!(r#"{{"ok":true,"result":{{"name":"Jane"}},"new":[{zeros}0]}}"#);
    check(ok_bodies(&[("two and a half million values", &body, Decode("/new/1999994"))])).await;
}

#[tokio::test]
async fn reads_a_million_keys() {
    let keys = r#""k":0,"#.repeat(1_000_000);
    let body = format!(r#"{{"ok":true,"result":{{{keys}"name":"Jane"}}}}"#);
    check(ok_bodies(&[("a million keys", &body, Outcome::Found)])).await;
}

#[tokio::test]
async fn invalid_utf8_is_a_decode_error() {
    let invalid = |name, body: &[u8], outcome| Row::new(name, [with_headers(200, "", body)], outcome, 1);
    check([
        invalid("an invalid byte in a string", b"{\"ok\":true,\"result\":{\"name\":\"\xff\"}}", Decode("/result/name")),
        invalid("an overlong encoding", b"{\"ok\":true,\"result\":{\"name\":\"\xc0\xaf\"}}", Decode("/result/name")),
        invalid(
            "a surrogate in UTF-8",
            b"{\"ok\":true,\"result\":{\"name\":\"\xed\xa0\x80\"}}",
            Decode("/result/name"),
        ),
        invalid("UTF-16", b"\xff\xfe{\0\"\0o\0k\0", NotJson("")),
        invalid(
            "an ignored invalid byte",
            b"{\"ok\":true,\"new\":\"\xff\",\"result\":{\"name\":\"Jane\"}}",
            Outcome::Found,
        ),
    ])
    .await;
}

#[tokio::test]
async fn accepts_any_error_message() {
    let refused = |name: &str, body: String| Row::new(name, [json(400, &body)], Api(400), 1);
    let message = |name: &str, message: &str| refused(name, format!(r#"{{"ok":false,"error_message":{message}}}"#));
    check([
        refused("no message", r#"{"ok":false}"#.to_owned()),
        message("the message is null", "null"),
        message("the message is a number", "7"),
        message("the message is an object", r#"{"jane@example.com":["taken"]}"#),
        message("the message is an array", r#"["jane@example.com"]"#),
        message("the message is nested deeply", &"[".repeat(10_000)),
        message("two messages", r#""a","error_message":"b""#),
        message("the message is a megabyte long", &format!("\"{}\"", "x".repeat(1_000_000))),
        message("the message contains control characters", r#""a\u0000\u0007\u001b[31m\r\nX-Evil: 1\u0085""#),
        message("the message contains the key", &format!("\"invalid key {KEY}\"")),
        message("the message contains an e-mail address", "\"No person jane@example.com was found\""),
    ])
    .await;
}

#[tokio::test]
async fn does_not_decompress_by_default() {
    let encoded = |name: &str, headers: &str, body: &[u8], outcome| {
        Row::new(name, [with_headers(200, headers, body)], outcome, 1)
    };
    let (gzip, twice) = ("Content-Encoding: gzip\r\n", "Content-Encoding: gzip, gzip\r\n");
    let good = GOOD.as_bytes();
    let bomb = bomb(1_000_000);
    check([
        encoded("a gzip bomb", gzip, &bomb, NotJson("")),
        encoded("an undeclared gzip bomb", "", &bomb, NotJson("")),
        encoded("gzip in gzip", twice, &bomb, NotJson("")),
        encoded("invalid gzip", gzip, b"\x1f\x8b\x08garbage", NotJson("")),
        // In each of the next three rows, a header is wrong but the body is valid.
        encoded("plain text declared as gzip", gzip, good, Outcome::Found),
        encoded("an unknown encoding", "Content-Encoding: sesame\r\n", good, Outcome::Found),
        encoded("JSON declared as HTML", "Content-Type: text/html\r\n", good, Outcome::Found),
        Row::new("a gzip bomb with a 400", [with_headers(400, gzip, &bomb)], Api(400), 1),
    ])
    .await;
}

#[tokio::test]
async fn limits_the_decompressed_size() {
    let gzip = "Content-Encoding: gzip\r\n";
    let reply = |status, body: &[u8]| with_headers(status, gzip, body);
    let bomb = bomb(1_000_000);
    let cut_off = &GZIPPED[..GZIPPED.len() / 2];
    let rows = [
        Row::new("gzip", [reply(200, GZIPPED)], Outcome::Found, 1),
        Row::new("a decompressed bomb", [reply(200, &bomb)], Transport(TooLarge), 1),
        Row::new("a decompressed bomb with a 400", [reply(400, &bomb)], Api(400), 1),
        Row::new("one byte over the limit", [reply(200, GZIPPED)], Transport(TooLarge), 1)
            .response_limit(GOOD.len() - 1),
        Row::new("exactly the limit", [reply(200, GZIPPED)], Outcome::Found, 1).response_limit(GOOD.len()),
        Row::fatal("invalid gzip to decompress", reply(200, b"\x1f\x8b\x08garbage"), Transport(Interrupted)),
        Row::fatal("plain text to decompress", reply(200, GOOD.as_bytes()), Transport(Interrupted)),
        Row::fatal("half of a gzip body", reply(200, cut_off), Transport(Interrupted)),
        Row::new(
            "gzip in gzip to decompress",
            [with_headers(200, "Content-Encoding: gzip, gzip\r\n", &bomb)],
            NotJson(""),
            1,
        ),
    ];
    check(rows.map(Row::decompresses)).await;
}

/// The body of a valid response, compressed with gzip.
const GZIPPED: &[u8] = b"\x1f\x8b\x08\0\0\0\0\0\x02\x03\xabV\xca\xcfV\xb2*)*M\xd5Q*J-.\xcd)Q\xb2\xaaV\xcaK\xccMU\xb2R\
    \xf2J\xccKU\xaa\xad\x05\0\x8b\xc4\xe6b$\0\0\0";

/// A gzip stream of zeros with a compression ratio of 158.
fn bomb(length: usize) -> Vec<u8> {
    let mut bytes = b"\x1f\x8b\x08\0\0\0\0\0\0\xff".to_vec();
    let (mut bits, mut count) = (0_u32, 0);
    let mut push = |bytes: &mut Vec<u8>, value: u32, width: u32| {
        bits |= value << count;
        count += width;
        while count >= 8 {
            bytes.push(u8::try_from(bits & 0xff).unwrap());
            bits >>= 8;
            count -= 8;
        }
    };
    // One block with fixed Huffman codes: a zero byte, followed by copies of the preceding byte, 258 at a time.
    push(&mut bytes, 0b011, 3);
    push(&mut bytes, 0b0000_1100, 8);
    while bytes.len() < length {
        push(&mut bytes, 0b1010_0011, 8);
        push(&mut bytes, 0, 5);
    }
    // The end of the block, followed by a checksum and a length of zero.
    push(&mut bytes, 0, 7 + 8);
    bytes.extend([0; 8]);
    bytes
}

#[tokio::test]
async fn reads_single_byte_chunks() {
    let chunks: String = GOOD.chars().map(|letter| format!("1;name=value\r\n{letter}\r\n")).collect();
    let text = format!("{}Transfer-Encoding: chunked\r\n\r\n{chunks}0\r\nX-Trailer: 1\r\n\r\n", super::HEAD);
    check([Row::new("a chunk for each byte", [Reply::send(text)], Outcome::Found, 1)]).await;
}
