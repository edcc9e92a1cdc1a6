//! The benchmark of throttling. It depends on the generated crate, so this command only starts it.

use crate::context::Context;
use crate::terminal::Failure;
use crate::tools::{cargo, hand_over};

pub(super) fn run(parser: &mut lexopt::Parser, context: &mut Context<'_>) -> Result<(), Failure> {
    context.out.flush()?;
    let mut program = cargo();
    program.args(["bench", "--quiet", "--package", "talkable-tests", "--bench", "throttle", "--"]);
    hand_over(program.args(parser.raw_args()?).current_dir(context.root))
}
