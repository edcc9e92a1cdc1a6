//! Whole answers whose bodies are wrong.

use fake_server::{Reply, json, with_headers};

use super::{Api, Decode, Interrupted, Outcome, Row, TooLarge, Transport, hold};
use crate::{GOOD, KEY};

/// Rows about what a body says under a good status.
fn said(rows: &[(&str, &str, Outcome)]) -> Vec<Row> {
    rows.iter().map(|(name, body, outcome)| Row::new(*name, [json(200, body)], *outcome, 1)).collect()
}

#[tokio::test]
async fn envelopes() {
    hold(said(&[
        ("12 ok is false", r#"{"ok":false,"error_message":"No"}"#, Api(200)),
        ("12 ok is false beside a result", r#"{"ok":false,"result":{"name":"Jane"}}"#, Api(200)),
        ("12 ok is false after a result that doesn't fit", r#"{"result":[],"ok":false}"#, Api(200)),
        ("14 no result", r#"{"ok":true}"#, Decode("/result")),
        ("14 result is null", r#"{"ok":true,"result":null}"#, Decode("/result")),
        ("14 result is an empty text", r#"{"ok":true,"result":""}"#, Decode("/result")),
        ("14 result is a text", r#"{"ok":true,"result":"jane@example.com"}"#, Decode("/result")),
        ("14 result is a number", r#"{"ok":true,"result":7}"#, Decode("/result")),
        ("14 result is a bool", r#"{"ok":true,"result":true}"#, Decode("/result")),
        ("14 result is an array", r#"{"ok":true,"result":[{"name":"Jane"}]}"#, Decode("/result")),
        ("14 result is an empty array", r#"{"ok":true,"result":[]}"#, Decode("/result")),
        ("14 result is an empty object", r#"{"ok":true,"result":{}}"#, Decode("/result")),
        ("15 no ok", r#"{"result":{"name":"Jane"}}"#, Decode("")),
        ("15 ok is null", r#"{"ok":null,"result":{"name":"Jane"}}"#, Decode("/ok")),
        ("15 ok is a text", r#"{"ok":"true","result":{"name":"Jane"}}"#, Decode("/ok")),
        ("15 ok is a number", r#"{"ok":1,"result":{"name":"Jane"}}"#, Decode("/ok")),
        ("15 ok is an object", r#"{"ok":{},"result":{"name":"Jane"}}"#, Decode("/ok")),
        ("15 ok is told twice", r#"{"ok":true,"ok":true,"result":{"name":"Jane"}}"#, Decode("/ok")),
        ("15 ok is taken back", r#"{"ok":true,"result":{"name":"Jane"},"ok":false}"#, Decode("/ok")),
        ("15 an array around it", r#"[{"ok":true,"result":{"name":"Jane"}}]"#, Decode("")),
        ("15 a text around it", r#""{\"ok\":true}""#, Decode("")),
        ("15 null", "null", Decode("")),
        ("22 unknown fields", r#"{"ok":true,"new":[{}],"result":{"name":"Jane","new":{"a":[1]}}}"#, Outcome::Found),
        ("22 null where a value is due", r#"{"ok":true,"result":{"name":null}}"#, Decode("/result/name")),
        ("22 a number where a text is due", r#"{"ok":true,"result":{"name":7}}"#, Decode("/result/name")),
        ("22 a field twice", r#"{"ok":true,"result":{"name":"jane@","name":"Jane"}}"#, Decode("/result/name")),
    ]))
    .await;
}

#[tokio::test]
async fn texts_that_break_readers() {
    let opened = |depth: usize| format!(r#"{{"ok":true,"result":{}"#, "[".repeat(depth));
    let unread = |value: &str| format!(r#"{{"ok":true,"new":{value},"result":{{"name":"Jane"}}}}"#);
    let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
    let named = |value: &str| format!(r#"{{"ok":true,"result":{{"name":{value}}}}}"#);
    let digits = "9".repeat(200);
    hold(said(&[
        ("20 ten thousand levels", &opened(10_000), Decode("/result")),
        ("20 a hundred thousand levels", &opened(100_000), Decode("/result")),
        ("20 levels of objects", &named(&r#"{"a":"#.repeat(10_000)), Decode("/result/name")),
        ("20 a number of 200 digits", &named(&digits), Decode("/result/name")),
        ("20 a number beyond all exponents", &named("1e999"), Decode("/result/name")),
        ("20 not a number", &named("NaN"), Decode("/result/name")),
        ("20 levels that nobody reads", &unread(&nested(10_000)), Outcome::Found),
        ("20 digits that nobody reads", &unread(&digits), Outcome::Found),
        ("20 an exponent that nobody reads", &unread("1e999"), Outcome::Found),
        ("20 not a number, and nobody reads it", &unread("-Infinity"), Decode("/new")),
        ("21 half of a surrogate pair", &named(r#""\ud800""#), Decode("/result/name")),
        ("21 a byte order mark", "\u{feff}{\"ok\":true,\"result\":{\"name\":\"Jane\"}}", Decode("")),
        ("21 a line break in a text", &named("\"a\nb\""), Decode("/result/name")),
        ("16 more after it", r#"{"ok":true,"result":{"name":"Jane"}}<!-- -->"#, Decode("")),
        ("16 two answers", r#"{"ok":true,"result":{"name":"Jane"}}{"ok":false}"#, Decode("")),
        ("16 only spaces", " \r\n\t", Decode("")),
        ("16 only zero bytes", "\0\0\0\0", Decode("")),
    ]))
    .await;
}

#[tokio::test]
async fn a_million_keys() {
    let keys = r#""k":0,"#.repeat(1_000_000);
    let body = format!(r#"{{"ok":true,"result":{{{keys}"name":"Jane"}}}}"#);
    hold(said(&[("20 a million keys", &body, Outcome::Found)])).await;
}

#[tokio::test]
async fn bytes_that_are_no_text() {
    let invalid = |name, body: &[u8], outcome| Row::new(name, [with_headers(200, "", body)], outcome, 1);
    hold([
        invalid("21 a stray byte in a text", b"{\"ok\":true,\"result\":{\"name\":\"\xff\"}}", Decode("/result/name")),
        invalid(
            "21 an overlong character",
            b"{\"ok\":true,\"result\":{\"name\":\"\xc0\xaf\"}}",
            Decode("/result/name"),
        ),
        invalid(
            "21 a surrogate in UTF-8",
            b"{\"ok\":true,\"result\":{\"name\":\"\xed\xa0\x80\"}}",
            Decode("/result/name"),
        ),
        invalid("21 UTF-16", b"\xff\xfe{\0\"\0o\0k\0", Decode("")),
        invalid(
            "21 a stray byte that nobody reads",
            b"{\"ok\":true,\"new\":\"\xff\",\"result\":{\"name\":\"Jane\"}}",
            Outcome::Found,
        ),
    ])
    .await;
}

#[tokio::test]
async fn messages() {
    let refused = |name: &str, body: String| Row::new(name, [json(400, &body)], Api(400), 1);
    let message = |name: &str, message: &str| refused(name, format!(r#"{{"ok":false,"error_message":{message}}}"#));
    hold([
        refused("16 no message", r#"{"ok":false}"#.to_owned()),
        message("16 the message is null", "null"),
        message("16 the message is a number", "7"),
        message("16 the message is an object", r#"{"jane@example.com":["taken"]}"#),
        message("16 the message is an array", r#"["jane@example.com"]"#),
        message("16 the message is nested deeply", &"[".repeat(10_000)),
        message("16 the message is told twice", r#""a","error_message":"b""#),
        message("16 the message has a megabyte", &format!("\"{}\"", "x".repeat(1_000_000))),
        message("16 the message has control characters", r#""a\u0000\u0007\u001b[31m\r\nX-Evil: 1\u0085""#),
        message("29 the message has the key", &format!("\"invalid key {KEY}\"")),
        message("29 the message has an address", "\"No person jane@example.com was found\""),
    ])
    .await;
}

#[tokio::test]
async fn encodings_that_were_not_asked_for() {
    let encoded = |name: &str, headers: &str, body: &[u8], outcome| {
        Row::new(name, [with_headers(200, headers, body)], outcome, 1)
    };
    let (gzip, twice) = ("Content-Encoding: gzip\r\n", "Content-Encoding: gzip, gzip\r\n");
    let good = GOOD.as_bytes();
    let bomb = bomb(1_000_000);
    hold([
        encoded("19 a gzip bomb", gzip, &bomb, Decode("")),
        encoded("19 a gzip bomb that isn't named", "", &bomb, Decode("")),
        encoded("19 twice gzip", twice, &bomb, Decode("")),
        encoded("19 gzip that is none", gzip, b"\x1f\x8b\x08garbage", Decode("")),
        // What is named isn't what came; what came is as good as ever.
        encoded("19 plain text that is named gzip", gzip, good, Outcome::Found),
        encoded("19 an unknown encoding", "Content-Encoding: sesame\r\n", good, Outcome::Found),
        encoded("16 HTML by name only", "Content-Type: text/html\r\n", good, Outcome::Found),
        Row::new("19 a gzip bomb of a refusal", [with_headers(400, gzip, &bomb)], Api(400), 1),
    ])
    .await;
}

#[tokio::test]
async fn answers_that_are_unpacked() {
    let gzip = "Content-Encoding: gzip\r\n";
    let sent = |status, body: &[u8]| with_headers(status, gzip, body);
    let bomb = bomb(1_000_000);
    let cut_off = &PACKED[..PACKED.len() / 2];
    let rows = [
        Row::new("19 packed", [sent(200, PACKED)], Outcome::Found, 1),
        Row::new("19 a bomb that is unpacked", [sent(200, &bomb)], Transport(TooLarge), 1),
        Row::new("19 a bomb of a refusal that is unpacked", [sent(400, &bomb)], Api(400), 1),
        Row::new("19 a little too large when it is unpacked", [sent(200, PACKED)], Transport(TooLarge), 1)
            .response_limit(GOOD.len() - 1),
        Row::new("19 just small enough when it is unpacked", [sent(200, PACKED)], Outcome::Found, 1)
            .response_limit(GOOD.len()),
        Row::fatal("19 nothing to unpack", sent(200, b"\x1f\x8b\x08garbage"), Transport(Interrupted)),
        Row::fatal("19 plain text to unpack", sent(200, GOOD.as_bytes()), Transport(Interrupted)),
        Row::fatal("19 half of what is packed", sent(200, cut_off), Transport(Interrupted)),
        Row::new("19 packed twice", [with_headers(200, "Content-Encoding: gzip, gzip\r\n", &bomb)], Decode(""), 1),
    ];
    hold(rows.map(Row::unpacks)).await;
}

/// The good answer as gzip.
const PACKED: &[u8] = b"\x1f\x8b\x08\0\0\0\0\0\x02\x03\xabV\xca\xcfV\xb2*)*M\xd5Q*J-.\xcd)Q\xb2\xaaV\xcaK\xccMU\xb2R\
    \xf2J\xccKU\xaa\xad\x05\0\x8b\xc4\xe6b$\0\0\0";

/// A stream of gzip that unpacks to 158 times its length of zeros.
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
    // The only block, with the codes that are fixed: a zero, and then 258 bytes from one byte back, again and again.
    push(&mut bytes, 0b011, 3);
    push(&mut bytes, 0b0000_1100, 8);
    while bytes.len() < length {
        push(&mut bytes, 0b1010_0011, 8);
        push(&mut bytes, 0, 5);
    }
    // The end of the block, and an empty checksum.
    push(&mut bytes, 0, 7 + 8);
    bytes.extend([0; 8]);
    bytes
}

#[tokio::test]
async fn an_answer_in_many_pieces() {
    let chunks: String = GOOD.chars().map(|letter| format!("1;name=value\r\n{letter}\r\n")).collect();
    let text = format!("{}Transfer-Encoding: chunked\r\n\r\n{chunks}0\r\nX-Trailer: 1\r\n\r\n", super::HEAD);
    hold([Row::new("17 a chunk for each byte", [Reply::send(text)], Outcome::Found, 1)]).await;
}
