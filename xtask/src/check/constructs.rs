//! Tests the bindings of the documents in `tests/constructs/`.
//!
//! Talkable's documents use few of the constructs that codegen supports. Each `tests/constructs/NAME.yaml` uses some of the others,
//! and `NAME.rs` contains the integration tests of its bindings. The bindings of all documents are modules of one crate, which has
//! the runtime of `talkable-api`. The examples of results in `examples.yaml` must stay the same when they are decoded and encoded.

use std::collections::BTreeMap;
use std::path::Path;

use codegen::{Inputs, Published, Source, generate, result_examples};
use serde_json::Value;

use super::modules::write_modules;
use crate::command::{Context, Failure, Result};
use crate::inputs::{EMPTY_OVERLAY, Files, Options};
use crate::round_trip;
use crate::runtime_copy::write_workspace;
use crate::tools::Cargo;
use crate::workspace::{remove_folder, write_if_changed};

const DOCUMENTS: &str = "tests/constructs";

const PACKAGE: &str = "talkable-api-constructs";

/// The module with the bindings of the document with examples.
const EXAMPLES: &str = "examples";

pub(super) fn check(context: &mut Context<'_>, cargo: &Cargo) -> Result {
    let files = Files::read(&Options::default(), context)?;
    let folder = cargo.target.join("check/constructs");
    let (mut bindings, mut tests, mut examples) = (Vec::new(), BTreeMap::new(), Vec::new());
    for file in context.file(DOCUMENTS).files_below()? {
        let Some(name) = file.name.strip_prefix(DOCUMENTS).and_then(|name| name.strip_prefix('/')) else { continue };
        if let Some(module) = name.strip_suffix(".yaml") {
            let bytes = file.read()?;
            let document = Source { name: &file.name, bytes: &bytes };
            let published = Published { document, transcription: document, overlay: EMPTY_OVERLAY };
            let inputs = Inputs { v2: published, ..files.inputs() };
            bindings.push((module.to_owned(), generate(&inputs)?));
            if module == EXAMPLES {
                examples = round_trip::to_json(result_examples(&inputs)?);
            }
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
    let cargo = cargo.in_folder(&folder);
    cargo.run(&["test", "--quiet", "--package", PACKAGE, "--test", "*", "--features", "serialize"])?;
    let module = format!("{}::{EXAMPLES}", PACKAGE.replace('-', "_"));
    round_trip::write(&package, &module, &examples, context)?;
    compare(&cargo, &examples, &folder.join("input.json"))
}

/// Checks that the examples stay the same when they are decoded and encoded.
fn compare(cargo: &Cargo, examples: &[Value], input: &Path) -> Result {
    let mut command = cargo.command();
    command.args(round_trip::RUN).args(["--quiet", "--package", PACKAGE]);
    match round_trip::run(&mut command, examples, input)? {
        Ok(_) if examples.is_empty() => Err(Failure::new(format!("{DOCUMENTS}/{EXAMPLES}.yaml has no examples"))),
        Ok(differences) if differences.is_empty() => Ok(()),
        Ok(differences) => Err(Failure::new(format!("examples change in a round trip: {}", Value::from(differences)))),
        Err(errors) => {
            Err(Failure::new(format!("the examples can't be compared:\n{}", String::from_utf8_lossy(&errors))))
        }
    }
}
