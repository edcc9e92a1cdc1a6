//! `cargo xtask check`: runs the checks, the cheapest first.
//!
//! A step whose tools are missing is skipped, or fails if `CI=true`.

mod bindings;
mod changed_documents;
mod dependencies;
mod features;
mod modules;
mod msrv;
mod readers;
mod sandbox;
mod steps;
mod tidy;

use std::time::Instant;

use lexopt::Arg;

use self::steps::{INTEGRATION, STEPS, Step};
use crate::command::{Command, Context, Failure, Result};
use crate::tools::Cargo;

pub(crate) const COMMAND: Command = Command {
    name: "check",
    usage: "cargo xtask check [--integration] [STEP…]",
    about: "Runs the checks in order until one fails, and prints the time that each took. CI runs them without and with\n\
            --integration.\n\
            --integration  runs the steps that need a browser, many packages from PyPI, or progenitor\n\
            STEP           runs only the named steps:\n\
            tidy, fmt, codegen, coverage, msrv, crates, deny, openapi, clippy, features, plain, corpus, docs, test, todo,\n\
            doctest, package; and from --integration: progenitor, schemathesis, browser",
    run,
};

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
                in_ci.then(|| Failure::new(format!("the step `{}` must not be skipped in CI: {reason}", step.name)));
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
