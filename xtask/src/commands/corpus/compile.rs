//! Compiles generated code in a copy of the `talkable-api` crate.

use std::collections::BTreeMap;
use std::fs;
use std::time::Instant;

use serde_json::Value;

use super::RESULTS;
use crate::command::{Context, Failure, Result};
use crate::inputs::{GENERATED, MANIFEST};
use crate::tools::Cargo;
use crate::workspace::{File, replace_feature_block, write_if_changed};

/// Compiles the code in the `store` folder, and adds the outcome to the result. Saves the compiler's errors in the same folder.
pub(super) fn run(store: &File, result: &mut Value, context: &Context<'_>) -> Result {
    let tree = context.file(&format!("{RESULTS}/tree"));
    assemble(store, &tree, context)?;
    let started = Instant::now();
    let cargo = Cargo { root: tree.path, target: context.root.join(RESULTS).join("target") };
    let mut command = cargo.command();
    command.args(["check", "--quiet", "--offline", "--package", "talkable-api", "--lib"]);
    let output = command.output().map_err(Failure::io("cargo", "cannot be started"))?;
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

/// Updates the copy of the workspace to contain the generated code of one document.
fn assemble(store: &File, tree: &File, context: &Context<'_>) -> Result {
    let mut wanted = BTreeMap::new();
    for file in context.root().files_below()?.into_iter().filter(|file| !file.name.starts_with(GENERATED)) {
        let content = match file.name.as_str() {
            MANIFEST => replace_feature_block(&file, &store.join("features").read_text()?)?.into_bytes(),
            _ => file.read()?,
        };
        wanted.insert(file.name, content);
    }
    let prefix = format!("{}/generated/", store.name);
    for file in store.join("generated").files_below()? {
        let name = file.name.strip_prefix(&prefix).unwrap_or(&file.name);
        wanted.insert(format!("{GENERATED}/{name}"), file.read()?);
    }
    let prefix = format!("{}/", tree.name);
    for old in tree.files_below()? {
        if !old.name.strip_prefix(&prefix).is_some_and(|name| wanted.contains_key(name)) {
            fs::remove_file(&old.path).map_err(Failure::io(&old.name, "cannot be removed"))?;
        }
    }
    wanted.into_iter().try_for_each(|(name, content)| write_if_changed(&tree.path.join(name), content))
}
