//! Tests that `cargo xtask update` either imports a changed document together with all code generated from it, or changes
//! nothing.

use super::scratch::{Scratch, Snapshot};

/// Returns the API document with a new operation and a changed path.
fn changed(scratch: &Scratch) -> String {
    let text = scratch.read("spec/published/v2.yaml").replace("/api/v2/traffic_sources:", "/api/v2/sources:");
    text.replace(
        "paths:\n",
        "paths:
  /api/v2/gifts/{code}:
    get:
      tags: [Gifts]
      operationId: findGift
      summary: Prose from the vendor.
      parameters: [{name: code, in: path, required: true, schema: {type: string}}]
      responses:
        '200':
          description: Prose from the vendor.
          content:
            application/json:
              example: {ok: true, result: {gift: {id: 7, amount: 2.5}}}
",
    )
}

#[test]
fn imports_a_changed_document_with_its_generated_code() {
    let scratch = Scratch::new();
    scratch.write("new/v2.yaml", changed(&scratch));
    let ran = scratch.xtask(&["update", "new/v2.yaml", "--untested"]);
    assert_eq!(ran.status, 0, "{}", ran.err);
    assert!(ran.err.contains("--> spec/overlay/v2.yaml:"), "the overlay refers to the old path:\n{}", ran.err);
    for said in [
        "\n  rewritten  spec/published/v2.yaml from line ",
        "\n  new        talkable-api/src/generated/gifts/mod.rs\n",
        "\n  rewritten  talkable-api/Cargo.toml from line ",
        // A line of the report on changes that affect users of the crate.
        "`gifts().find_gift` added",
        "version bump: ",
    ] {
        assert!(ran.out.contains(said), "`{said}` is not in\n{}", ran.out);
    }
    assert!(scratch.read("spec/published/v2.yaml").contains("findGift"));
    assert!(!scratch.read("spec/published/v2.yaml").contains("Prose from the vendor"));
    assert!(scratch.read("talkable-api/Cargo.toml").contains("\"gifts\","));

    // After the update, `codegen` changes nothing.
    let before = scratch.snapshot();
    let again = scratch.xtask(&["codegen"]);
    assert!(again.out.contains("changed    nothing"), "{}", again.out);
    assert_eq!(scratch.snapshot(), before);
    let message = scratch.xtask(&["codegen", "--check"]).failed();
    assert!(message.contains("nothing matches the overlay action's target"), "{message}");
    assert!(!message.contains("generated file"), "{message}");
}

/// Both commands compare with the current bindings, which were generated from the old document and the old overlay.
#[test]
fn compares_with_the_old_document_and_the_old_overlay() {
    let scratch = Scratch::new();
    let moved = |name: &str| scratch.read(name).replace("/{person_slug}/shares_by", "/{person_slug}/shares");
    scratch.write("new/v2.yaml", moved("spec/published/v2.yaml"));
    scratch.write("spec/overlay/v2.yaml", moved("spec/overlay/v2.yaml"));
    let path = "path changed from `/api/v2/people/{person_slug}/shares_by` to `/api/v2/people/{person_slug}/shares`";
    let compared = scratch.xtask(&["diff", "spec/published/v2.yaml", "new/v2.yaml"]);
    let updated = scratch.xtask(&["update", "new/v2.yaml", "--untested"]);
    for out in [compared.out, updated.out] {
        assert!(out.contains(path) && out.contains("1 change: 1 breaking at run time"), "{out}");
    }
}

#[test]
fn unchanged_documents_change_nothing() {
    let scratch = Scratch::new();
    scratch.write("v2.yaml", scratch.read("spec/published/v2.yaml"));
    scratch.write("webhooks.yaml", scratch.read("spec/published/webhooks.yaml"));
    let before = scratch.snapshot();
    let text = scratch.xtask(&["update", "v2.yaml", "--webhooks", "webhooks.yaml"]).succeeded();
    assert!(text.contains("changed    nothing"), "{text}");
    assert_eq!(scratch.snapshot(), before);
}

