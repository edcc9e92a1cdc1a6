//! `cargo xtask diff` on changed documents.
//!
//! A case is a folder in `fixtures/changes/`. `change.yaml` is an OpenAPI Overlay that turns the base into the changed document. The
//! base is `fixtures/changes/small.yaml`, used without overlays, or a document in `fixtures/base/` (`v2`, `webhooks`), used with its
//! overlay. `case.toml` was written before the first run; it contains the version step and the changes of each class, or states that
//! the document is rejected. `expected.txt` contains the wording. `UPDATE_EXPECTED=1` overwrites it; review it before committing.
//! `CASE=name` selects a case.

mod case;
mod command;

use case::CaseRunner;

use super::cases::{cases, failures};

#[test]
fn every_case_has_the_expected_changes() {
    let mut cases = cases("changes");
    assert!(cases.len() >= 25, "{} cases", cases.len());
    if let Ok(name) = std::env::var("CASE") {
        cases.retain(|case| case.ends_with(&name));
        assert!(!cases.is_empty(), "no case `{name}`");
    }
    let failures = failures(&cases, CaseRunner::new, CaseRunner::check);
    assert!(failures.is_empty(), "{} of {} cases:\n\n{}", failures.len(), cases.len(), failures.join("\n\n"));
}
