//! `cargo xtask explain`: the origin of one operation.

use lexopt::{Arg, ValueExt};

use crate::command::Command;
use crate::context::Context;
use crate::inputs::{Files, GENERATED, Options};
use crate::terminal::Failure;

pub(crate) const COMMAND: Command = Command {
    name: "explain",
    usage: "cargo xtask explain OPERATION",
    about: "Explains the origin of OPERATION, an operationId or a method and a path: its repairs, examples and overlay actions,\n\
            the reasons for its names, its retry class and its optional fields, and the files of its method and types.",
    run,
};

fn run(parser: &mut lexopt::Parser, context: &mut Context<'_>) -> Result<(), Failure> {
    let mut words = Vec::new();
    while let Some(argument) = parser.next()? {
        match argument {
            // A method and its path may come as two arguments.
            Arg::Value(value) if words.len() < 2 => words.push(value.string()?),
            other => return Err(other.unexpected().into()),
        }
    }
    if words.is_empty() {
        return Err(Failure::Usage("the operation is missing".to_owned()));
    }
    let files = Files::read(&Options::default(), context)?;
    let text = ::codegen::explain(&files.inputs(), &words.join(" "), GENERATED)?;
    context.out.write_all(text.as_bytes())?;
    Ok(())
}
