//! Tests the bindings of the documents in `tests/constructs/`.
//!
//! Talkable's documents use few of the constructs that codegen supports. Each `tests/constructs/NAME.yaml` uses some of the others,
//! and `NAME.rs` contains the integration tests of its bindings. The bindings of all documents are modules of one crate, which has
//! the runtime of `talkable-api`.

use std::collections::BTreeMap;

use codegen::{Inputs, Published, Source, generate};

use super::modules::write_modules;
use crate::command::{Context, Failure, Result};
use crate::inputs::{EMPTY_OVERLAY, Files, Options};
use crate::runtime_copy::write_workspace;
use crate::tools::Cargo;
use crate::workspace::{remove_folder, write_if_changed};

const DOCUMENTS: &str = "tests/constructs";

const PACKAGE: &str = "talkable-api-constructs";

pub(super) fn check(context: &mut Context<'_>, cargo: &Cargo) -> Result {
    let files = Files::read(&Options::default(), context)?;
    let folder = cargo.target.join("check/constructs");
    let (mut bindings, mut tests) = (Vec::new(), BTreeMap::new());
    for file in context.file(DOCUMENTS).files_below()? {
        let Some(name) = file.name.strip_prefix(DOCUMENTS).and_then(|name| name.strip_prefix('/')) else { continue };
        if let Some(module) = name.strip_suffix(".yaml") {
            let bytes = file.read()?;
            let document = Source { name: &file.name, bytes: &bytes };
            let published = Published { document, transcription: document, overlay: EMPTY_OVERLAY };
            let output = generate(&Inputs { v2: published, ..files.inputs() })?;
            bindings.push((module.to_owned(), output));
        } else {
            tests.insert(name.to_owned(), file.read()?);
        }
    }
    context.announce(&format!("{} documents", bindings.len()))?;
    write_workspace(context, &[PACKAGE], &folder)?;
    write_modules(context, &bindings, PACKAGE, &folder)?;
    let package = folder.join(PACKAGE);
    let manifest = std::fs::read_to_string(package.join("Cargo.toml"));
    let manifest = manifest.map_err(Failure::io(PACKAGE, "has no manifest"))?;
    let server = context.root.join("tests/fake_server").display().to_string();
    write_if_changed(
        &package.join("Cargo.toml"),
        format!(
            "{manifest}\n[dev-dependencies]\n\
             fake-server = {{ package = \"talkable-fake-server\", path = '{server}' }}\n\
             proptest.workspace = true\n\
             rust_decimal = {{ workspace = true, features = [\"macros\"] }}\n\
             tokio = {{ workspace = true, features = [\"macros\", \"rt\"] }}\n"
        ),
    )?;
    remove_folder(&package.join("tests"))?;
    tests.into_iter().try_for_each(|(name, content)| write_if_changed(&package.join("tests").join(name), content))?;
    cargo.in_folder(&folder).run(&["test", "--quiet", "--package", PACKAGE, "--test", "*", "--features", "serialize"])
}
