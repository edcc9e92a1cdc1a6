//! `cargo xtask coverage`: checks that the bindings use every element of the published documents.

use ::codegen::report::coverage::{Coverage, Element, ElementKind, Usage};
use lexopt::Arg;

use crate::command::{Command, Context, Failure, Result};
use crate::inputs::{Files, Options};

pub(crate) const COMMAND: Command = Command {
    name: "coverage",
    usage: "cargo xtask coverage [--left-out]",
    about: "Lists how each operation, parameter, field and example of the published documents is used, or why it is left out.\n\
            Fails if an element is unused without a recorded reason.\n\
            --left-out  lists only the unused elements",
    run,
};

fn run(parser: &mut lexopt::Parser, context: &mut Context<'_>) -> Result {
    let mut only_unused = false;
    while let Some(argument) = parser.next()? {
        match argument {
            Arg::Long("left-out") => only_unused = true,
            other => return Err(other.unexpected().into()),
        }
    }
    let coverage = coverage(context)?;
    for element in &coverage.elements {
        if !only_unused || !matches!(element.usage, Usage::Used(_)) {
            context.out.write_all(line(element).as_bytes())?;
        }
    }
    finish(coverage, context)
}

/// Runs the `coverage` step of `cargo xtask check`.
pub(crate) fn check(context: &mut Context<'_>) -> Result {
    finish(coverage(context)?, context)
}

fn coverage(context: &Context<'_>) -> Result<Coverage> {
    let files = Files::read(&Options::default(), context)?;
    Ok(::codegen::coverage(&files.inputs())?)
}

fn line(element: &Element) -> String {
    let usage = match &element.usage {
        Usage::Used(used) => format!("used: {used}"),
        Usage::LeftOut(reason) => format!("left out: {reason}"),
        Usage::Unused => "UNUSED".to_owned(),
    };
    let line = element.location.line.map(|line| format!(":{line}")).unwrap_or_default();
    format!("{}{line}: {element}: {usage}\n", element.location.file)
}

/// Prints the totals, and fails if an element is unused without a recorded reason.
fn finish(coverage: Coverage, context: &mut Context<'_>) -> Result {
    for (kind, plural) in ElementKind::ALL {
        let elements = coverage.elements.iter().filter(|element| element.kind == kind);
        let (mut used, mut left_out, mut unused) = (0, 0, 0);
        for element in elements {
            *match element.usage {
                Usage::Used(_) => &mut used,
                Usage::LeftOut(_) => &mut left_out,
                Usage::Unused => &mut unused,
            } += 1;
        }
        writeln!(context.out, "{plural:<26}{used:>6} used {left_out:>6} left out {unused:>6} unused")?;
    }
    if coverage.errors.is_empty() { Ok(()) } else { Err(Failure::Refused(coverage.errors)) }
}
