//! Reads documents that other YAML readers accept, and checks the values.

use codegen::load;
use serde_json::{Value, json};

fn read(text: &str) -> Value {
    load("a.yaml", text.as_bytes()).unwrap_or_else(|error| panic!("{text}: {error}")).value
}

#[track_caller]
fn reads(text: &str, expected: Value) {
    assert_eq!(read(text), expected, "{text}");
}

#[track_caller]
fn rejects(text: &str, line: usize, message: &str) {
    let start: String = text.chars().take(200).collect();
    let error = load("a.yaml", text.as_bytes()).expect_err(&start);
    assert!(error.message.contains(message), "{start}: {error}");
    assert_eq!(error.line(), Some(line), "{start}: {error}");
}

#[test]
fn resolves_plain_scalars() {
    for (text, expected) in [
        ("2024-05-01", json!("2024-05-01")),
        ("2022-11-28 10:00:00 +01:00", json!("2022-11-28 10:00:00 +01:00")),
        ("13:45:30.123456789", json!("13:45:30.123456789")),
        ("08:30", json!("08:30")),
        ("0755", json!("0755")),
        ("1_000", json!("1_000")),
        ("0x1F", json!(31)),
        ("-0x1F", json!(-31)),
        ("0o17", json!(15)),
        ("0b101", json!(5)),
        (".5", json!(0.5)),
        ("1e3", json!(1000.0)),
        ("+12", json!(12)),
        ("+-1", json!("+-1")),
        ("-1", json!(-1)),
        ("0", json!(0)),
        ("1.0", json!(1.0)),
        ("yes", json!("yes")),
        ("TRUE", json!(true)),
        ("~", json!(null)),
        ("", json!(null)),
        ("inf", json!("inf")),
        ("nan", json!("nan")),
        ("1e999", json!("1e999")),
        ("18446744073709551615", json!(u64::MAX)),
        ("-9223372036854775808", json!(i64::MIN)),
        ("18446744073709552000", json!(18_446_744_073_709_552_000.0)),
        ("-9223372036854776000", json!(-9_223_372_036_854_776_000.0)),
        ("123456789012345678901234567890", json!(123_456_789_012_345_678_901_234_567_890.0)),
        ("\"12\"", json!("12")),
        ("!!str 12", json!("12")),
        ("!!int \"12\"", json!(12)),
        ("! 12", json!("12")),
        ("!ruby/symbol 12", json!("12")),
        ("!ruby/string:SafeBuffer p", json!("p")),
        ("!ruby/array:List [p]", json!(["p"])),
        ("!other 12", json!(12)),
    ] {
        reads(&format!("a: {text}\n"), json!({ "a": expected }));
    }
    rejects("a: 1\nb: -.INF\n", 2, "infinite or NaN");
}

#[test]
fn reads_large_numbers_alike_in_json_and_yaml() {
    for number in ["18446744073709552000", "-9223372036854776000", "123456789012345678901234567890", "1.5", "-3"] {
        assert_eq!(read(&format!("{{\"a\": {number}}}")), read(&format!("a: {number}")), "{number}");
    }
}

#[test]
fn keeps_the_spelling_of_keys() {
    let text = "200: a\n0x1F: b\nyes: c\nnull: d\n1.0: e\n!!str 300: f\n!ruby/symbol default: g\n&k key: h\n";
    let expected =
        json!({"200": "a", "0x1F": "b", "yes": "c", "null": "d", "1.0": "e", "300": "f", "default": "g", "key": "h"});
    reads(text, expected);
    reads("a: &a x\n*a : 1\n", json!({"a": "x", "x": 1}));
    rejects("a: &a [x]\n*a : 1\n", 2, "a key is a list or a map");
}

#[test]
fn reads_tabs_between_tokens() {
    let text = "paths:\n  /p:\t# a comment\n    get:\t{operationId:\tp,\ttags: [P], summary: \"a\tb\"}\n\t\n# end\t\n";
    reads(text, json!({"paths": {"/p": {"get": {"operationId": "p", "tags": ["P"], "summary": "a\tb"}}}}));
    reads("operationId:\tp\ntags: [P]\n", json!({"operationId": "p", "tags": ["P"]}));
}

#[test]
fn reads_quoted_lines_with_less_indentation() {
    reads(
        "get:\n  text: \"One line\n  and another.\"\n  b: 1\n",
        json!({"get": {"text": "One line and another.", "b": 1}}),
    );
}

#[test]
fn treats_u0085_as_a_line_break() {
    let document = load("a.yaml", "# comment\u{85}a: {b: 1}".as_bytes()).expect("the text is YAML");
    assert_eq!(document.value, json!({"a": {"b": 1}}));
    assert_eq!(document.line("/a/b"), Some(1), "an editor shows one line");
    // In JSON, neither U+0085 nor U+2028 is a line break.
    reads("{\"a\": \"x \u{85} y \u{2028} z\"}", json!({"a": "x \u{85} y \u{2028} z"}));
}

#[test]
fn ignores_empty_documents_at_the_end() {
    reads("a: 1\n---\n", json!({"a": 1}));
    reads("a: 1\n...\n", json!({"a": 1}));
    reads("a: 1\n--- # end\n---\n", json!({"a": 1}));
    rejects("a: 1\n---\nb: 2\n", 2, "more than one document");
    rejects("a: 1\n---\n- 2\n", 2, "more than one document");
}

