//! Checks guarantees about dependencies, using `cargo metadata`.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;
use std::sync::LazyLock;

use serde_json::Value;

use crate::workspace;

/// The metadata of the workspace with all features.
static METADATA: LazyLock<Value> = LazyLock::new(|| {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--all-features", "--locked"])
        .current_dir(workspace())
        .output()
        .expect("cargo runs these tests");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).expect("cargo prints JSON")
});

/// Returns the names of all packages that are built for users of a package.
fn builds(name: &str) -> BTreeSet<String> {
    let names: BTreeMap<&str, &str> =
        list(&METADATA["packages"]).map(|package| (text(&package["id"]), text(&package["name"]))).collect();
    let nodes: BTreeMap<&str, &Value> =
        list(&METADATA["resolve"]["nodes"]).map(|node| (text(&node["id"]), node)).collect();
    let first = names.iter().find(|(_, found)| **found == name).expect("the package is in the workspace");
    let mut pending = vec![*first.0];
    let mut seen = BTreeSet::new();
    while let Some(id) = pending.pop() {
        if seen.insert(id) {
            // Users don't build dev-dependencies.
            let built =
                list(&nodes[id]["deps"]).filter(|edge| list(&edge["dep_kinds"]).any(|kind| kind["kind"] != "dev"));
            pending.extend(built.map(|edge| text(&edge["pkg"])));
        }
    }
    seen.into_iter().map(|id| names[id].to_owned()).collect()
}

fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().expect("the metadata has a list").iter()
}

fn text(value: &Value) -> &str {
    value.as_str().expect("the metadata has a string")
}

#[test]
fn arbitrary_precision_is_off() {
    let mut found = 0;
    for node in list(&METADATA["resolve"]["nodes"]).filter(|node| text(&node["id"]).contains("#serde_json@")) {
        found += 1;
        assert!(!list(&node["features"]).any(|feature| feature == "arbitrary_precision"), "{node}");
    }
    assert!(found > 0, "serde_json is not in the tree");
}

#[test]
fn users_do_not_build_the_generator() {
    let built = builds("talkable-api");
    assert!(built.contains("reqwest"), "reqwest is missing: {built:?}");
    for unwanted in ["talkable-codegen", "xtask", "progenitor", "progenitor-impl", "typify", "yaml_serde", "openapiv3"]
    {
        assert!(!built.contains(unwanted), "{unwanted}");
    }
    let package =
        list(&METADATA["packages"]).find(|package| package["name"] == "talkable-api").expect("the package is a member");
    assert!(!list(&package["targets"]).any(|target| list(&target["kind"]).any(|kind| kind == "custom-build")));
}

#[test]
fn xtask_and_codegen_do_not_depend_on_talkable_api() {
    assert!(!builds("xtask").contains("talkable-api"));
    assert!(!builds("talkable-codegen").contains("talkable-api"));
}
