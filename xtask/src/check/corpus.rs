//! What the changed documents of `tests/fixtures/changes/` give compiles, whatever the vendor may do.
//!
//! All of them are members of one workspace, so that they share one build of what they depend on. Those that give the same
//! bindings are compiled once.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use ::codegen::{Inputs, Output, Published, Source, generate, load, overlay, to_yaml};

use super::Outcome;
use super::plain::{NOTHING_KNOWN, package, text, workspace};
use super::tools::{Tools, run};
use crate::codegen::{Files, Options};
use crate::failure::Failure;
use crate::session::Session;

const CASES: &str = "tests/fixtures/changes";
const BASE: &str = "tests/fixtures/base";

pub(super) fn compiles(session: &mut Session<'_>, tools: &Tools) -> Result<Outcome, Failure> {
    let files = Files::read(&Options::default(), session)?;
    let mut cases = BTreeMap::new();
    for name in names(&session.root.join(CASES))? {
        let about = text(session, &format!("{CASES}/{name}/case.toml"))?;
        // The suite sees to it that these are refused.
        if !about.lines().any(|line| line == "refused = true") {
            let base = about.lines().find_map(|line| line.strip_prefix("base = ")).unwrap_or_default();
            let base = base.trim_matches('"').to_owned();
            let output = bindings(&name, &base, &files.inputs(), session)?;
            let same: String = output.files.iter().map(|file| format!("{}\n{}", file.path, file.text)).collect();
            cases.entry(same).or_insert((name, base, output));
        }
    }
    writeln!(session.out, "{} different bindings", cases.len())?;
    session.out.flush()?;
    let folder = tools.target().join("check").join("corpus");
    let members: Vec<&str> = cases.values().map(|(name, ..)| name.as_str()).collect();
    workspace(session, &members, &folder)?;
    for (name, _, output) in cases.values() {
        package(session, output, name, &folder)?;
    }
    // The small document changes nothing about webhooks, and compiling theirs each time would take longer than all the rest.
    for (feature, is_small) in [("serialize", true), ("conform", false)] {
        let mut command = tools.cargo_command();
        command.args(["check", "--quiet", "--features", feature]).current_dir(&folder);
        for (name, ..) in cases.values().filter(|(_, base, _)| (base == "small") == is_small) {
            command.args(["--package", name]);
        }
        run(&mut command, "cargo check of the bindings of changed documents")?;
    }
    Ok(Outcome::Passed)
}

/// The folders of the cases.
fn names(folder: &Path) -> Result<Vec<String>, Failure> {
    let mut names = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if entry.path().is_dir() {
            names.push(entry.file_name().to_string_lossy().into_owned());
        }
    }
    names.sort();
    Ok(names)
}

/// The bindings of a case: of a document that the tests start from, or of the small one with an overlay that knows nothing.
fn bindings(name: &str, base: &str, inputs: &Inputs<'_>, session: &Session<'_>) -> Result<Output, Failure> {
    let (base, known) = if base == "small" {
        (format!("{CASES}/small.yaml"), NOTHING_KNOWN.to_vec())
    } else {
        (format!("{BASE}/published/{base}.yaml"), session.own(&format!("{BASE}/overlay/{base}.yaml")).read()?)
    };
    let change = format!("{CASES}/{name}/change.yaml");
    let old = text(session, &base)?;
    let mut document = load(&base, old.as_bytes())?;
    overlay(&mut document, &load(&change, text(session, &change)?.as_bytes())?)?;
    let changed = to_yaml(&document.value)?;
    let document = Source { name: &change, bytes: changed.as_bytes() };
    let transcription = Source { name: &base, bytes: old.as_bytes() };
    let overlay = Source { name: "the overlay of the case", bytes: &known };
    let published = Published { document, transcription, overlay };
    Ok(generate(&if base.ends_with("webhooks.yaml") {
        Inputs { webhooks: published, ..*inputs }
    } else {
        Inputs { v2: published, ..*inputs }
    })?)
}
