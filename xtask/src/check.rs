//! `cargo xtask check`: runs the checks, the cheapest first.
//!
//! A step whose tools are missing is skipped, or fails if `CI=true`.

mod bindings;
mod changed_documents;
mod clients;
mod constructs;
mod dependencies;
mod examples;
mod features;
mod fleet;
mod linters;
mod modules;
mod msrv;
mod outbox;
mod rack;
mod readers;
mod sandbox;
mod schemas;
mod semver;
mod tidy;

use std::time::Instant;

use lexopt::Arg;

use crate::command::{Command, Context, Failure, Result};
use crate::commands::{codegen, coverage};
use crate::tools::Cargo;

pub(crate) const COMMAND: Command = Command {
    name: "check",
    usage: "cargo xtask check [--integration] [STEP…]",
    about: "Runs the checks in order until one fails, and prints the time that each took. CI runs them without and with\n\
            --integration.\n\
            --integration  runs the steps that need a browser, Java, Node.js, PostgreSQL, Redis, Ruby, many packages from PyPI, or progenitor\n\
            STEP           runs only the named steps:\n\
            tidy, fmt, codegen, coverage, msrv, crates, deny, openapi, schemas, clippy, features, plain, corpus, constructs, docs,\n\
            test, todo, doctest, examples, publish; and from --integration: linters, semver, progenitor, rack, schemathesis,\n\
            browser, clients, backfill, outbox, fleet",
    run,
};

/// A step, with its name on the command line.
struct Step {
    name: &'static str,
    run: fn(&mut Context<'_>, &Cargo) -> Result,
}

/// The steps that run without `--integration`.
#[rustfmt::skip]
const STEPS: &[Step] = &[
    Step { name: "tidy", run: tidy::check },
    Step { name: "fmt", run: |_, cargo| cargo.run(&["fmt", "--all", "--check"]) },
    Step { name: "codegen", run: |context, _| codegen::check(context) },
    Step { name: "coverage", run: |context, _| coverage::check(context) },
    Step { name: "msrv", run: msrv::check },
    Step { name: "crates", run: dependencies::check },
    Step { name: "deny", run: readers::deny },
    Step { name: "openapi", run: readers::openapi_spec_validator },
    Step { name: "schemas", run: schemas::check },
    Step { name: "clippy", run: |_, cargo| cargo.run(&["clippy", "--quiet", "--workspace", "--all-targets", FEATURES, "--", "-D", "warnings"]) },
    Step { name: "features", run: features::check },
    Step { name: "plain", run: bindings::check_without_overlay },
    Step { name: "corpus", run: changed_documents::check },
    Step { name: "constructs", run: constructs::check },
    Step { name: "docs", run: |_, cargo| cargo.run(&["doc", "--quiet", "--workspace", "--no-deps", FEATURES]) },
    Step { name: "test", run: |_, cargo| cargo.run(&["test", "--workspace", "--all-targets", "--no-fail-fast", FEATURES]) },
    Step { name: "todo", run: |_, cargo| cargo.run(&["test", "--workspace", "--lib", "--tests", FEATURES, "--", "--ignored", MANUAL_WORK]) },
    Step { name: "doctest", run: |_, cargo| cargo.run(&["test", "--workspace", "--doc", FEATURES]) },
    Step { name: "examples", run: examples::check },
    // Builds each published crate from its package, in the order of their dependencies.
    Step { name: "publish", run: |_, cargo| cargo.run(&["publish", "--quiet", "--dry-run", "--workspace", "--allow-dirty"]) },
];

/// The steps that run with `--integration`.
const INTEGRATION: &[Step] = &[
    Step { name: "linters", run: linters::check },
    Step { name: "semver", run: semver::check },
    Step { name: "progenitor", run: readers::progenitor },
    Step { name: "rack", run: rack::check },
    Step { name: "schemathesis", run: sandbox::schemathesis },
    Step { name: "browser", run: sandbox::browser },
    Step { name: "clients", run: clients::check },
    Step { name: "backfill", run: examples::backfill },
    Step { name: "outbox", run: outbox::check },
    Step { name: "fleet", run: fleet::check },
];

/// The optional features that have code, tests or documentation. All steps for the whole workspace enable the same features, so
/// that they share one build of the dependencies. The `features` step checks the other combinations.
const FEATURES: &str = "--features=talkable-api/blocking,talkable-api/tracing,talkable-api/webhook-axum,talkable-outbox/inbox,talkable-cli/outbox";

/// The name prefix of the tests that list manual work after an import. Normal test runs ignore them, because a change to the
/// vendor's documents must not make a test fail.
const MANUAL_WORK: &str = "nothing_is_left";

fn run(parser: &mut lexopt::Parser, context: &mut Context<'_>) -> Result {
    let (mut steps, mut integration): (Vec<&Step>, bool) = (Vec::new(), false);
    while let Some(argument) = parser.next()? {
        match argument {
            Arg::Long("integration") => integration = true,
            Arg::Value(name) => match STEPS.iter().chain(INTEGRATION).find(|step| name == step.name) {
                Some(step) => steps.push(step),
                None => return Err(Failure::Usage(format!("there is no step `{}`", name.to_string_lossy()))),
            },
            other => return Err(other.unexpected().into()),
        }
    }
    if steps.is_empty() {
        steps.extend(if integration { INTEGRATION } else { STEPS });
    }
    run_steps(&steps, context)
}

fn run_steps(steps: &[&Step], context: &mut Context<'_>) -> Result {
    let cargo = Cargo::new(context.root);
    let started = Instant::now();
    let mut rows = Vec::new();
    let mut failed = None;
    for step in steps {
        if failed.is_some() {
            rows.push(format!("      -  {:<12} not run", step.name));
            continue;
        }
        context.announce(&format!("\n== {}", step.name))?;
        let step_started = Instant::now();
        let (result, failure) = result(step, (step.run)(context, &cargo));
        rows.push(format!("{:>7.1}  {:<12} {result}", step_started.elapsed().as_secs_f64(), step.name));
        failed = failure;
    }
    writeln!(context.out, "\nseconds  step\n{}", rows.join("\n"))?;
    writeln!(context.out, "{:>7.1}  total", started.elapsed().as_secs_f64())?;
    failed.map_or(Ok(()), Err)
}

/// Returns the result of a step as text for the table, and the failure to report after the table, if any.
fn result(step: &Step, outcome: Result) -> (String, Option<Failure>) {
    match outcome {
        Ok(()) => ("ok".to_owned(), None),
        Err(Failure::Skipped(reason)) => {
            let in_ci = std::env::var_os("CI").is_some_and(|value| value == "true");
            let failure =
                in_ci.then(|| Failure::new(format!("the `{}` step must not be skipped in CI: {reason}", step.name)));
            (format!("SKIPPED: {reason}"), failure)
        }
        Err(failure) => {
            ("FAILED".to_owned(), Some(failure.note(format!("to repeat this step: cargo xtask check {}", step.name))))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn help_lists_every_step() {
        for step in STEPS.iter().chain(INTEGRATION) {
            assert!(COMMAND.about.split([' ', ',', ';', '\n']).any(|word| word == step.name), "{}", step.name);
        }
    }
}
