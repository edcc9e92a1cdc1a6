//! `cargo xtask check`: all that CI runs, in CI's order, the cheap steps first.
//!
//! A step that needs a tool from elsewhere is skipped where the tool cannot be had. With `CI=true` that is a failure.

use std::time::Instant;

use lexopt::Arg;

use crate::failure::Failure;
use crate::session::Session;
use crate::{Command, codegen, coverage, explain, tidy};

mod corpus;
mod crates;
mod outside;
mod package;
mod plain;
mod sandbox;
mod tools;

pub(crate) use outside::write;
pub(crate) use tools::{Tools, run};

pub(crate) const COMMAND: Command = Command {
    name: "check",
    usage: "cargo xtask check [STEP…]",
    about: "Runs all that CI runs, in CI's order, and stops at the first failure; or only the steps that are named.",
    run: start,
};

/// How a step ended, if it did not fail.
pub(crate) enum Outcome {
    Passed,
    Skipped(String),
}

struct Step {
    name: &'static str,
    run: fn(&mut Session<'_>, &Tools) -> Result<Outcome, Failure>,
}

const STEPS: &[Step] = &[
    Step { name: "tidy", run: |session, _| tidy::check(session).map(|()| Outcome::Passed) },
    Step { name: "fmt", run: |_, tools| tools.cargo(&["fmt", "--all", "--check"]) },
    Step { name: "codegen", run: |session, _| codegen::check(session).map(|()| Outcome::Passed) },
    Step { name: "coverage", run: |session, _| coverage::check(session).map(|()| Outcome::Passed) },
    Step { name: "msrv", run: |session, tools| package::msrv(session, tools) },
    Step { name: "crates", run: |session, tools| crates::accounted_for(session, tools) },
    Step { name: "deny", run: |_, tools| outside::deny(tools) },
    Step { name: "openapi", run: |_, tools| outside::openapi_spec_validator(tools) },
    Step {
        name: "clippy",
        run: |_, tools| tools.cargo(&["clippy", "--quiet", "--workspace", "--all-targets", OPTIONS]),
    },
    Step { name: "features", run: |session, tools| feature_sets(session, tools) },
    Step { name: "plain", run: |session, tools| plain::compiles_without_the_overlay(session, tools) },
    Step { name: "corpus", run: |session, tools| corpus::compiles(session, tools) },
    Step { name: "progenitor", run: |session, tools| outside::progenitor(session, tools) },
    Step { name: "docs", run: |_, tools| tools.cargo(&["doc", "--quiet", "--workspace", "--no-deps", OPTIONS]) },
    Step {
        name: "test",
        run: |_, tools| tools.cargo(&["test", "--workspace", "--all-targets", "--no-fail-fast", OPTIONS]),
    },
    Step {
        name: "left",
        run: |_, tools| tools.cargo(&["test", "--workspace", "--lib", "--tests", OPTIONS, "--", "--ignored", LEFT]),
    },
    Step { name: "doc tests", run: |_, tools| tools.cargo(&["test", "--workspace", "--doc", OPTIONS]) },
    Step { name: "schemathesis", run: |_, tools| sandbox::schemathesis(tools) },
    Step { name: "browser", run: |_, tools| sandbox::browser(tools) },
    Step { name: "package", run: |session, tools| package::package(session, tools) },
];

/// What is off by default and has code, tests and documentation of its own. All steps over the whole workspace turn the same on, so
/// that one build of the dependencies serves them. That nothing needs these is the step `features`.
const OPTIONS: &str = "--features=talkable-api/blocking,talkable-api/tracing,talkable-api/webhook-axum";

/// How the names of the tests begin that ask for what is left to do by hand once a changed document was taken in. They are ignored
/// elsewhere: no document of the vendor's may make a test fail before.
const LEFT: &str = "nothing_is_left";

/// The sets of features that users of the crate build with, beside the default one.
const FEATURE_SETS: &[&[&str]] = &[
    &["--no-default-features"],
    &["--no-default-features", "--features", "resources,native-tls"],
    &["--no-default-features", "--features", "resources,rustls-no-provider"],
    &["--features", "serialize"],
    &["--features", "blocking"],
    &["--features", "tracing"],
    &["--no-default-features", "--features", "webhooks"],
    &["--features", "webhook-axum"],
    &["--features", "conform"],
];

fn start(parser: &mut lexopt::Parser, session: &mut Session<'_>) -> Result<(), Failure> {
    let mut chosen = Vec::new();
    while let Some(argument) = parser.next()? {
        match argument {
            Arg::Short('h') | Arg::Long("help") => return help(session),
            Arg::Value(name) => match STEPS.iter().find(|step| name == step.name) {
                Some(step) => chosen.push(step),
                None => return Err(Failure::Usage(format!("there is no step `{}`", name.to_string_lossy()))),
            },
            other => return Err(other.unexpected().into()),
        }
    }
    if chosen.is_empty() {
        chosen.extend(STEPS);
    }
    run_steps(&chosen, session)
}

fn help(session: &mut Session<'_>) -> Result<(), Failure> {
    explain(&COMMAND, session)?;
    let names: Vec<&str> = STEPS.iter().map(|step| step.name).collect();
    writeln!(session.out, "The steps: {}", names.join(", "))?;
    Ok(())
}

fn run_steps(steps: &[&Step], session: &mut Session<'_>) -> Result<(), Failure> {
    let tools = Tools::new(session.root);
    let strict = std::env::var_os("CI").is_some_and(|value| value == "true");
    let mut rows = Vec::new();
    let mut failed = None;
    for step in steps {
        if failed.is_some() {
            rows.push(format!("      -  {:<12} not run", step.name));
            continue;
        }
        writeln!(session.out, "\n== {}", step.name)?;
        session.out.flush()?;
        let started = Instant::now();
        let (word, failure) = match (step.run)(session, &tools) {
            Ok(Outcome::Passed) => ("ok".to_owned(), None),
            Ok(Outcome::Skipped(reason)) => {
                let failure =
                    strict.then(|| Failure::Failed(format!("{} can't be skipped in CI: {reason}", step.name)));
                (format!("SKIPPED: {reason}"), failure)
            }
            Err(failure) => ("FAILED".to_owned(), Some(failure)),
        };
        rows.push(format!("{:>7.1}  {:<12} {word}", started.elapsed().as_secs_f64(), step.name));
        failed = failure;
    }
    writeln!(session.out, "\nseconds  step\n{}", rows.join("\n"))?;
    writeln!(session.out, "{:>7.1}  in all", tools.seconds())?;
    failed.map_or(Ok(()), Err)
}

fn feature_sets(session: &mut Session<'_>, tools: &Tools) -> Result<Outcome, Failure> {
    for set in FEATURE_SETS {
        // Without pkg-config and OpenSSL's headers, the system's TLS library cannot be bound.
        if set.iter().any(|word| word.contains("native-tls")) && !tools.runs("pkg-config", &["--exists", "openssl"]) {
            return Ok(Outcome::Skipped("native-tls needs pkg-config and OpenSSL's headers (libssl-dev)".to_owned()));
        }
        writeln!(session.out, "talkable-api {}", set.join(" "))?;
        session.out.flush()?;
        let mut arguments = vec!["clippy", "--quiet", "--package", "talkable-api", "--lib"];
        arguments.extend_from_slice(set);
        tools.cargo(&arguments)?;
    }
    Ok(Outcome::Passed)
}
