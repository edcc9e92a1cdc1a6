//! Compiles the runtime of `talkable-api` with bindings other than the committed ones.

use codegen::{Inputs, Published, generate};

use crate::command::{Context, Result};
use crate::inputs::{EMPTY_OVERLAY, Files, Options};
use crate::runtime_copy::{write_package, write_workspace};
use crate::tools::Cargo;

/// The name of the copied package. It must differ from `talkable-api`, because the copy and the original share a target
/// directory.
const PACKAGE: &str = "talkable-api-plain";

/// Checks that the bindings compile if they are generated without the overlay.
pub(super) fn check_without_overlay(context: &mut Context<'_>, cargo: &Cargo) -> Result {
    let files = Files::read(&Options::default(), context)?;
    let inputs = files.inputs();
    let output = generate(&Inputs { v2: Published { overlay: EMPTY_OVERLAY, ..inputs.v2 }, ..inputs })?;
    context.announce(&format!("generated {} types without the overlay", output.report.types))?;
    let folder = cargo.target.join("check/plain");
    write_workspace(context, &[PACKAGE], &folder)?;
    write_package(context, &output, PACKAGE, &folder)?;
    cargo.in_folder(&folder).run(&["check", "--quiet", "--package", PACKAGE, "--features", "serialize,webhooks"])
}
