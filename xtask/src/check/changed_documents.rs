//! The bindings of the changed documents in `tests/fixtures/changes/` compile.
//!
//! All of them are members of one workspace and share one build of the dependencies. Equal bindings are compiled once.

use std::collections::BTreeMap;

use codegen::{Inputs, Output, Published, Source, generate, load, overlay, to_yaml};

use super::bindings::{write_package, write_workspace};
use crate::context::Context;
use crate::inputs::{EMPTY_OVERLAY, Files, Options};
use crate::terminal::Failure;
use crate::tools::{Cargo, run};
use crate::workspace::folders_in;

const CASES: &str = "tests/fixtures/changes";
const BASE: &str = "tests/fixtures/base";

pub(super) fn check(context: &mut Context<'_>, cargo: &Cargo) -> Result<(), Failure> {
    let files = Files::read(&Options::default(), context)?;
    let mut cases = BTreeMap::new();
    for name in folders_in(&context.root.join(CASES))? {
        let case = context.file(&format!("{CASES}/{name}/case.toml")).read_text()?;
        // A test of the commands shows that these documents are refused.
        if !case.lines().any(|line| line == "refused = true") {
            let base = case.lines().find_map(|line| line.strip_prefix("base = ")).unwrap_or_default();
            let base = base.trim_matches('"').to_owned();
            let output = bindings(&name, &base, &files.inputs(), context)?;
            let text: String = output.files.iter().map(|file| format!("{}\n{}", file.path, file.text)).collect();
            cases.entry(text).or_insert((name, base, output));
        }
    }
    context.announce(&format!("{} different bindings", cases.len()))?;
    let folder = cargo.target().join("check/corpus");
    let members: Vec<&str> = cases.values().map(|(name, ..)| name.as_str()).collect();
    write_workspace(context, &members, &folder)?;
    for (name, _, output) in cases.values() {
        write_package(context, output, name, &folder)?;
    }
    // The small document does not change the webhooks, and compiling them each time would take longer than everything else.
    for (feature, small) in [("serialize", true), ("conform", false)] {
        let mut command = cargo.command();
        command.args(["check", "--quiet", "--features", feature]).current_dir(&folder);
        for (name, ..) in cases.values().filter(|(_, base, _)| (base == "small") == small) {
            command.args(["--package", name]);
        }
        run(&mut command)?;
    }
    Ok(())
}

/// The bindings of a case. The small document has an empty overlay, the others the overlay that the tests start from.
fn bindings(name: &str, base: &str, inputs: &Inputs<'_>, context: &Context<'_>) -> Result<Output, Failure> {
    let (base, known) = if base == "small" {
        (format!("{CASES}/small.yaml"), EMPTY_OVERLAY.bytes.to_vec())
    } else {
        (format!("{BASE}/published/{base}.yaml"), context.file(&format!("{BASE}/overlay/{base}.yaml")).read()?)
    };
    let change = context.file(&format!("{CASES}/{name}/change.yaml"));
    let old = context.file(&base).read()?;
    let mut document = load(&base, &old)?;
    overlay(&mut document, &load(&change.name, &change.read()?)?)?;
    let changed = to_yaml(&document.value)?;
    let document = Source { name: &change.name, bytes: changed.as_bytes() };
    let transcription = Source { name: &base, bytes: &old };
    let overlay = Source { name: "the overlay of the case", bytes: &known };
    let published = Published { document, transcription, overlay };
    Ok(generate(&if base.ends_with("webhooks.yaml") {
        Inputs { webhooks: published, ..*inputs }
    } else {
        Inputs { v2: published, ..*inputs }
    })?)
}
