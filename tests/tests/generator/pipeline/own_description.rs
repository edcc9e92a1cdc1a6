//! The published editions of the description contain everything that the bindings need: they generate the committed bindings
//! without an overlay.

use std::collections::BTreeMap;

use codegen::{Inputs, Published, Severity, Source, SourceFile};

use super::WITH_OVERLAY;
use crate::{EMPTY_OVERLAY, read};

#[test]
fn the_3_0_edition_generates_the_same_bindings() {
    assert_same_bindings(&read("spec/talkable.yaml"), &read("spec/webhooks.yaml"));
}

#[test]
fn the_3_1_edition_generates_the_same_bindings() {
    let both = read("spec/talkable-3.1.yaml");
    assert_same_bindings(&both, &both);
}

fn assert_same_bindings(api: &[u8], webhooks: &[u8]) {
    let source = |name, bytes| Source { name, bytes };
    let overlay = source("overlay.yaml", EMPTY_OVERLAY.as_bytes());
    let published = |document| Published { document, transcription: document, overlay };
    let output = codegen::generate(&Inputs {
        v2: published(source("talkable.yaml", api)),
        webhooks: published(source("webhooks.yaml", webhooks)),
        shared: source("schemas.yaml", &read("spec/schemas.yaml")),
    });
    let output = output.unwrap_or_else(|error| panic!("{error}"));
    let warnings = output.report.diagnostics.iter().filter(|it| it.severity == Severity::Warning);
    assert_eq!(warnings.map(|it| it.message.as_str()).collect::<Vec<_>>(), [""; 0]);
    let by_path = |files: &[SourceFile]| -> BTreeMap<_, _> {
        files.iter().map(|file| (file.path.clone(), file.text.clone())).collect()
    };
    let (expected, actual) = (by_path(&WITH_OVERLAY.files), by_path(&output.files));
    assert_eq!(expected.keys().collect::<Vec<_>>(), actual.keys().collect::<Vec<_>>());
    for (path, text) in expected {
        assert_eq!(text, actual[&path], "{path}");
    }
    assert_eq!(output.features, WITH_OVERLAY.features);
}
