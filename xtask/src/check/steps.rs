//! The list of steps.

use super::step::{Outcome, Step};
use super::{bindings, changed_documents, dependencies, features, msrv, readers, sandbox, tidy};
use crate::commands::{codegen, coverage};

/// The steps of `cargo xtask check`.
pub(super) const STEPS: &[Step] = &[
    Step { name: "tidy", run: |context, _| tidy::check(context).map(Outcome::passed) },
    Step { name: "fmt", run: |_, cargo| cargo.run(&["fmt", "--all", "--check"]).map(Outcome::passed) },
    Step { name: "codegen", run: |context, _| codegen::check(context).map(Outcome::passed) },
    Step { name: "coverage", run: |context, _| coverage::check(context).map(Outcome::passed) },
    Step { name: "msrv", run: |context, cargo| msrv::check(context, cargo).map(Outcome::passed) },
    Step { name: "crates", run: |context, cargo| dependencies::check(context, cargo).map(Outcome::passed) },
    Step { name: "deny", run: |_, cargo| readers::deny(cargo) },
    Step { name: "openapi", run: |_, cargo| readers::openapi_spec_validator(cargo) },
    Step {
        name: "clippy",
        run: |_, cargo| {
            let clippy = ["clippy", "--quiet", "--workspace", "--all-targets", FEATURES, "--", "-D", "warnings"];
            cargo.run(&clippy).map(Outcome::passed)
        },
    },
    Step { name: "features", run: features::check },
    Step { name: "plain", run: |context, cargo| bindings::check_without_overlay(context, cargo).map(Outcome::passed) },
    Step { name: "corpus", run: |context, cargo| changed_documents::check(context, cargo).map(Outcome::passed) },
    Step {
        name: "docs",
        run: |_, cargo| cargo.run(&["doc", "--quiet", "--workspace", "--no-deps", FEATURES]).map(Outcome::passed),
    },
    Step {
        name: "test",
        run: |_, cargo| {
            let test = ["test", "--workspace", "--all-targets", "--no-fail-fast", FEATURES];
            cargo.run(&test).map(Outcome::passed)
        },
    },
    Step {
        name: "todo",
        run: |_, cargo| {
            let test = ["test", "--workspace", "--lib", "--tests", FEATURES, "--", "--ignored", LEFT_TO_DO];
            cargo.run(&test).map(Outcome::passed)
        },
    },
    Step {
        name: "doctest",
        run: |_, cargo| cargo.run(&["test", "--workspace", "--doc", FEATURES]).map(Outcome::passed),
    },
    // Cargo unpacks the package and builds it out of reach of the workspace.
    Step {
        name: "package",
        run: |_, cargo| {
            let package = ["package", "--quiet", "--package", "talkable-api", "--allow-dirty"];
            cargo.run(&package).map(Outcome::passed)
        },
    },
];

/// The steps of `cargo xtask check --integration`.
pub(super) const INTEGRATION: &[Step] = &[
    Step { name: "progenitor", run: |context, cargo| readers::progenitor(context, cargo).map(Outcome::passed) },
    Step { name: "schemathesis", run: |_, cargo| sandbox::schemathesis(cargo) },
    Step { name: "browser", run: |_, cargo| sandbox::browser(cargo) },
];

/// Features that are off by default and have code, tests and documentation. All steps over the whole workspace turn on the same
/// ones, so that they share one build of the dependencies. The step `features` shows that nothing needs them.
const FEATURES: &str = "--features=talkable-api/blocking,talkable-api/tracing,talkable-api/webhook-axum";

/// The prefix of the tests that list what is to be done by hand after a document was taken in. All other runs ignore them, because
/// a change of the vendor's must not make a test fail.
const LEFT_TO_DO: &str = "nothing_is_left";