#[test]
fn merges_maps() {
    let anchors = "a: &a {x: 1, y: 1}\nb: &b {y: 2, z: 2}\n";
    let merged = |entry: &str| read(&format!("{anchors}c:\n{entry}"))["c"].clone();
    assert_eq!(merged("  <<: *a\n  x: 0\n"), json!({"x": 0, "y": 1}));
    assert_eq!(merged("  x: 0\n  <<: *a\n"), json!({"x": 0, "y": 1}));
    assert_eq!(merged("  <<: [*a, *b]\n"), json!({"x": 1, "y": 1, "z": 2}), "the first map of a list takes precedence");
    assert_eq!(
        merged("  <<: *a\n  <<: *b\n  x: 0\n"),
        json!({"x": 0, "y": 2, "z": 2}),
        "the last `<<` takes precedence"
    );
    assert_eq!(merged("  <<: {q: 1}\n"), json!({"q": 1}));
    assert_eq!(merged("  \"<<\": *a\n"), json!({"x": 1, "y": 1}), "Ruby merges after a quoted key too");
    assert_eq!(merged("  <<: text\n"), json!({"<<": "text"}));
}

#[test]
fn copies_anchored_values() {
    reads("a: &a {b: [1, 2]}\nc: [*a, *a]\n", json!({"a": {"b": [1, 2]}, "c": [{"b": [1, 2]}, {"b": [1, 2]}]}));
    reads("a: &1 x\nb: &1 y\nc: *1\n", json!({"a": "x", "b": "y", "c": "y"}));
    rejects("a: 1\nb: *a\n", 2, "`*a` does not refer to an earlier value");
    rejects("a: &a\n  b: *a\n", 2, "`*a` does not refer to an earlier value");
}

#[test]
fn reads_tags_before_a_comma() {
    reads("a: [!t, !!null, x!, \"Hi !you, there\", 'a>, b']\nb: Hi!, you\n", {
        json!({"a": [null, null, "x!", "Hi !you, there", "a>, b"], "b": "Hi!, you"})
    });
    reads("a: [!<tag:example.com,2002:t>, 1]\nb: |\n  Hi!,\t \tyou\n", json!({"a": ["", 1], "b": "Hi!,\t \tyou\n"}));
    // The padding that the reader inserts before the comma must differ from a run of escaped tabs.
    for tabs in ["\\t \\t", "\\t\\x09\\u0009\\U00000009\\\t", "\t\t\\\n  \t\\t\t"] {
        let value = |text: &str| read(&format!("a: \"{text}\"\n"))["a"].as_str().map(str::to_owned);
        let expected = value(&format!("x{tabs}y ,")).map(|value| value.replace(" ,", "!,"));
        assert_eq!(value(&format!("x{tabs}y!,")), expected, "{tabs:?}");
    }
}

#[test]
fn rejects_truncated_text_with_a_line_number() {
    rejects("a: 1\nb: \"\\", 2, "while scanning a quoted scalar");
    reads("a: 1\nb: |\r #", json!({"a": 1, "b": "#\n"}));
    rejects("a: 1\nb: \u{0}\n", 2, "the control character U+0000 is not allowed");
}

#[test]
fn limits_the_depth_of_aliases() {
    let list = |levels: usize, inner: &str| format!("{}{inner}{}", "[".repeat(levels), "]".repeat(levels));
    let text = |levels| format!("a: &a {}\nb: {}\n", list(60, "1"), list(levels, "*a"));
    assert_eq!(read(&text(39))["b"].to_string(), list(99, "1"));
    rejects(&text(40), 2, "nests deeper than 100 levels");
    rejects(&format!("a: 1\nb: {}\n", "[".repeat(100_000)), 2, "nests deeper than 100 levels");
    rejects(&format!("{{\"a\":\n{}", "[".repeat(100_000)), 2, "nests deeper than 100 levels");
}

#[test]
fn limits_the_number_of_values() {
    // A string of this length counts as eleven values.
    let strings = vec![format!("\"{}\"", "x".repeat(320)); 185_000].join(",");
    for (before, after) in [("{\"a\":\n[", "]}"), ("a:\n [", "]")] {
        rejects(&format!("{before}{strings}{after}"), 2, "more than 2000000 values");
    }
    let error = load("a.yaml", &vec![b' '; (64 << 20) + 1]).expect_err("the file is too large");
    assert!(error.message.contains("larger than 64 MiB"), "{error}");
}

#[test]
fn finds_the_positions_in_json() {
    let text = "{\"é\": {\"a\":  \"x\", \"n\": 12 ,\"l\": [true,\n  -1.5, \"é\", {}]}}";
    let document = load("a.json", text.as_bytes()).expect("the text is JSON");
    for (pointer, expected) in [
        ("", text.lines().next().unwrap_or_default()),
        ("/é", "\"é\""),
        ("/é/a", "\"a\":  \"x\""),
        ("/é/n", "\"n\": 12"),
        ("/é/l", "\"l\""),
        ("/é/l/0", "true"),
        ("/é/l/1", "-1.5"),
        ("/é/l/2", "\"é\""),
        ("/é/l/3", "{}]}}"),
    ] {
        let span = document.span(pointer).expect("every value has a span");
        let line = text.lines().nth(span.line - 1).unwrap_or_default();
        let rest = line.chars().skip(span.column - 1);
        let part: String = rest.take(if span.length == 0 { usize::MAX } else { span.length }).collect();
        assert_eq!(part, expected, "{pointer}");
    }
    rejects("{\"a\": 1,\n \"a\": 2}", 2, "the key `a` occurs twice");
    reads("{\"a\": \"\\ud83d\\ude00 \\/ \u{7f}\"}", json!({"a": "\u{1f600} / \u{7f}"}));
}
