//! `cargo xtask conform`: checks recorded responses and webhooks against the bindings.
//!
//! The command starts a separate program, because xtask must not depend on the bindings.

use lexopt::Arg;

use crate::command::{Command, Context, Failure, Result};
use crate::tools::{cargo, hand_over};

pub(crate) const COMMAND: Command = Command {
    name: "conform",
    usage: "cargo xtask conform OPERATION FILE… [--request]",
    about: "Checks that the bindings decode each FILE, a recorded response of OPERATION, without losing data.\n\
            OPERATION can be a webhook such as reward. FILE is then a form, a JSON delivery, or only the payload.\n\
            --request  reads each FILE as a request body",
    run,
};

fn run(parser: &mut lexopt::Parser, context: &mut Context<'_>) -> Result {
    let (mut values, mut request) = (Vec::new(), false);
    while let Some(argument) = parser.next()? {
        match argument {
            Arg::Long("request") => request = true,
            Arg::Value(value) => values.push(value),
            other => return Err(other.unexpected().into()),
        }
    }
    if values.len() < 2 {
        return Err(Failure::Usage("OPERATION and at least one FILE are required".to_owned()));
    }
    context.out.flush()?;
    let mut program = cargo();
    program.args(["run", "--quiet", "--package", "talkable-tests", "--bin", "conform", "--manifest-path"]);
    program.arg(context.root.join("Cargo.toml")).arg("--").args(values).args(request.then_some("--request"));
    hand_over(program.current_dir(context.current))
}
