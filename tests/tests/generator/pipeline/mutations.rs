//! Tests randomly mutated documents: the pipeline either accepts a document or reports an error with a location.
//!
//! `tests/fuzz` runs the same mutations for longer.

use codegen::{Inputs, Published, Source};
use mutation::count::Count;
use mutation::stages::{self, StageRun};
use mutation::{Choices, mutate, seeds};
use proptest::prelude::*;

type Stage = fn(&[u8]) -> StageRun;

/// The fuzzed stages.
const STAGES: [(&str, Stage); 5] = [
    ("load", stages::load),
    ("repair", stages::repair),
    ("infer", stages::infer),
    ("overlay", stages::overlay),
    ("normalize", stages::normalize),
];

fn bytes() -> impl Strategy<Value = Vec<u8>> {
    proptest::collection::vec(any::<u8>(), 0..80)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn mutated_documents_are_accepted_or_rejected_with_a_location(bytes in bytes()) {
        let mut choices = Choices::new(&bytes);
        let mut document = seeds::document(&mut choices);
        mutate(&mut document.value, &mut choices);
        let text = codegen::to_yaml(&document.value).expect("a mutated document can be written");
        generate(&text);
    }
}

fn generate(document: &str) {
    let document = Source { name: "changed.yaml", bytes: document.as_bytes() };
    let overlay = Source { name: "overlay.yaml", bytes: seeds::OVERLAY.as_bytes() };
    let webhooks = "openapi: 3.0.3\ninfo: {title: Shop, version: v2}\npaths: {}\n";
    let webhooks = Source { name: "webhooks.yaml", bytes: webhooks.as_bytes() };
    let published = |document, overlay| Published { document, transcription: document, overlay };
    let nothing = Source { name: "nothing.yaml", bytes: crate::EMPTY_OVERLAY.as_bytes() };
    let output = codegen::generate(&Inputs {
        v2: published(document, overlay),
        webhooks: published(webhooks, nothing),
        shared: Source { name: "schemas.yaml", bytes: seeds::SHARED.as_bytes() },
    });
    if let Err(error) = output {
        assert!(error.file.is_some() && error.line().is_some(), "an error without a location: {error}");
        assert!(!error.to_string().contains("panicked"), "{error}");
    }
}

/// A mutated document tests a stage only if it reaches that stage.
#[test]
fn half_of_the_mutated_documents_reach_each_stage() {
    for (name, stage) in STAGES {
        let count = Count::new();
        for seed in 0..200_u64 {
            // The bytes are pseudo-random, from Fibonacci hashing.
            let noise =
                (0..40_u64).map(|index| (seed * 40 + index).wrapping_mul(0x9e37_79b9_7f4a_7c15).to_be_bytes()[1]);
            count.note(&stage(&noise.collect::<Vec<u8>>()));
        }
        assert!(count.percent_reached() >= 50, "{name}: {count}");
    }
}
