//! Compares the code generated from small descriptions with snapshots.
//!
//! Each `tests/snapshots/NAME.yaml` is a complete description, and `NAME.expected` contains all files generated from it. A name that
//! starts with `webhooks` marks a description of webhooks. `UPDATE=1 cargo test -p talkable-codegen --test snapshots` updates the
//! expected files.

use std::path::{Path, PathBuf};

use codegen::model::api::Api;
use codegen::{Document, Result, emit, emit_webhooks, events, features, load, lower, normalize, print, types};

/// Returns the text of all files generated from a description.
fn generated(document: &Document) -> Result<String> {
    let normalized = normalize(&mut document.clone())?;
    let api = lowered(document)?;
    let emit = if api.events.is_empty() { emit } else { emit_webhooks };
    let mut text =
        format!("// features\n{}", features(&api).lines().map(|line| format!("// {line}\n")).collect::<String>());
    for module in emit(&api, types(&normalized)?) {
        let file = print(module)?;
        let code = file.text.split_once("\n\n").map_or("", |(_, code)| code);
        for part in ["\n// ", &file.path, "\n", code] {
            text.push_str(part);
        }
    }
    Ok(text)
}

fn lowered(document: &Document) -> Result<Api> {
    let normalized = normalize(&mut document.clone())?;
    if document.name.starts_with("webhooks") { events(&normalized) } else { Ok(lower(&normalized)) }
}

fn snapshots() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/snapshots");
    let entries = std::fs::read_dir(folder).expect("the snapshots folder can be read");
    let paths = entries.map(|entry| entry.expect("the folder can be read").path());
    let mut paths: Vec<_> =
        paths.filter(|path| path.extension().is_some_and(|extension| extension == "yaml")).collect();
    paths.sort();
    paths
}

fn read(path: &Path) -> Document {
    let bytes = std::fs::read(path).expect("the description can be read");
    load(&path.file_name().expect("a file has a name").to_string_lossy(), &bytes).expect("the description is YAML")
}

#[test]
fn generates_the_expected_code() {
    let mut stale = Vec::new();
    for path in snapshots() {
        let text = generated(&read(&path)).unwrap_or_else(|error| panic!("{error}"));
        let expected = path.with_extension("expected");
        if std::env::var_os("UPDATE").is_some() {
            std::fs::write(&expected, &text).expect("the snapshot can be written");
        } else if std::fs::read_to_string(&expected).unwrap_or_default() != text {
            stale.push(expected);
        }
    }
    assert!(
        stale.is_empty(),
        "stale snapshots: {stale:?}\nhelp: run `UPDATE=1 cargo test -p talkable-codegen --test snapshots`"
    );
}

#[test]
fn generation_is_deterministic() {
    for path in snapshots() {
        let document = read(&path);
        assert_eq!(generated(&document), generated(&document), "{}", path.display());
    }
}

#[test]
fn keeps_every_type_and_method() {
    for path in snapshots() {
        let document = read(&path);
        let normalized = normalize(&mut document.clone()).unwrap_or_else(|error| panic!("{error}"));
        let api = lowered(&document).unwrap_or_else(|error| panic!("{error}"));
        let methods: usize = api.resources.iter().map(|resource| resource.operations.len()).sum();
        assert_eq!(methods + api.events.len(), normalized.operations.len(), "{}", path.display());
        let text = generated(&document).unwrap_or_else(|error| panic!("{error}"));
        for (name, usage) in &api.uses {
            let declared = text.contains(&format!("pub struct {name} ")) || text.contains(&format!("pub enum {name} "));
            assert_eq!(declared, !usage.resources.is_empty(), "{name} in {}", path.display());
        }
    }
}
