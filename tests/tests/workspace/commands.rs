//! `cargo xtask codegen` and `transcribe` on a copy of the tree: what they write, what they leave alone, what they tell.

use std::fs;
use std::path::Path;

use super::scratch::{Scratch, contents};

const GENERATED: &str = "talkable-api/src/generated";

#[test]
fn the_tree_is_what_the_documents_give() {
    let scratch = Scratch::new();
    let before = scratch.snapshot();
    let out = scratch.xtask(&["codegen", "--check"]).succeeded();
    assert!(out.contains("44 operations"), "{out}");
    assert_eq!(scratch.snapshot(), before);
}

#[test]
fn a_second_run_changes_nothing() {
    let scratch = Scratch::new();
    scratch.xtask(&["codegen"]).succeeded();
    let before = scratch.snapshot();
    scratch.xtask(&["codegen"]).succeeded();
    assert_eq!(scratch.snapshot(), before, "not even the time of change of a file");
    scratch.xtask(&["codegen", "--check"]).succeeded();
}

#[test]
fn stale_files_are_named_with_the_cure() {
    let scratch = Scratch::new();
    scratch.xtask(&["codegen"]).succeeded();
    let fresh = contents(&scratch.path(""));

    let module = format!("{GENERATED}/mod.rs");
    scratch.write(&module, scratch.read(&module) + "// edited\n");
    let people = format!("{GENERATED}/people/mod.rs");
    fs::remove_file(scratch.path(&people)).expect("there is a resource of people");
    let old = format!("{GENERATED}/gone/mod.rs");
    scratch.write(&old, "// @generated long ago\n");
    let manifest = scratch.read("talkable-api/Cargo.toml");
    scratch.write("talkable-api/Cargo.toml", manifest.replace("people = []\n", ""));
    scratch.write("spec/talkable.yaml", "openapi: 3.0.3\n");

    let before = scratch.snapshot();
    let message = scratch.xtask(&["codegen", "--check"]).failed();
    assert_eq!(scratch.snapshot(), before);
    for said in [
        "5 files are not what the documents give".to_owned(),
        format!("{module}: differs from line "),
        format!("{people}: is missing"),
        format!("{old}: is no longer generated"),
        "talkable-api/Cargo.toml: differs from line ".to_owned(),
        "spec/talkable.yaml: differs from line ".to_owned(),
        "cure: cargo xtask codegen\n".to_owned(),
    ] {
        assert!(message.contains(&said), "`{said}` is not in\n{message}");
    }

    let out = scratch.xtask(&["codegen"]).succeeded();
    assert!(out.contains("5 files: 1 new, 3 rewritten, 1 removed"), "{out}");
    assert_eq!(contents(&scratch.path("")), fresh);
    assert!(!scratch.path(&format!("{GENERATED}/gone")).exists(), "an empty folder was left behind");
}

#[test]
fn out_gets_the_generated_code_and_nothing_else_is_touched() {
    let scratch = Scratch::new();
    // Even a tree that is stale stays as it is.
    scratch.write("spec/talkable.yaml", "stale: true\n");
    let before = scratch.snapshot();
    scratch.write("elsewhere/notes.txt", "not ours");
    scratch.write("elsewhere/old.rs", "// @generated long ago\n");

    scratch.xtask(&["codegen", "--out", "elsewhere"]).succeeded();
    let mut written = contents(&scratch.path("elsewhere"));
    assert_eq!(written.remove(Path::new("notes.txt")).as_deref(), Some(&b"not ours"[..]));
    assert_eq!(written, contents(&scratch.path(GENERATED)));

    fs::remove_dir_all(scratch.path("elsewhere")).expect("the folder was just written");
    assert_eq!(scratch.snapshot(), before);
}

#[test]
fn stop_after_prints_and_writes_nothing() {
    let scratch = Scratch::new();
    let before = scratch.snapshot();
    for stage in ["load", "repair", "infer", "overlay"] {
        let out = scratch.xtask(&["codegen", "--stop-after", stage]).succeeded();
        assert!(out.contains("/api/v2/people"), "{stage}: {out}");
    }
    let message = scratch.xtask(&["codegen", "--stop-after", "lunch"]).err;
    assert!(message.contains("lunch") && message.contains("repair"), "{message}");
    assert_eq!(scratch.snapshot(), before);
}

