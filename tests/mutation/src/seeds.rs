//! The documents to mutate: small ones of different forms.

use std::sync::LazyLock;

use codegen::Document;
use serde_json::Value;

use crate::Choices;

/// The names and texts of the documents.
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

/// An overlay that applies to all of them.
pub const OVERLAY: &str = include_str!("overlay.yaml");

/// The file of shared schemas.
pub const SHARED: &str = include_str!("../../../spec/schemas.yaml");

/// Targets that select many nodes, or nodes by their values.
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

/// Returns one of the documents.
pub fn document(choices: &mut Choices<'_>) -> Document {
    // Mutations invalidate the spans.
    Document { spans: Default::default(), ..choices.pick::<Document>(&LOADED).clone() }
}

/// Returns the overlay.
#[must_use]
pub fn overlay() -> Document {
    LOADED_OVERLAY.clone()
}

/// Returns the shared schemas.
#[must_use]
pub fn shared() -> &'static Document {
    &LOADED_SHARED
}

/// Returns the number of actions of an overlay.
#[must_use]
pub fn actions(overlay: &Document) -> usize {
    overlay.value.get("actions").and_then(Value::as_array).map_or(0, Vec::len)
}

fn load(name: &str, text: &str) -> Document {
    codegen::load(name, text.as_bytes()).expect("the seeds can be read")
}
