//! Compiles and tests a copy of the tree with the changes of a plan.
//!
//! The copy and its build output stay in `target/update/`, so that the next trial builds only the differences. The copy has its own
//! target directory, because cargo does not distinguish the packages of two copies of a workspace.

use std::collections::BTreeMap;
use std::fs;

use crate::command::{Context, Failure, Result};
use crate::tools::Cargo;
use crate::workspace::{File, Plan, write_if_changed};

const FOLDER: &str = "target/update";

/// Compiles the changed tree and runs its tests.
pub(super) fn run(plan: &Plan, context: &mut Context<'_>) -> Result {
    let copy = context.file(&format!("{FOLDER}/tree"));
    assemble(plan, context, &copy)?;
    let cargo = Cargo { root: copy.path.clone(), target: context.root.join(FOLDER).join("target") };
    for (argument, attempt, failure) in [
        ("--no-run", "compiling", "the tree with the new bindings does not compile"),
        ("--no-fail-fast", "testing", "the tree with the new bindings fails its tests"),
    ] {
        context.announce(&format!("{attempt:<10} the tree with the new bindings"))?;
        cargo.run(&["test", "--quiet", "--workspace", "--locked", argument]).map_err(|_| {
            Failure::new(format!("{failure}; no file was changed"))
                .note(format!("the copy of the tree is in {}", copy.name))
                .help("fix the hand-written code, or import with `--untested` and fix it afterwards")
        })?;
    }
    Ok(())
}

/// Updates `copy` to match the tree with the planned changes.
fn assemble(plan: &Plan, context: &Context<'_>, copy: &File) -> Result {
    let mut wanted: BTreeMap<String, Vec<u8>> = BTreeMap::new();
    for file in context.root().files_below()? {
        let content = file.read()?;
        wanted.insert(file.name, content);
    }
    for (file, new) in plan.files() {
        match new {
            Some(new) => wanted.insert(file.name.clone(), new.as_bytes().to_vec()),
            None => wanted.remove(&file.name),
        };
    }
    let prefix = format!("{}/", copy.name);
    for old in copy.files_below()? {
        if !old.name.strip_prefix(&prefix).is_some_and(|name| wanted.contains_key(name)) {
            fs::remove_file(&old.path).map_err(Failure::io(&old.name, "cannot be removed"))?;
        }
    }
    wanted.into_iter().try_for_each(|(name, content)| write_if_changed(&copy.path.join(name), content))
}
