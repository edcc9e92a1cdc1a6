//! `cargo xtask diff` on changed documents.
//!
//! A case is a folder in `fixtures/changes/`. `change.yaml` is an OpenAPI Overlay that turns the base into the changed document;
//! the base is `small.yaml` beside the folders, read without overlays, or one of those in `fixtures/base/` (`v2`, `webhooks`),
//! read with its overlay. `case.toml` was written before the first run. It holds the version step and the changes of each class,
//! or that the document is rejected. `expected.txt` holds the wording, and `UPDATE_EXPECTED=1` overwrites it; review it before you
//! commit. `CASE=name` selects one case.

mod case;
mod command;

use case::Bench;

use super::cases::{cases, failures};

#[test]
fn every_case_has_the_foreseen_changes() {
    let mut cases = cases("changes");
    assert!(cases.len() >= 25, "{} cases", cases.len());
    if let Ok(wanted) = std::env::var("CASE") {
        cases.retain(|case| case.ends_with(&wanted));
        assert!(!cases.is_empty(), "there is no case `{wanted}`");
    }
    let failures = failures(&cases, Bench::new, Bench::check);
    assert!(failures.is_empty(), "{} of {} cases:\n\n{}", failures.len(), cases.len(), failures.join("\n\n"));
}
