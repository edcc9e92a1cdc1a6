//! `cargo xtask conform`: checks recorded responses and webhooks against the bindings.
//!
//! The program that checks them depends on the generated crate, which this one must not. This command only starts it.

use lexopt::Arg;

use crate::command::Command;
use crate::context::Context;
use crate::terminal::Failure;
use crate::tools::{cargo, hand_over};

pub(crate) const COMMAND: Command = Command {
    name: "conform",
    usage: "cargo xtask conform OPERATION FILE… [--request]",
    about: "Checks that the bindings decode the recorded response of OPERATION in each FILE without losing data.\n\
            OPERATION may be a webhook, such as reward; its FILE is a form, a JSON delivery, or the payload alone.\n\
            --request  the files are request bodies",
    run,
};

fn run(parser: &mut lexopt::Parser, context: &mut Context<'_>) -> Result<(), Failure> {
    let (mut values, mut request) = (Vec::new(), false);
    while let Some(argument) = parser.next()? {
        match argument {
            Arg::Long("request") => request = true,
            Arg::Value(value) => values.push(value),
            other => return Err(other.unexpected().into()),
        }
    }
    if values.len() < 2 {
        return Err(Failure::Usage("an operation and at least one file are needed".to_owned()));
    }
    context.out.flush()?;
    let mut program = cargo();
    program.args(["run", "--quiet", "--package", "talkable-tests", "--bin", "conform", "--manifest-path"]);
    program.arg(context.root.join("Cargo.toml")).arg("--").args(values).args(request.then_some("--request"));
    hand_over(program.current_dir(context.current))
}
