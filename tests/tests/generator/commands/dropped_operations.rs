//! Tests documents from which an operation described by the overlay has been removed.

use codegen::{Published, Source};
use serde_json::Value;

use super::scratch::{Scratch, contents};
use crate::read;

/// Removes an operation from the document, and returns the text. If the path has no other operation, removes the path as well.
fn without(document: &Value, path: &str, method: &str) -> String {
    let mut document = document.clone();
    let paths = document["paths"].as_object_mut().expect("the document has paths");
    let item = paths[path].as_object_mut().expect("the path has operations");
    item.shift_remove(method);
    if item.keys().all(|key| key == "parameters") {
        paths.shift_remove(path);
    }
    codegen::to_yaml(&document).expect("the document is YAML")
}

#[test]
fn any_write_operation_can_be_removed() {
    let base = |name: &str| read(&format!("tests/fixtures/base/{name}"));
    let (bytes, overlay, shared) = (base("published/v2.yaml"), base("overlay/v2.yaml"), base("schemas.yaml"));
    let (transcription, overlay) =
        (Source { name: "spec/published/v2.yaml", bytes: &bytes }, Source { name: "overlay.yaml", bytes: &overlay });
    let published = codegen::load("v2.yaml", &bytes).expect("the fixture is valid");
    let operations = codegen::openapi::walk::operations(&published.value);
    for (_, path, method, _) in operations.iter().filter(|(_, _, method, _)| *method != "get") {
        let document = without(&published.value, path, method);
        let document = Source { name: "v2.yaml", bytes: document.as_bytes() };
        let described = codegen::pipeline::describe(
            &Published { document, transcription, overlay },
            &Source { name: "schemas.yaml", bytes: &shared },
        );
        let described = described.unwrap_or_else(|error| panic!("without {method} {path}: {error}"));
        let api = codegen::normalize(&mut described.document.clone()).map(|normalized| codegen::lower(&normalized));
        let api = api.unwrap_or_else(|error| panic!("without {method} {path}: {error}"));
        let remaining: usize = api.resources.iter().map(|resource| resource.operations.len()).sum();
        assert_eq!(remaining, operations.len() - 1, "without {method} {path}");
        let unmatched = described.applied.iter().filter(|action| action.matched == 0).count();
        assert!(unmatched > 0, "the overlay has no action for {method} {path}");
    }
}

#[test]
fn removes_the_overlay_types_of_a_removed_operation() {
    let scratch = Scratch::new();
    let published =
        codegen::load("v2.yaml", scratch.read("spec/published/v2.yaml").as_bytes()).expect("the fixture is valid");
    scratch.write("v2.yaml", without(&published.value, "/api/v2/origins/purchase", "post"));
    let ran = scratch.xtask(&["codegen", "--published", "v2.yaml", "--out", "out"]);
    assert_eq!(ran.status, 0, "{}", ran.err);
    for said in [
        "the overlay refers to `CreatePurchaseData`, which the document no longer has",
        "/update/oneOf/0\n",
        "/update/properties/data/items\n",
        "help: correct the reference, or delete this part from the overlay\n",
        "the overlay removes `CreateBatchOfPurchasesData`, which the document still refers to\n",
        "the reference is at /paths/~1api~1v2~1origins~1batch~1purchases/post/requestBody/",
    ] {
        assert!(ran.err.contains(said), "`{said}` is not in\n{}", ran.err);
    }
    let text: String = contents(&scratch.path("out")).values().map(|bytes| String::from_utf8_lossy(bytes)).collect();
    assert!(text.contains("enum NewOrigin") && text.contains("Event(NewEvent)"), "the other variants must remain");
    assert!(!text.contains("NewPurchase") && text.contains("struct PurchaseBatch"));
}

#[test]
fn keeps_the_schemas_of_a_moved_operation() {
    let scratch = Scratch::new();
    let published = scratch.read("spec/published/v2.yaml");
    let moved = published.replace("/api/v2/origins/batch/purchases:", "/api/v2/origins/bulk/purchases:");
    assert_ne!(moved, published);
    scratch.write("v2.yaml", moved);
    let ran = scratch.xtask(&["codegen", "--published", "v2.yaml", "--out", "out"]);
    assert_eq!(ran.status, 0, "{}", ran.err);
    for said in [
        "nothing matches the overlay action's target $.paths['/api/v2/origins/batch/purchases'].post\n",
        "the overlay removes `CreateBatchOfPurchasesData`, which the document still refers to\n",
        "the reference is at /paths/~1api~1v2~1origins~1bulk~1purchases/post/requestBody/",
    ] {
        assert!(ran.err.contains(said), "`{said}` is not in\n{}", ran.err);
    }
    let text: String = contents(&scratch.path("out")).values().map(|bytes| String::from_utf8_lossy(bytes)).collect();
    assert!(text.contains("struct CreateBatchOfPurchasesData") && text.contains("/api/v2/origins/bulk/purchases"));
}

#[test]
fn a_dangling_reference_is_skipped_but_fails_the_check() {
    let scratch = Scratch::new();
    let overlay = scratch.read("spec/overlay/v2.yaml").replace(
        "allOf: [{$ref: '#/components/schemas/CreatePurchaseData'}]",
        "allOf: [{$ref: '#/components/schemas/CreatePurchasData'}]",
    );
    scratch.write("spec/overlay/v2.yaml", overlay);
    let warning = "the overlay refers to `CreatePurchasData`, which the document no longer has";
    let ran = scratch.xtask(&["codegen"]);
    assert!(ran.status == 0 && ran.err.contains(warning), "{}", ran.err);
    let message = scratch.xtask(&["codegen", "--check"]).failed();
    assert!(message.contains(warning), "{message}");
}
