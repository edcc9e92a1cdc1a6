//! Compiles the bindings of the changed documents in `tests/fixtures/changes/`.
//!
//! Compiling the runtime takes most of the time. Therefore identical bindings are compiled only once, and the bindings of all
//! changed versions of `small.yaml` are modules of one crate. The other bindings are separate crates. All crates share one build
//! of the dependencies.

use std::collections::BTreeMap;

use codegen::{Inputs, Output, Published, Source, generate, load, overlay, to_yaml};

use super::bindings::{write_package, write_workspace};
use super::modules::write_modules;
use crate::context::Context;
use crate::inputs::{EMPTY_OVERLAY, Files, Options};
use crate::terminal::Failure;
use crate::tools::{Cargo, run};
use crate::workspace::files_below;

/// The crate with the bindings of all changed versions of `small.yaml`.
const SMALL: &str = "talkable-api-small";

const CASES: &str = "tests/fixtures/changes";
const BASE: &str = "tests/fixtures/base";

pub(super) fn check(context: &mut Context<'_>, cargo: &Cargo) -> Result<(), Failure> {
    let files = Files::read(&Options::default(), context)?;
    let mut cases = BTreeMap::new();
    for file in files_below(&context.file(CASES))? {
        let name = file.name.strip_prefix(&format!("{CASES}/")).and_then(|name| name.strip_suffix("/change.yaml"));
        let Some(name) = name else { continue };
        let case = context.file(&format!("{CASES}/{name}/case.toml")).read_text()?;
        // A refused document has no bindings. The `generator` suite tests that it is refused.
        if !case.lines().any(|line| line == "refused = true") {
            let base = case.lines().find_map(|line| line.strip_prefix("base = ")).unwrap_or_default();
            let base = base.trim_matches('"').to_owned();
            let output = bindings(name, &base, &files.inputs(), context)?;
            let text: String = output.files.iter().map(|file| format!("{}\n{}", file.path, file.text)).collect();
            cases.entry(text).or_insert((name.to_owned(), base, output));
        }
    }
    context.announce(&format!("{} distinct sets of bindings", cases.len()))?;
    let folder = cargo.target.join("check/corpus");
    let (small, others): (Vec<_>, Vec<_>) = cases.into_values().partition(|(_, base, _)| base == "small");
    let members: Vec<&str> = others.iter().map(|(name, ..)| name.as_str()).chain([SMALL]).collect();
    write_workspace(context, &members, &folder)?;
    let small: Vec<(String, Output)> = small.into_iter().map(|(name, _, output)| (name, output)).collect();
    write_modules(context, &small, SMALL, &folder)?;
    // `small.yaml` does not define webhooks.
    let mut features = vec![format!("{SMALL}/serialize")];
    for (name, _, output) in &others {
        write_package(context, output, name, &folder)?;
        features.extend([format!("{name}/serialize"), format!("{name}/webhooks")]);
    }
    let check = ["check", "--quiet", "--workspace", "--features", &features.join(",")];
    run(cargo.command().args(check).current_dir(&folder))
}

/// Generates the bindings of a case. The overlay for `small.yaml` is empty; the overlays for the other documents are in
/// `tests/fixtures/base/`.
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
    let overlay = Source { name: "the case's overlay", bytes: &known };
    let published = Published { document, transcription, overlay };
    Ok(generate(&if base.ends_with("webhooks.yaml") {
        Inputs { webhooks: published, ..*inputs }
    } else {
        Inputs { v2: published, ..*inputs }
    })?)
}