#[test]
fn the_vendor_s_prose_and_samples_change_nothing() {
    let scratch = Scratch::new();
    // The document as the vendor publishes it: the same facts, and prose of its own at every operation.
    let prose = |text: String| text.replace("      operationId:", "      summary: Prose\n      operationId:");
    scratch.write("v2.yaml", prose(scratch.read("spec/published/v2.yaml")));
    scratch.write("webhooks.yaml", prose(scratch.read("spec/published/webhooks.yaml")));
    assert_ne!(scratch.read("v2.yaml"), scratch.read("spec/published/v2.yaml"));

    let arguments = ["codegen", "--published", "v2.yaml", "--webhooks", "webhooks.yaml", "--out", "out"];
    scratch.xtask(&arguments).succeeded();
    assert_eq!(contents(&scratch.path("out")), contents(&scratch.path(GENERATED)));

    let before = scratch.read("spec/published/v2.yaml");
    scratch.xtask(&["transcribe", "v2.yaml"]).succeeded();
    assert_eq!(scratch.read("spec/published/v2.yaml"), before);
}

#[test]
fn without_any_knowledge_every_operation_is_still_typed() {
    let scratch = Scratch::without_overlays();
    let out = scratch.xtask(&["codegen", "--out", "out"]).succeeded();
    assert!(out.contains("44 operations") && out.contains("by 0 overlay actions"), "{out}");
    let files = contents(&scratch.path("out"));
    let text: String = files.values().map(|bytes| String::from_utf8_lossy(bytes)).collect();
    assert_eq!(text.matches("Operation::new(").count(), 44);
    assert_eq!(text.matches("Entry::").count(), 44);
    assert!(!text.contains("Call<Value>") && !text.contains("Call<serde_json"), "a result is untyped");
}

#[test]
fn a_write_that_cannot_be_done_leaves_everything_as_it_was() {
    let scratch = Scratch::new();
    scratch.write("spec/schemas.yaml", scratch.read("spec/schemas.yaml"));
    fs::remove_dir_all(scratch.path(&format!("{GENERATED}/people"))).expect("there is a resource of people");
    // A file stands where a folder is needed.
    scratch.write(&format!("{GENERATED}/people"), "in the way");
    scratch.write(&format!("{GENERATED}/mod.rs"), "// @generated, but stale\n");
    let before = scratch.snapshot();
    let message = scratch.xtask(&["codegen"]).failed();
    assert!(message.contains(&format!("{GENERATED}/people/")), "{message}");
    assert_eq!(scratch.snapshot(), before);
}

#[test]
fn a_manifest_without_its_marks_is_refused() {
    let scratch = Scratch::new();
    let manifest = scratch.read("talkable-api/Cargo.toml").replace("# END generated\n", "");
    scratch.write("talkable-api/Cargo.toml", manifest);
    let before = scratch.snapshot();
    let message = scratch.xtask(&["codegen"]).failed();
    assert!(message.contains("error: talkable-api/Cargo.toml: the marks"), "{message}");
    assert_eq!(scratch.snapshot(), before);
}

#[test]
fn a_command_line_that_makes_no_sense_is_refused_with_the_usage() {
    let scratch = Scratch::new();
    let before = scratch.snapshot();
    for arguments in [
        &["lunch"][..],
        &["--lunch"],
        &["codegen", "--lunch"],
        &["codegen", "lunch"],
        &["codegen", "--out"],
        &["codegen", "--check", "--stop-after", "load"],
        &["codegen", "--out", "out", "--stop-after", "load"],
        &["transcribe"],
        &["transcribe", "a", "b"],
        &["coverage", "findPerson"],
        &["explain", "--all"],
        &["conform"],
        &["conform", "findPerson"],
        &["check", "lunch"],
    ] {
        let ran = scratch.xtask(arguments);
        assert_eq!(ran.status, 2, "{arguments:?}: {}", ran.err);
        assert!(ran.err.starts_with("error: ") && ran.err.contains("\nusage: cargo xtask"), "{}", ran.err);
    }
    assert_eq!(scratch.snapshot(), before);
}

#[test]
fn every_command_explains_itself() {
    let scratch = Scratch::new();
    let list = scratch.xtask(&[]).succeeded();
    for command in ["codegen", "transcribe", "fetch", "update", "explain", "coverage", "conform", "check"] {
        assert!(list.contains(&format!("cargo xtask {command}")), "{list}");
        let help = scratch.xtask(&[command, "--help"]).succeeded();
        assert!(help.starts_with(&format!("cargo xtask {command}")), "{help}");
    }
}