#[test]
fn a_rejected_document_changes_no_file() {
    let scratch = Scratch::new();
    scratch.write("v2.yaml", changed(&scratch).replace("openapi: 3.0.3", "openapi: 4.0.0"));
    scratch.write("valid.yaml", changed(&scratch));
    scratch.write("webhooks.yaml", scratch.read("spec/published/webhooks.yaml"));
    scratch.write("broken.yaml", scratch.read("spec/published/webhooks.yaml").replace("3.0.3", "3.9"));
    let before = scratch.snapshot();
    for (arguments, said) in [
        (&["update", "v2.yaml"][..], "--> v2.yaml:"),
        // If one of two documents is invalid, neither is imported.
        (&["update", "valid.yaml", "--webhooks", "broken.yaml"], "--> broken.yaml:1:1"),
        (&["update", "nowhere.yaml"], "--> nowhere.yaml\n"),
        (&["update", "webhooks.yaml"], "error: this is the webhooks document\n--> webhooks.yaml\n"),
        (&["update", "--webhooks", "valid.yaml"], "error: this is the API document\n--> valid.yaml\n"),
    ] {
        let message = scratch.xtask(arguments).failed();
        assert!(message.contains(said), "`{said}` is not in\n{message}");
        assert_eq!(scratch.snapshot(), before, "{arguments:?}");
    }
    assert_eq!(scratch.xtask(&["update"]).status, 2);
}

#[test]
fn a_failed_write_changes_no_file() {
    let scratch = Scratch::new();
    scratch.write("new/v2.yaml", changed(&scratch));
    // The write fails because a file has the name of the new resource's folder.
    scratch.write("talkable-api/src/generated/gifts", "in the way");
    let before = scratch.snapshot();
    let message = scratch.xtask(&["update", "new/v2.yaml", "--untested"]).failed();
    assert!(message.contains("talkable-api/src/generated/gifts/"), "{message}");
    assert_eq!(scratch.snapshot(), before);
}

/// Creates a small workspace with one crate. The source of the crate includes files written by `update`.
fn with_a_test(source: &str) -> Scratch {
    let scratch = Scratch::new();
    scratch.write("new/v2.yaml", changed(&scratch));
    scratch.write("Cargo.toml", "[workspace]\nresolver = \"3\"\nmembers = [\"probe\"]\n");
    scratch.write("Cargo.lock", "version = 4\n\n[[package]]\nname = \"probe\"\nversion = \"0.0.0\"\n");
    scratch.write("probe/Cargo.toml", "[package]\nname = \"probe\"\nversion = \"0.0.0\"\nedition = \"2024\"\n");
    scratch.write("probe/src/lib.rs", source);
    scratch
}

/// Returns all files outside `target/`.
fn outside_of_target(scratch: &Scratch) -> Snapshot {
    let mut snapshot = scratch.snapshot();
    snapshot.retain(|path, _| !path.starts_with("target"));
    snapshot
}

#[test]
fn writes_a_tree_that_passes_its_tests() {
    let scratch = with_a_test(
        "const NEW: &str = include_str!(\"../../talkable-api/src/generated/gifts/mod.rs\");\n\
         #[test]\nfn new() { assert!(NEW.contains(\"`gifts`\")); }\n",
    );
    let out = scratch.xtask(&["update", "new/v2.yaml"]).succeeded();
    assert!(out.contains("testing    the tree with the new bindings\n"), "{out}");
    assert!(scratch.read("talkable-api/src/generated/gifts/mod.rs").contains("`gifts`"));
    // The second update changes nothing, so it doesn't run the tests again.
    let out = scratch.xtask(&["update", "new/v2.yaml"]).succeeded();
    assert!(!out.contains("testing  "), "{out}");
}

#[test]
fn changes_no_file_if_the_new_tree_fails() {
    let old = "talkable-api/src/generated/old/mod.rs";
    for (source, said) in [
        (format!("const OLD: &str = include_str!(\"../../{old}\");\n"), "does not compile"),
        (
            "#[test]\nfn old() { assert!(!include_str!(\"../../spec/talkable.yaml\").contains(\"findGift\")); }\n"
                .to_owned(),
            "fails its tests",
        ),
    ] {
        let scratch = with_a_test(&source);
        scratch.write(old, "// @generated by `cargo xtask codegen` long ago\n");
        let before = outside_of_target(&scratch);
        let message = scratch.xtask(&["update", "new/v2.yaml"]).failed();
        let message_start = format!("error: the tree with the new bindings {said}; no file was changed\n");
        assert!(message.contains(&message_start) && message.contains("target/update/tree"), "{message}");
        assert_eq!(outside_of_target(&scratch), before);
    }
}
