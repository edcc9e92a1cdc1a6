//! Compiles generated code with the runtime of `talkable-api`.

use std::path::PathBuf;
use std::process::Command as Process;
use std::time::Instant;

use serde_json::Value;

use super::RESULTS;
use crate::command::{Context, Failure, Result};
use crate::runtime_copy::{write_bindings, write_runtime, write_workspace};
use crate::tools::Cargo;
use crate::workspace::{File, write_if_changed};

/// The package with the generated code of one document at a time.
pub(super) const PACKAGE: &str = "talkable-api-corpus";

/// Returns a cargo command in the workspace of the package. All documents share its target directory.
pub(super) fn cargo(arguments: &[&str], context: &Context<'_>) -> Process {
    let cargo = Cargo { root: workspace(context), target: context.root.join(RESULTS).join("target") };
    let mut command = cargo.command();
    command.args(arguments).args(["--quiet", "--offline", "--package", PACKAGE]);
    command
}

/// Compiles the package, and adds the outcome to the result. Saves the compiler's errors in the `store` folder.
pub(super) fn run(store: &File, result: &mut Value, context: &Context<'_>) -> Result {
    let started = Instant::now();
    let output = cargo(&["check", "--lib"], context).output().map_err(Failure::io("cargo", "cannot be started"))?;
    result["compile_seconds"] = started.elapsed().as_secs_f64().into();
    result["compiles"] = "yes".into();
    if !output.status.success() {
        let errors = String::from_utf8_lossy(&output.stderr);
        let first = errors.lines().find(|line| line.starts_with("error")).unwrap_or("no message");
        result["compiles"] = format!("no: {first}").into();
        write_if_changed(&store.path.join("errors.txt"), errors.as_bytes())?;
    }
    Ok(())
}

/// Writes the package with the generated code in the `store` folder. Returns the folder of the package.
pub(super) fn write(store: &File, context: &Context<'_>) -> Result<PathBuf> {
    write_workspace(context, &[PACKAGE], &workspace(context))?;
    let package = workspace(context).join(PACKAGE);
    write_runtime(context, &store.join("features").read_text()?, PACKAGE, &package)?;
    let prefix = format!("{}/generated/", store.name);
    let mut bindings = Vec::new();
    for file in store.join("generated").files_below()? {
        bindings.push((file.name.strip_prefix(&prefix).unwrap_or(&file.name).to_owned(), file.read()?));
    }
    write_bindings(&package, bindings.iter().map(|(path, text)| (path.as_str(), text.as_slice())))?;
    Ok(package)
}

fn workspace(context: &Context<'_>) -> PathBuf {
    context.root.join(RESULTS).join("workspace")
}
