//! Tests `cargo xtask diff` on changed documents.
//!
//! Each folder in `fixtures/changes/` is a case. Its `change.yaml` is an OpenAPI Overlay that turns a base document into a
//! changed document. The base is `fixtures/changes/small.yaml`, used without an overlay, or a document in `fixtures/base/`
//! (`v2` or `webhooks`), used with its overlay.
//!
//! `case.toml` is written by hand before the first run. It lists the version bump and the changes of each class.
//! `expected.txt` contains the expected output.
//!
//! Set `UPDATE_EXPECTED=1` to overwrite `expected.txt`, and review the difference before committing. Set `CASE=name` to run a
//! single case.

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
        assert!(!cases.is_empty(), "there is no case `{name}`");
    }
    let failures = failures(&cases, CaseRunner::new, CaseRunner::check);
    assert!(failures.is_empty(), "{} of {} cases:\n\n{}", failures.len(), cases.len(), failures.join("\n\n"));
}
