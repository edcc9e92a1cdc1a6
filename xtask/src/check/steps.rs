//! The steps of `cargo xtask check`.

use super::{bindings, changed_documents, dependencies, features, msrv, readers, sandbox, tidy};
use crate::command::{Context, Result};
use crate::commands::{codegen, coverage};
use crate::tools::Cargo;

/// A step, with its name on the command line.
pub(super) struct Step {
    pub(super) name: &'static str,
    pub(super) run: fn(&mut Context<'_>, &Cargo) -> Result,
}

/// The steps that run without `--integration`.
#[rustfmt::skip]
pub(super) const STEPS: &[Step] = &[
    Step { name: "tidy", run: tidy::check },
    Step { name: "fmt", run: |_, cargo| cargo.run(&["fmt", "--all", "--check"]) },
    Step { name: "codegen", run: |context, _| codegen::check(context) },
    Step { name: "coverage", run: |context, _| coverage::check(context) },
    Step { name: "msrv", run: msrv::check },
    Step { name: "crates", run: dependencies::check },
    Step { name: "deny", run: readers::deny },
    Step { name: "openapi", run: readers::openapi_spec_validator },
    Step { name: "clippy", run: |_, cargo| cargo.run(&["clippy", "--quiet", "--workspace", "--all-targets", FEATURES, "--", "-D", "warnings"]) },
    Step { name: "features", run: features::check },
    Step { name: "plain", run: bindings::check_without_overlay },
    Step { name: "corpus", run: changed_documents::check },
    Step { name: "docs", run: |_, cargo| cargo.run(&["doc", "--quiet", "--workspace", "--no-deps", FEATURES]) },
    Step { name: "test", run: |_, cargo| cargo.run(&["test", "--workspace", "--all-targets", "--no-fail-fast", FEATURES]) },
    Step { name: "todo", run: |_, cargo| cargo.run(&["test", "--workspace", "--lib", "--tests", FEATURES, "--", "--ignored", MANUAL_WORK]) },
    Step { name: "doctest", run: |_, cargo| cargo.run(&["test", "--workspace", "--doc", FEATURES]) },
    // Also builds the packaged crate, outside the workspace.
    Step { name: "package", run: |_, cargo| cargo.run(&["package", "--quiet", "--package", "talkable-api", "--allow-dirty"]) },
];

/// The steps that run with `--integration`.
pub(super) const INTEGRATION: &[Step] = &[
    Step { name: "progenitor", run: readers::progenitor },
    Step { name: "schemathesis", run: sandbox::schemathesis },
    Step { name: "browser", run: sandbox::browser },
];

/// The optional features that have code, tests or documentation. All steps for the whole workspace enable the same features, so
/// that they share one build of the dependencies. The `features` step checks the other combinations.
const FEATURES: &str = "--features=talkable-api/blocking,talkable-api/tracing,talkable-api/webhook-axum";

/// The name prefix of the tests that list manual work after an import. Normal test runs ignore them, because a change to the
/// vendor's documents must not make a test fail.
const MANUAL_WORK: &str = "nothing_is_left";
