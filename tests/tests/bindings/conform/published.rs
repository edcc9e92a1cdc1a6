//! Tests the published examples, and variations of them with missing, additional and differently spelled values.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use serde_json::{Map, Value, json};
use talkable_tests::conform::compare::Verdict;
use talkable_tests::conform::examples::{Example, published};
use talkable_tests::conform::mutate::{is_map, name_of, parent, select, with};
use talkable_tests::conform::program::{operations, response};
use talkable_tests::conform::report::Report;

/// The fields whose type is an extensible enum.
const ENUMS: [&str; 11] = [
    "action_type",
    "appearance",
    "channel_identifier",
    "friend_unredeem_reason",
    "incentive_type",
    "reason",
    "result_type",
    "reward_uniqueness",
    "status",
    "track_method",
    "type",
];

static EXAMPLES: LazyLock<Vec<Example>> = LazyLock::new(|| published().expect("the transcription can be read"));

/// A variation of an example.
struct Variation {
    pointer: String,
    description: String,
    body: Value,
}

#[test]
fn every_published_example_round_trips() {
    let examples = &*EXAMPLES;
    let with_example: BTreeSet<&str> = examples.iter().map(|example| example.operation.as_str()).collect();
    let without: Vec<&str> = operations().filter(|name| !with_example.contains(name)).collect();
    assert!(without.len() < with_example.len(), "most operations have no example: {without:?}");
    let itself = |body: &Value| {
        vec![Variation { pointer: String::new(), description: "unchanged".to_owned(), body: body.clone() }]
    };
    check(itself, |_, report| report.to_string() == "ok");
}

#[test]
fn missing_and_null_fields_decode() {
    let variations = |body: &Value| {
        let fields = select(body, &|pointer, _| is_field(body, pointer) && !may_be_required(body, pointer));
        let without = |(pointer, _): (String, &Value)| {
            let missing = with(body, &pointer, None);
            let null = with(body, &pointer, Some(&Value::Null));
            [
                Variation { pointer: pointer.clone(), description: "missing".to_owned(), body: missing },
                Variation { pointer, description: "null".to_owned(), body: null },
            ]
        };
        fields.into_iter().flat_map(without).collect()
    };
    check(variations, |_, report| report.to_string() == "ok");
}

#[test]
fn sparse_responses_decode() {
    let variations = |body: &Value| {
        let fields = select(body, &|pointer, _| is_field(body, pointer) && !may_be_required(body, pointer));
        let without = |value: Option<&Value>| {
            // Inner fields are replaced first, so that all pointers stay valid.
            fields.iter().fold(body.clone(), |body, (pointer, _)| with(&body, pointer, value))
        };
        vec![
            Variation { pointer: String::new(), description: "required fields only".to_owned(), body: without(None) },
            Variation { pointer: String::new(), description: "all null".to_owned(), body: without(Some(&Value::Null)) },
        ]
    };
    check(variations, |_, report| report.to_string() == "ok");
}

#[test]
fn new_fields_decode_and_are_reported() {
    let variations = |body: &Value| {
        let mut variations = Vec::new();
        for (pointer, record) in select(body, &|pointer, value| value.is_object() && !is_map(pointer)) {
            for new in [json!("new"), json!(1.5), json!(true), json!(null), json!({"new": [1]}), json!([])] {
                let mut record = record.clone();
                record
                    .as_object_mut()
                    .expect("the selected values are objects")
                    .insert("brand_new".to_owned(), new.clone());
                let body = if pointer.is_empty() { record } else { with(body, &pointer, Some(&record)) };
                variations.push(Variation {
                    pointer: pointer.clone(),
                    description: format!("a new field {new}"),
                    body,
                });
            }
        }
        variations
    };
    check(variations, |Variation { pointer, body, .. }, report| match report {
        Report::Decoded(Verdict { unknown, changed }) => {
            let is_reported = *unknown == [format!("{pointer}/brand_new")];
            // If an object is empty in the example, the bindings might declare none of its fields and keep all of them.
            let was_empty = body.pointer(pointer).and_then(Value::as_object).is_some_and(|record| record.len() == 1);
            let is_kept = unknown.is_empty() && (was_empty || keeps_unknown_fields(pointer));
            changed.is_empty() && (is_reported || is_kept)
        }
        _ => false,
    });
}

/// Returns whether the type of a record keeps unknown fields.
fn keeps_unknown_fields(pointer: &str) -> bool {
    ["criteria_config", "segmented"].contains(&name_of(pointer))
}

#[test]
fn numbers_decode_in_every_spelling() {
    check(|body| replaced(body, |_, value| value.is_number(), spellings), |_, report| report.to_string() == "ok");
}

#[test]
fn unknown_enum_values_round_trip() {
    let is_enum = |pointer: &str, value: &Value| value.is_string() && ENUMS.contains(&name_of(pointer));
    check(|body| replaced(body, is_enum, |_| vec![json!("BRAND new")]), |_, report| report.to_string() == "ok");
    // Only required enums keep an empty string; optional ones are absent.
    check(
        |body| replaced(body, is_enum, |_| vec![json!("")]),
        |variation, report| match report {
            Report::Decoded(Verdict { unknown, changed }) => {
                let is_required = may_be_required(&variation.body, &variation.pointer);
                unknown.is_empty()
                    && if is_required { changed.is_empty() } else { *changed == [variation.pointer.clone()] }
            }
            _ => false,
        },
    );
}

