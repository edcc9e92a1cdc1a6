//! Compiles the bindings of the changed documents in `tests/fixtures/changes/`.
//!
//! Compiling the runtime takes most of the time. Therefore identical bindings are compiled only once, and the bindings of all
//! changed versions of `small.yaml` are modules of one crate. The other bindings are separate crates. All crates share one build
//! of the dependencies.

use std::collections::BTreeMap;

use codegen::{Inputs, Output, Published, Source, generate, load, overlay, to_yaml};

use super::modules::write_modules;
use crate::command::{Context, Result};
use crate::inputs::{EMPTY_OVERLAY, Files, Options};
use crate::runtime_copy::{write_package, write_workspace};
use crate::tools::Cargo;
use crate::workspace::File;

/// The crate with the bindings of all changed versions of `small.yaml`.
const SMALL: &str = "talkable-api-small";

const CASES: &str = "tests/fixtures/changes";

pub(super) fn check(context: &mut Context<'_>, cargo: &Cargo) -> Result {
    let files = Files::read(&Options::default(), context)?;
    let cases = context.file(CASES);
    // The distinct bindings of `small.yaml` and of the other documents, each with the name of the first case that has them.
    let (mut small, mut others) = (BTreeMap::new(), BTreeMap::new());
    for change in cases.files_below()? {
        let name = change.name.strip_prefix(CASES).and_then(|name| name.strip_suffix("/change.yaml"));
        let Some(name) = name.and_then(|name| name.strip_prefix('/')) else { continue };
        let case = cases.join(name).join("case.toml").read_text()?;
        let base = case.lines().find_map(|line| line.strip_prefix("base = ")).unwrap_or_default().trim_matches('"');
        let (known, overlay) = if base == "small" {
            (cases.join("small.yaml"), EMPTY_OVERLAY.bytes.to_vec())
        } else {
            let fixtures = context.file("tests/fixtures/base");
            let overlay = fixtures.join(&format!("overlay/{base}.yaml")).read()?;
            (fixtures.join(&format!("published/{base}.yaml")), overlay)
        };
        let output = bindings(&change, &known, &overlay, &files.inputs())?;
        let text: String = output.files.iter().map(|file| format!("{}\n{}", file.path, file.text)).collect();
        let distinct = if base == "small" { &mut small } else { &mut others };
        distinct.entry(text).or_insert((name.to_owned(), output));
    }
    context.announce(&format!("{} distinct sets of bindings", small.len() + others.len()))?;
    let folder = cargo.target.join("check/corpus");
    let others: Vec<(String, Output)> = others.into_values().collect();
    let members: Vec<&str> = others.iter().map(|(name, _)| name.as_str()).chain([SMALL]).collect();
    write_workspace(context, &members, &folder)?;
    write_modules(context, &small.into_values().collect::<Vec<_>>(), SMALL, &folder)?;
    // `small.yaml` does not define webhooks.
    let mut features = vec![format!("{SMALL}/serialize")];
    for (name, output) in &others {
        write_package(context, output, name, &folder)?;
        features.extend([format!("{name}/serialize"), format!("{name}/webhooks")]);
    }
    cargo.in_folder(&folder).run(&["check", "--quiet", "--workspace", "--features", &features.join(",")])
}

/// Generates the bindings for a case. The changed document is the `base` document with the `change` overlay applied.
fn bindings(change: &File, base: &File, overlay_of_base: &[u8], inputs: &Inputs<'_>) -> Result<Output> {
    let old = base.read()?;
    let mut document = load(&base.name, &old)?;
    overlay(&mut document, &load(&change.name, &change.read()?)?)?;
    let changed = to_yaml(&document.value)?;
    let published = Published {
        document: Source { name: &change.name, bytes: changed.as_bytes() },
        transcription: Source { name: &base.name, bytes: &old },
        overlay: Source { name: "the case's overlay", bytes: overlay_of_base },
    };
    Ok(generate(&if base.name.ends_with("webhooks.yaml") {
        Inputs { webhooks: published, ..*inputs }
    } else {
        Inputs { v2: published, ..*inputs }
    })?)
}
