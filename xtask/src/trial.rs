//! A trial of what a command is about to write: a copy of the tree as it would be, which must compile and pass its tests.
//!
//! The copy and what cargo builds from it stay below the tree's own `target/update/`, so that the next trial builds only what
//! differs. Cargo takes the members of two copies of one workspace for the same, so the copy can share neither the build of the
//! tree itself nor, whatever `CARGO_TARGET_DIR` says, that of another tree's trial.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use crate::check::{Tools, run, write};
use crate::failure::Failure;
use crate::session::{Named, Session};
use crate::tree::{Plan, files_below, project_files};

/// Compiles the tree as the plan would leave it, and runs its tests.
pub(crate) fn trial(plan: &Plan, session: &mut Session<'_>) -> Result<(), Failure> {
    let tools = Tools::new(session.root);
    let folder = session.root.join("target/update");
    let copy = folder.join("tree");
    assemble(plan, session, &copy)?;
    for (arguments, doing, fails) in [
        (&["--no-run"][..], "compiles", "the tree with the new bindings doesn't compile"),
        (&["--no-fail-fast"], "passes its tests", "the tree with the new bindings fails its tests"),
    ] {
        writeln!(session.out, "trying     whether the tree with the new bindings {doing}")?;
        session.out.flush()?;
        let mut cargo = tools.cargo_command();
        cargo.current_dir(&copy).env("CARGO_TARGET_DIR", folder.join("target"));
        cargo.args(["test", "--quiet", "--workspace", "--locked"]).args(arguments);
        run(&mut cargo, "cargo test").map_err(|_| {
            let cure = "what cargo says stands above; let what is written by hand fit, or take the document in by \
                        `--untested` and mend the tree then";
            let error = codegen::Error::new(format!("{fails}; every file is as it was"));
            error.note(format!("the tree that was tried is in {}", shown(&copy, session.root))).cure(cure)
        })?;
    }
    Ok(())
}

fn shown(path: &Path, root: &Path) -> String {
    path.strip_prefix(root).unwrap_or(path).display().to_string()
}

/// Makes the copy what the plan would make of the tree.
fn assemble(plan: &Plan, session: &Session<'_>, copy: &Path) -> Result<(), Failure> {
    let mut wanted: BTreeMap<PathBuf, Vec<u8>> = BTreeMap::new();
    for file in project_files(session.root)? {
        wanted.insert(place(&file, session.root)?, file.read()?);
    }
    for (file, new) in plan.files() {
        let place = place(file, session.root)?;
        match new {
            Some(new) => wanted.insert(place, new.to_vec()),
            None => wanted.remove(&place),
        };
    }
    let folder = Named { path: copy.to_owned(), name: shown(copy, session.root) };
    for old in files_below(&folder)? {
        if !wanted.contains_key(&place(&old, copy)?) {
            fs::remove_file(&old.path)?;
        }
    }
    for (place, bytes) in wanted {
        write(&copy.join(place), bytes)?;
    }
    Ok(())
}

/// Where a file lies in the tree.
fn place(file: &Named, root: &Path) -> Result<PathBuf, Failure> {
    let inside = file.path.strip_prefix(root);
    inside.map(Path::to_owned).map_err(|_| Failure::Failed(format!("{}: lies outside of the tree", file.name)))
}
