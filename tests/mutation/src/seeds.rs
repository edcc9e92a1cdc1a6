//! The small seed documents that are mutated.

use std::sync::LazyLock;

use codegen::Document;
use serde_json::Value;

use crate::Choices;

/// The file name and the text of each seed document.
pub const DOCUMENTS: [(&str, &str); 8] = [
    ("small.yaml", include_str!("../../fixtures/changes/small.yaml")),
    ("answers.yaml", include_str!("../../../codegen/tests/snapshots/answers.yaml")),
    ("both.yaml", include_str!("../../../codegen/tests/snapshots/both.yaml")),
    ("names.yaml", include_str!("../../../codegen/tests/snapshots/names.yaml")),
    ("paging.yaml", include_str!("../../../codegen/tests/snapshots/paging.yaml")),
    ("recursive.yaml", include_str!("../../../codegen/tests/snapshots/recursive.yaml")),
    ("requests.yaml", include_str!("../../../codegen/tests/snapshots/requests.yaml")),
    ("shapes.yaml", include_str!("../../../codegen/tests/snapshots/shapes.yaml")),
];

/// An overlay that can be applied to every seed document.
pub const OVERLAY: &str = include_str!("overlay.yaml");

/// The text of the file with the shared schemas.
pub const SHARED: &str = include_str!("../../../spec/schemas.yaml");

/// Overlay targets that select many nodes at once, or select nodes by value.
pub const TARGETS: [&str; 10] = [
    "$",
    "$..*",
    "$..properties",
    "$..properties.*",
    "$.paths.*.*",
    "$.paths[*]['get','put'].parameters[0,-1]",
    "$..[?@.type == 'string']",
    "$.components.schemas[?search(@.type, 'o.*')]",
    "$..parameters[::-2]",
    "$.components.schemas['Gone']",
];

static LOADED: LazyLock<Vec<Document>> = LazyLock::new(|| DOCUMENTS.map(|(name, text)| load(name, text)).into());
static LOADED_OVERLAY: LazyLock<Document> = LazyLock::new(|| load("overlay.yaml", OVERLAY));
static LOADED_SHARED: LazyLock<Document> = LazyLock::new(|| load("schemas.yaml", SHARED));

/// Picks one of the seed documents.
pub fn document(choices: &mut Choices<'_>) -> Document {
    // The spans are omitted, because mutations would invalidate them.
    Document { spans: Default::default(), ..choices.pick::<Document>(&LOADED).clone() }
}

/// Returns the overlay to mutate.
#[must_use]
pub fn overlay() -> Document {
    LOADED_OVERLAY.clone()
}

/// Returns the shared schemas.
#[must_use]
pub fn shared() -> &'static Document {
    &LOADED_SHARED
}

/// Returns the number of actions in an overlay.
#[must_use]
pub fn actions(overlay: &Document) -> usize {
    overlay.value.get("actions").and_then(Value::as_array).map_or(0, Vec::len)
}

fn load(name: &str, text: &str) -> Document {
    codegen::load(name, text.as_bytes()).expect("the seeds can be read")
}
