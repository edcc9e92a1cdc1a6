//! Tests payloads from various years and sources. `fixtures/conform/expected.tsv` contains the expected reports.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Map, Value};
use talkable_tests::conform::program::{operations, request, response, webhook, webhooks};
use talkable_tests::conform::report::Report;

/// A row of `expected.tsv`.
struct Row {
    kind: String,
    operation: String,
    case: String,
    expected: String,
}

impl Row {
    fn path(&self) -> PathBuf {
        let file = if self.case.contains('.') { self.case.clone() } else { format!("{}.json", self.case) };
        folder().join(&self.operation).join(file)
    }

    /// Returns the report, or `None` if the document no longer has the operation.
    fn report(&self) -> Option<Report> {
        let body = fs::read(self.path()).unwrap_or_else(|error| panic!("{}: {error}", self.path().display()));
        let judge = match self.kind.as_str() {
            "request" => request,
            "webhook" => webhook,
            _ => response,
        };
        operations()
            .chain(webhooks())
            .any(|name| name == self.operation)
            .then(|| judge(&self.operation, &body).unwrap_or_else(|| panic!("{} has no {}", self.operation, self.kind)))
    }
}

#[test]
fn every_fixture_has_the_expected_report() {
    let failures: Vec<String> = rows()
        .iter()
        .filter_map(|row| {
            let report = row.report()?.to_string();
            // For a decoding failure, the table contains the pointer without the reason.
            let as_expected = match row.expected.strip_suffix(": ") {
                Some(start) => report.starts_with(&format!("{start}: ")),
                None => report == row.expected,
            };
            (!as_expected).then(|| format!("{}/{}: {report}\n    expected: {}", row.operation, row.case, row.expected))
        })
        .collect();
    assert!(failures.is_empty(), "{} failures:\n{}", failures.len(), failures.join("\n"));
}

/// Operations that the overlay doesn't name are new, and need no fixtures yet.
#[test]
fn every_operation_has_fixtures_and_every_fixture_a_row() {
    let rows = rows();
    let listed: BTreeSet<PathBuf> = rows.iter().map(Row::path).collect();
    assert_eq!(listed.len(), rows.len(), "a fixture has more than one row");
    assert_eq!(files(), listed);
    let known = known();
    assert!(known.len() > 20, "{known:?}");
    let of_kind = |kind: &str| -> BTreeSet<&str> {
        rows.iter().filter(|row| row.kind == kind).map(|row| row.operation.as_str()).collect()
    };
    let without = |kind: &str, takes: &dyn Fn(&str) -> bool| -> Vec<&String> {
        let listed = of_kind(kind);
        known.iter().filter(|name| takes(name) && !listed.contains(name.as_str())).collect()
    };
    assert_eq!(without("response", &|_| true), [""; 0]);
    assert_eq!(without("request", &|name| request(name, b"{}").is_some()), [""; 0]);
    let (listed, kinds) = (of_kind("webhook"), known_kinds());
    assert!(kinds.len() > 5, "{kinds:?}");
    let without: Vec<&String> = kinds.iter().filter(|name| !listed.contains(name.as_str())).collect();
    assert_eq!(without, [""; 0], "a webhook has no fixture");
}

/// Returns the operations that have a name in the overlay.
fn known() -> BTreeSet<String> {
    ids("spec/talkable.yaml", |operation| operation.contains_key("x-method"))
}

/// Returns the webhooks that have a summary, which is in the overlay.
fn known_kinds() -> BTreeSet<String> {
    ids("spec/webhooks.yaml", |operation| operation.contains_key("summary"))
}

/// Returns the ids of the selected operations in a complete description.
fn ids(name: &str, is_selected: impl Fn(&Map<String, Value>) -> bool) -> BTreeSet<String> {
    let bytes = fs::read(talkable_tests::workspace().join(name));
    let document =
        codegen::load(name, &bytes.expect("the complete description can be read")).expect("the description is YAML");
    let operations = codegen::openapi::walk::operations(&document.value)
        .into_iter()
        .filter(|(.., operation)| is_selected(operation));
    operations.filter_map(|(.., operation)| Some(operation.get("operationId")?.as_str()?.to_owned())).collect()
}

fn rows() -> Vec<Row> {
    let table = fs::read_to_string(folder().join("expected.tsv")).expect("the table can be read");
    let row = |line: &str| {
        let mut columns = line.split('\t').map(str::to_owned);
        let mut column = || columns.next().unwrap_or_else(|| panic!("a row needs four columns: {line}"));
        Row { kind: column(), operation: column(), case: column(), expected: column() }
    };
    table.lines().skip(1).map(row).collect()
}

fn files() -> BTreeSet<PathBuf> {
    let entries = |path: &Path| -> Vec<PathBuf> {
        fs::read_dir(path).expect("the folder exists").map(|entry| entry.expect("the entry exists").path()).collect()
    };
    entries(&folder()).iter().filter(|path| path.is_dir()).flat_map(|path| entries(path)).collect()
}

fn folder() -> PathBuf {
    talkable_tests::workspace().join("tests/fixtures/conform")
}
