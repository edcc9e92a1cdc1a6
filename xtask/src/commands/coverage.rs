//! `cargo xtask coverage`: checks that the bindings use every element of the published documents.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use ::codegen::report::coverage::{Coverage, Element, ElementKind, Usage};
use lexopt::Arg;

use crate::command::{Command, Context, Failure, Result};
use crate::inputs::{Files, Options};
use crate::terminal;

pub(crate) const COMMAND: Command = Command {
    name: "coverage",
    usage: "cargo xtask coverage [--published FILE] [--overlay FILE|none] [--all]",
    about: "Counts the operations, parameters, responses, fields and examples of the published documents that the bindings use, and\n\
            those that are left out, by reason. Fails if an element is unused without a recorded reason.\n\
            --published FILE  reads this file instead of spec/published/v2.yaml\n\
            --overlay FILE    reads the overlay of the API document from FILE; `none` is an empty overlay\n\
            --all             lists how each element is used, or why it is left out",
    run,
};

fn run(parser: &mut lexopt::Parser, context: &mut Context<'_>) -> Result {
    let (mut options, mut all) = (Options::default(), false);
    while let Some(argument) = parser.next()? {
        match argument {
            Arg::Long("published") => options.published = Some(parser.value()?.into()),
            Arg::Long("overlay") => options.overlay = Some(parser.value()?.into()),
            Arg::Long("all") => all = true,
            other => return Err(other.unexpected().into()),
        }
    }
    let coverage = ::codegen::coverage(&Files::read(&options, context)?.inputs())?;
    if all {
        for element in &coverage.elements {
            context.out.write_all(line(element).as_bytes())?;
        }
    }
    finish(coverage, context)
}

/// Runs the `coverage` step of `cargo xtask check`.
pub(crate) fn check(context: &mut Context<'_>) -> Result {
    finish(::codegen::coverage(&Files::read(&Options::default(), context)?.inputs())?, context)
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

fn finish(coverage: Coverage, context: &mut Context<'_>) -> Result {
    context.out.write_all(summary(&coverage).as_bytes())?;
    if coverage.errors.is_empty() { Ok(()) } else { Err(Failure::Refused(coverage.errors)) }
}

/// Lists the unused elements, and counts all elements by kind and by reason.
fn summary(coverage: &Coverage) -> String {
    let unused = coverage.elements.iter().filter(|element| element.usage == Usage::Unused);
    let mut text: String = unused.map(line).collect();
    for (kind, plural) in ElementKind::ALL {
        let (mut used, mut left_out, mut unused) = (0, 0, 0);
        let mut reasons: BTreeMap<String, usize> = BTreeMap::new();
        for element in coverage.elements.iter().filter(|element| element.kind == kind) {
            match &element.usage {
                Usage::Used(_) => used += 1,
                Usage::LeftOut(reason) => {
                    left_out += 1;
                    *reasons.entry(terminal::kind(reason)).or_default() += 1;
                }
                Usage::Unused => unused += 1,
            }
        }
        let _ = writeln!(text, "{plural:<26}{used:>6} used {left_out:>6} left out {unused:>6} unused");
        let mut reasons: Vec<_> = reasons.into_iter().collect();
        reasons.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
        for (reason, count) in reasons {
            let _ = writeln!(text, "    {count:>6} {reason}");
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use ::codegen::Location;

    use super::*;

    #[test]
    fn lists_unused_elements_before_the_totals() {
        let element = |name: &str, usage| Element {
            kind: ElementKind::Parameter,
            location: Location { file: "a.yaml".to_owned(), line: Some(7), pointer: None },
            owner: "find".to_owned(),
            name: name.to_owned(),
            usage,
        };
        let left_out = |name: &str| element(name, Usage::LeftOut(format!("the parameter `{name}` is left out")));
        let elements = vec![left_out("a"), left_out("b"), element("c", Usage::Unused)];
        let text = summary(&Coverage { elements, errors: Vec::new() });
        assert!(text.starts_with("a.yaml:7: parameter find c: UNUSED\noperations "), "{text}");
        let counts = "parameters                     0 used      2 left out      1 unused\n         2 the parameter `…` is left out\n";
        assert!(text.contains(counts), "{text}");
    }
}
