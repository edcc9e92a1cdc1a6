//! The values that each kind of field accepts, as listed in `decoding.md`.

use serde_json::{Map, Value};
use talkable_api_constructs::__private::whole_body;
use talkable_api_constructs::decoding::types::*;

const TABLE: &str = include_str!("decoding.md");

/// A row of the table: a kind of field, a value, and the outcomes if the field is required and if it is optional.
struct Row {
    kind: &'static str,
    value: &'static str,
    outcomes: [&'static str; 2],
}

fn rows() -> Vec<Row> {
    let rows = TABLE.lines().filter(|line| line.starts_with('|')).skip(2).map(|line| {
        let cells: Vec<_> = line.trim_matches('|').split(" | ").map(|cell| cell.trim().trim_matches('`')).collect();
        let [kind, value, required, optional] = cells[..] else { panic!("expected four cells: {line}") };
        Row { kind, value, outcomes: [required, optional] }
    });
    rows.collect()
}

/// Returns a record in which every field has the value in the first row for its kind.
fn valid(rows: &[Row]) -> Map<String, Value> {
    let mut record = Map::new();
    for row in rows {
        record.entry(row.kind).or_insert_with(|| serde_json::from_str(row.value).unwrap());
    }
    record
}

/// Decodes a response with a value in a field, and returns the field as JSON, or the location of the error.
fn outcome(record: &str, row: &Row, mut fields: Map<String, Value>) -> String {
    match row.value {
        "missing" => drop(fields.remove(row.kind)),
        value => drop(fields.insert(row.kind.to_owned(), serde_json::from_str(value).unwrap())),
    }
    let body = format!("{{\"{record}\":{}}}", Value::Object(fields));
    match whole_body::<KindsResult>(body.as_bytes()) {
        Ok(result) => serde_json::to_value(result).unwrap()[record][row.kind].to_string(),
        Err((pointer, reason)) => {
            assert!(!reason.is_empty());
            let pointer = pointer.strip_prefix(&format!("/{record}")).unwrap();
            let below = pointer.strip_prefix(&format!("/{}", row.kind));
            format!("error {}", below.map_or_else(|| format!("..{pointer}"), str::to_owned)).trim_end().to_owned()
        }
    }
}

#[test]
fn every_kind_of_field_accepts_the_listed_values() {
    let rows = rows();
    let mut failures = Vec::new();
    for row in &rows {
        for (record, expected) in ["required", "optional"].into_iter().zip(row.outcomes) {
            if expected == "n/a" {
                continue;
            }
            let mut fields = valid(&rows);
            if record == "required" {
                fields.remove("record_or_empty");
            }
            let found = outcome(record, row, fields);
            if found != expected {
                failures.push(format!("{record} {} {}: {found}, not {expected}", row.kind, row.value));
            }
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
fn a_list_is_never_a_record() {
    for body in [r#"[{"x":1},{"x":2}]"#, r#"{"required":[1]}"#, r#"{"optional":{"record":[1,2]}}"#] {
        let found = serde_json::from_str::<KindsResult>(body);
        found.expect_err(body);
    }
    serde_json::from_str::<Point>("[1,2]").unwrap_err();
}
