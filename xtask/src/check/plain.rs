//! What the pipeline makes of the document alone compiles as well: without the overlay, names are plainer, and that is all.

use std::fs;
use std::path::Path;

use ::codegen::{Inputs, Output, Published, Source, generate};

use super::Outcome;
use super::outside::write;
use super::tools::{Tools, run};
use crate::codegen::{Files, Options};
use crate::failure::Failure;
use crate::features;
use crate::session::Session;

pub(super) const NOTHING_KNOWN: &[u8] =
    b"overlay: 1.0.0\ninfo: {title: Nothing is known, version: 1.0.0}\nactions: []\n";

/// Another name than the crate's, or cargo would take one for the other: both are built in one folder.
const PACKAGE: &str = "talkable-api-plain";

pub(super) fn compiles_without_the_overlay(session: &mut Session<'_>, tools: &Tools) -> Result<Outcome, Failure> {
    let files = Files::read(&Options::default(), session)?;
    let inputs = files.inputs();
    let overlay = Source { name: "an empty overlay", bytes: NOTHING_KNOWN };
    let output = generate(&Inputs { v2: Published { overlay, ..inputs.v2 }, ..inputs })?;
    writeln!(session.out, "{} types without the overlay", output.report.types)?;
    session.out.flush()?;
    let folder = tools.target().join("check").join("plain");
    assemble(session, &output, &folder)?;
    run(
        tools
            .cargo_command()
            .args(["check", "--quiet", "--package", PACKAGE, "--features", "conform"])
            .current_dir(&folder),
        "cargo check of the bindings without the overlay",
    )
}

/// Puts a crate together from our runtime and other bindings, in a workspace like ours.
fn assemble(session: &Session<'_>, output: &Output, folder: &Path) -> Result<(), Failure> {
    workspace(session, &[PACKAGE], folder)?;
    package(session, output, PACKAGE, folder)
}

/// Makes a workspace like ours, with other members.
pub(super) fn workspace(session: &Session<'_>, members: &[&str], folder: &Path) -> Result<(), Failure> {
    let manifest = text(session, "Cargo.toml")?;
    let own = |line: &str| line.starts_with("members = ");
    let line = format!("members = {members:?}");
    let lines: Vec<&str> = manifest.lines().map(|given| if own(given) { line.as_str() } else { given }).collect();
    write(&folder.join("Cargo.toml"), lines.join("\n"))?;
    write(&folder.join("Cargo.lock"), text(session, "Cargo.lock")?)
}

/// Makes a member of such a workspace, from our runtime and other bindings.
pub(super) fn package(session: &Session<'_>, output: &Output, name: &str, folder: &Path) -> Result<(), Failure> {
    let manifest = features::replace_block(&session.own("talkable-api/Cargo.toml"), &output.features)?;
    let package = folder.join(name);
    write(&package.join("Cargo.toml"), manifest.replace("name = \"talkable-api\"", &format!("name = {name:?}")))?;
    write(&package.join("README.md"), text(session, "talkable-api/README.md")?)?;
    // The manifest names the examples, so cargo wants to see them, though nothing here builds them.
    for folder in ["src", "examples"] {
        copy(&session.root.join("talkable-api").join(folder), &package.join(folder))?;
    }
    let generated = package.join("src").join("generated");
    // What an earlier run left there may be gone from these bindings.
    if generated.exists() {
        fs::remove_dir_all(&generated)?;
    }
    output.files.iter().try_for_each(|file| write(&generated.join(&file.path), &file.text))
}

pub(super) fn text(session: &Session<'_>, name: &str) -> Result<String, Failure> {
    let bytes = session.own(name).read()?;
    String::from_utf8(bytes).map_err(|_| Failure::Failed(format!("{name}: is not UTF-8 text")))
}

/// Copies a folder's files, those aside that are generated.
fn copy(from: &Path, to: &Path) -> Result<(), Failure> {
    for entry in fs::read_dir(from)? {
        let path = entry?.path();
        let Some(name) = path.file_name().filter(|name| *name != "generated") else { continue };
        if path.is_dir() {
            copy(&path, &to.join(name))?;
        } else {
            write(&to.join(name), fs::read(&path)?)?;
        }
    }
    Ok(())
}