#[test]
fn a_list_instead_of_a_record_is_an_error() {
    let lists =
        |value: &Value| vec![Value::Array(value.as_object().into_iter().flat_map(Map::values).cloned().collect())];
    check(
        |body| {
            let is_object = |pointer: &str, value: &Value| {
                !pointer.is_empty() && value.as_object().is_some_and(|object| !object.is_empty())
            };
            replaced(body, is_object, lists)
        },
        |variation, report| matches!(report, Report::Undecoded { pointer, .. } if *pointer == variation.pointer),
    );
}

#[test]
fn times_decode_in_every_spelling() {
    let is_time =
        |pointer: &str, value: &Value| pointer.ends_with("_at") && value.is_string() && !is_map(parent(pointer));
    let spellings = ["2017-01-02T03:04:05Z", "2017-01-02T03:04:05.678901+03:00", "2017-01-02 03:04:05 -0700"];
    check(
        |body| replaced(body, is_time, |_| spellings.map(Value::from).to_vec()),
        |_, report| report.to_string() == "ok",
    );
    // A date becomes midnight, which is another value.
    let is_midnight = |variation: &Variation, report: &Report| match report {
        Report::Decoded(verdict) => verdict.changed == [variation.pointer.clone()],
        _ => false,
    };
    check(|body| replaced(body, is_time, |_| vec![json!("2017-01-02")]), is_midnight);
}

/// Checks the reports on all variations of all examples.
fn check(variations: impl Fn(&Value) -> Vec<Variation>, is_expected: impl Fn(&Variation, &Report) -> bool) {
    let mut failures = Vec::new();
    for example in &*EXAMPLES {
        for variation in variations(&example.body) {
            let report = response(&example.operation, variation.body.to_string().as_bytes());
            let report = report.unwrap_or_else(|| panic!("{} is an unknown operation", example.operation));
            if !is_expected(&variation, &report) {
                failures.push(format!("{}, {} {}: {report}", example.name, variation.pointer, variation.description));
            }
        }
    }
    assert!(failures.is_empty(), "{} failures:\n{}", failures.len(), failures.join("\n"));
}

/// Returns one variation for each selected value and each of its replacements.
fn replaced(
    body: &Value,
    selector: impl Fn(&str, &Value) -> bool,
    replacements: impl Fn(&Value) -> Vec<Value>,
) -> Vec<Variation> {
    let mut variations = Vec::new();
    for (pointer, value) in select(body, &selector) {
        for replacement in replacements(value) {
            let body = with(body, &pointer, Some(&replacement));
            variations.push(Variation { pointer: pointer.clone(), description: format!("as {replacement}"), body });
        }
    }
    variations
}

/// Returns other spellings of a number.
fn spellings(number: &Value) -> Vec<Value> {
    let text = number.to_string();
    let whole = text.strip_suffix(".0").unwrap_or(&text);
    let mut spellings = vec![json!(text), json!(whole)];
    if let Ok(integer) = whole.parse::<i64>() {
        spellings.extend([json!(integer), json!(format!("{whole}.0"))]);
        spellings.extend(serde_json::from_str::<Value>(&format!("{whole}.0")).ok());
    }
    spellings
}

/// Returns whether a pointer points to a field, rather than to a list item, a map entry or a part of the envelope.
fn is_field(body: &Value, pointer: &str) -> bool {
    let around = parent(pointer);
    pointer.starts_with("/result/") && body.pointer(around).is_some_and(Value::is_object) && !is_map(around)
}

/// Returns whether the bindings may require a field. A required field must identify its record or be the only object in a result.
fn may_be_required(body: &Value, pointer: &str) -> bool {
    let (record, field) = (name_of(parent(pointer)), pointer.rsplit('/').next().unwrap_or_default());
    match field {
        "type" | "code" | "short_url_code" | "identifier" | "uuid" => true,
        // Rewards from 2014 and offers from 2015 have no id, so the bindings must not require it.
        "id" => record != "offer" && !record.ends_with("reward") && !record.ends_with("rewards"),
        "claim_url" | "show_url" => record == "offer",
        "email" | "points_balance" => record == "loyalty_member",
        "action" | "asset" | "loyalty_member" | "offer" | "origin" | "person" | "share" if record == "result" => true,
        _ if record == "result" => is_only_object(body, pointer),
        _ => false,
    }
}

/// Returns whether a field is the only object in its record.
fn is_only_object(body: &Value, pointer: &str) -> bool {
    let around = body.pointer(parent(pointer)).and_then(Value::as_object);
    let objects = around.into_iter().flatten().filter(|(_, value)| value.is_object()).count();
    objects == 1 && body.pointer(pointer).is_some_and(Value::is_object)
}
