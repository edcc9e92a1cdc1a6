//! The shapes of other years and sources, one file each: `fixtures/conform/expected.tsv` says what is told of them.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use talkable_tests::conform::program::{operations, request, response, webhook, webhooks};
use talkable_tests::conform::report::Report;

/// A line of the table.
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

    fn report(&self) -> Report {
        let body = fs::read(self.path()).unwrap_or_else(|error| panic!("{}: {error}", self.path().display()));
        let judge = match self.kind.as_str() {
            "request" => request,
            "webhook" => webhook,
            _ => response,
        };
        judge(&self.operation, &body).unwrap_or_else(|| panic!("{} takes no {}", self.operation, self.kind))
    }
}

#[test]
fn every_fixture_is_judged_as_the_table_says() {
    let offenders: Vec<String> = rows()
        .iter()
        .filter_map(|row| {
            let report = row.report().to_string();
            // The reason why something doesn't decode is for people; the table has only the place.
            let as_expected = match row.expected.strip_suffix(": ") {
                Some(start) => report.starts_with(&format!("{start}: ")),
                None => report == row.expected,
            };
            (!as_expected).then(|| format!("{}/{}: {report}\n    expected: {}", row.operation, row.case, row.expected))
        })
        .collect();
    assert!(offenders.is_empty(), "{} offenders:\n{}", offenders.len(), offenders.join("\n"));
}

#[test]
fn every_operation_has_fixtures_and_every_fixture_a_row() {
    let rows = rows();
    let listed: BTreeSet<PathBuf> = rows.iter().map(Row::path).collect();
    assert_eq!(listed.len(), rows.len(), "a fixture is listed twice");
    assert_eq!(files(), listed);
    let of_kind = |kind: &str| -> BTreeSet<String> {
        rows.iter().filter(|row| row.kind == kind).map(|row| row.operation.clone()).collect()
    };
    assert_eq!(of_kind("response"), operations().map(str::to_owned).collect());
    let with_body: BTreeSet<String> =
        operations().filter(|name| request(name, b"{}").is_some()).map(str::to_owned).collect();
    assert_eq!(of_kind("request"), with_body);
    assert_eq!(of_kind("webhook"), webhooks().map(str::to_owned).collect());
}

fn rows() -> Vec<Row> {
    let table = fs::read_to_string(folder().join("expected.tsv")).expect("the table can be read");
    let row = |line: &str| {
        let mut columns = line.split('\t').map(str::to_owned);
        let mut column = || columns.next().unwrap_or_else(|| panic!("four columns: {line}"));
        Row { kind: column(), operation: column(), case: column(), expected: column() }
    };
    table.lines().skip(1).map(row).collect()
}

fn files() -> BTreeSet<PathBuf> {
    let entries = |path: &Path| -> Vec<PathBuf> {
        fs::read_dir(path).expect("a folder").map(|entry| entry.expect("an entry").path()).collect()
    };
    entries(&folder()).iter().filter(|path| path.is_dir()).flat_map(|path| entries(path)).collect()
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/conform")
}
