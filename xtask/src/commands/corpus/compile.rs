//! Compiles generated code in a copy of the `talkable-api` crate.

use std::fs;
use std::time::Instant;

use serde_json::Value;

use super::RESULTS;
use crate::context::Context;
use crate::inputs::GENERATED;
use crate::terminal::Failure;
use crate::tools::Cargo;
use crate::workspace::{File, files_below, project_files, replace_feature_block, write_if_changed};

/// Compiles the code in the folder `store`, and adds the outcome to the result. Code that doesn't compile is kept in `store`.
pub(super) fn run(store: &File, result: &mut Value, context: &mut Context<'_>) -> Result<(), Failure> {
    let tree = context.file(&format!("{RESULTS}/tree"));
    assemble(store, &tree, context)?;
    let started = Instant::now();
    let mut cargo = Cargo::new(context.root).command();
    cargo.current_dir(&tree.path).env("CARGO_TARGET_DIR", context.file(&format!("{RESULTS}/target")).path);
    cargo.args(["check", "--quiet", "--offline", "--package", "talkable-api", "--lib"]);
    let output = cargo.output().map_err(|error| Failure::io("cargo", "cannot be started", &error))?;
    result["compile_seconds"] = started.elapsed().as_secs_f64().into();
    if output.status.success() {
        result["compiles"] = "yes".into();
    } else {
        let errors = String::from_utf8_lossy(&output.stderr).into_owned();
        let first = errors.lines().find(|line| line.starts_with("error")).unwrap_or("no message").to_owned();
        write_if_changed(&store.path.join("errors.txt"), &errors)?;
        result["compiles"] = format!("no: {first}").into();
    }
    Ok(())
}

/// Updates the copy of the workspace to contain the generated code of one document.
fn assemble(store: &File, tree: &File, context: &Context<'_>) -> Result<(), Failure> {
    let generated = files_below(&context.file(&format!("{}/generated", store.name)))?;
    let copied = tree.path.join(GENERATED);
    for old in files_below(&File { path: copied.clone(), name: GENERATED.to_owned() })? {
        let relative = old.path.strip_prefix(&copied).unwrap_or(&old.path);
        if !store.path.join("generated").join(relative).exists() {
            fs::remove_file(&old.path).map_err(|error| Failure::io(&old.name, "cannot be removed", &error))?;
        }
    }
    for file in generated {
        let relative = file.path.strip_prefix(store.path.join("generated")).unwrap_or(&file.path);
        write_if_changed(&copied.join(relative), file.read()?)?;
    }
    let mut manifest = None;
    for file in project_files(context.root)?.into_iter().filter(|file| !file.name.starts_with(GENERATED)) {
        if file.name == "talkable-api/Cargo.toml" {
            manifest = Some(file);
        } else {
            write_if_changed(&tree.path.join(&file.name), file.read()?)?;
        }
    }
    let Some(manifest) = manifest else { return Ok(()) };
    let features = File { path: store.path.join("features"), name: "features".to_owned() };
    let text = replace_feature_block(&manifest, &features.read_text()?)?;
    write_if_changed(&tree.path.join(&manifest.name), text)
}
