//! Tests which operations are idempotent: all reads and some writes.

use std::collections::BTreeSet;

use codegen::openapi::walk::operations;
use codegen::{Output, load};

use super::{WITH_OVERLAY, WITHOUT_OVERLAY};
use crate::read;

/// The idempotent writes.
const SAFE: [&str; 6] =
    ["createEvent", "createPurchase", "createVisitor", "unsubscribePerson", "updateLoyaltyMember", "updatePerson"];

/// Returns the ids of the document's operations: first the reads, then the writes.
fn published() -> (BTreeSet<String>, BTreeSet<String>) {
    let document = load("v2.yaml", &read("spec/published/v2.yaml")).expect("the document is YAML");
    let (mut reads, mut writes) = (BTreeSet::new(), BTreeSet::new());
    for (pointer, .., operation) in operations(&document.value) {
        let id = operation.get("operationId").and_then(|id| id.as_str()).unwrap_or_default().to_owned();
        if pointer.ends_with("/get") {
            reads.insert(id)
        } else {
            writes.insert(id)
        };
    }
    (reads, writes)
}

/// Returns the ids of the operations that the bindings declare as idempotent: first the reads, then the writes.
fn safe(output: &Output) -> (BTreeSet<String>, BTreeSet<String>) {
    let code: String = output.files.iter().flat_map(|file| file.text.split_whitespace()).collect();
    let (mut reads, mut writes) = (BTreeSet::new(), BTreeSet::new());
    for declared in code.split("Operation::new(\"").skip(1).filter_map(|rest| rest.split(';').next()) {
        let id = declared.split('"').next().unwrap_or_default().to_owned();
        match (declared.contains("Method::GET"), declared.ends_with(".idempotent()")) {
            (true, true) => drop(reads.insert(id)),
            (true, false) => panic!("{id} is a read, but is not declared as idempotent"),
            (false, true) => drop(writes.insert(id)),
            (false, false) => {}
        }
    }
    (reads, writes)
}

#[test]
fn only_idempotent_operations_are_retried() {
    let (reads, writes) = published();
    let expected = SAFE.map(str::to_owned).into_iter().filter(|id| writes.contains(id)).collect();
    assert_eq!(safe(&WITH_OVERLAY), (reads, expected));
}

#[test]
fn only_reads_are_retried_without_the_overlay() {
    assert_eq!(safe(&WITHOUT_OVERLAY), (published().0, BTreeSet::new()));
}
