//! The steps of `cargo xtask check`.

use self::Run::{Cargo, Check};
use super::{bindings, changed_documents, dependencies, features, msrv, readers, sandbox, tidy};
use crate::command::{Context, Result};
use crate::commands::{codegen, coverage};
use crate::tools;

/// The steps that run without `--integration`.
#[rustfmt::skip]
pub(super) const STEPS: &[Step] = &[
    Step { name: "tidy", run: Check(tidy::check) },
    Step { name: "fmt", run: Cargo(&["fmt", "--all", "--check"]) },
    Step { name: "codegen", run: Check(|context, _| codegen::check(context)) },
    Step { name: "coverage", run: Check(|context, _| coverage::check(context)) },
    Step { name: "msrv", run: Check(msrv::check) },
    Step { name: "crates", run: Check(dependencies::check) },
    Step { name: "deny", run: Check(readers::deny) },
    Step { name: "openapi", run: Check(readers::openapi_spec_validator) },
    Step {
        name: "clippy",
        run: Cargo(&["clippy", "--quiet", "--workspace", "--all-targets", FEATURES, "--", "-D", "warnings"]),
    },
    Step { name: "features", run: Check(features::check) },
    Step { name: "plain", run: Check(bindings::check_without_overlay) },
    Step { name: "corpus", run: Check(changed_documents::check) },
    Step { name: "docs", run: Cargo(&["doc", "--quiet", "--workspace", "--no-deps", FEATURES]) },
    Step { name: "test", run: Cargo(&["test", "--workspace", "--all-targets", "--no-fail-fast", FEATURES]) },
    Step { name: "todo", run: Cargo(&["test", "--workspace", "--lib", "--tests", FEATURES, "--", "--ignored", MANUAL_WORK]) },
    Step { name: "doctest", run: Cargo(&["test", "--workspace", "--doc", FEATURES]) },
    // Also builds the packaged crate, outside the workspace.
    Step { name: "package", run: Cargo(&["package", "--quiet", "--package", "talkable-api", "--allow-dirty"]) },
];

/// The steps that run with `--integration`.
pub(super) const INTEGRATION: &[Step] = &[
    Step { name: "progenitor", run: Check(readers::progenitor) },
    Step { name: "schemathesis", run: Check(sandbox::schemathesis) },
    Step { name: "browser", run: Check(sandbox::browser) },
];

/// The optional features that have code, tests or documentation. All steps for the whole workspace enable the same features, so
/// that they share one build of the dependencies. The `features` step checks the other combinations.
const FEATURES: &str = "--features=talkable-api/blocking,talkable-api/tracing,talkable-api/webhook-axum";

/// The name prefix of the tests that list manual work after an import. Normal test runs ignore them, because a change to the
/// vendor's documents must not make a test fail.
const MANUAL_WORK: &str = "nothing_is_left";

/// A step, with its name on the command line.
pub(super) struct Step {
    pub(super) name: &'static str,
    run: Run,
}

/// The action of a step.
enum Run {
    Cargo(&'static [&'static str]),
    Check(fn(&mut Context<'_>, &tools::Cargo) -> Result),
}

impl Step {
    pub(super) fn run(&self, context: &mut Context<'_>, cargo: &tools::Cargo) -> Result {
        match self.run {
            Cargo(arguments) => cargo.run(arguments),
            Check(check) => check(context, cargo),
        }
    }
}
