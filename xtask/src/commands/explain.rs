//! `cargo xtask explain`: explains how the bindings of an operation were generated.

use lexopt::{Arg, ValueExt};

use crate::command::{Command, Context, Failure, Result};
use crate::inputs::{Files, GENERATED, Options};

pub(crate) const COMMAND: Command = Command {
    name: "explain",
    usage: "cargo xtask explain OPERATION [--published FILE] [--webhooks FILE] [--overlay FILE|none]",
    about: "Explains how the bindings of OPERATION, an operationId or a method and a path, were generated: its repairs, examples\n\
            and overlay actions, the reasons for its names, retry class and optional fields, and the generated files.\n\
            --published FILE  reads the vendor's API document from FILE\n\
            --webhooks FILE   reads the vendor's webhooks document from FILE\n\
            --overlay FILE    reads the overlay of the API document from FILE; `none` is an empty overlay",
    run,
};

fn run(parser: &mut lexopt::Parser, context: &mut Context<'_>) -> Result {
    let (mut words, mut options) = (Vec::new(), Options::default());
    while let Some(argument) = parser.next()? {
        match argument {
            Arg::Long("published") => options.published = Some(parser.value()?.into()),
            Arg::Long("webhooks") => options.webhooks = Some(parser.value()?.into()),
            Arg::Long("overlay") => options.overlay = Some(parser.value()?.into()),
            // The HTTP method and the path can be separate arguments.
            Arg::Value(value) if words.len() < 2 => words.push(value.string()?),
            other => return Err(other.unexpected().into()),
        }
    }
    if words.is_empty() {
        return Err(Failure::Usage("OPERATION is missing".to_owned()));
    }
    let files = Files::read(&options, context)?;
    let text = ::codegen::explain(&files.inputs(), &words.join(" "), GENERATED)?;
    context.out.write_all(text.as_bytes())?;
    Ok(())
}
