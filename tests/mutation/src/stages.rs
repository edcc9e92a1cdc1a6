//! Runs a stage on a mutated document, and panics if an invariant of the stage is violated.

#![allow(clippy::missing_panics_doc, reason = "the functions are assertions")]

use std::collections::{BTreeMap, BTreeSet};

use codegen::openapi::problem::Problem;
use codegen::source::document::child;
use codegen::{Diagnostic, Document, DocumentKind, Inputs, Progress, Published, STAGES, Source};
use serde_json::Value;

use crate::{Choices, mutate, mutate_overlay, seeds};

/// The outcome of running a stage.
#[derive(Clone, Debug, Default)]
pub struct StageRun {
    /// Whether the document passed the stages before the tested one.
    pub reached: bool,
    /// The error reported by the tested stage or by an earlier stage, if any.
    pub error: Option<Diagnostic>,
}

impl StageRun {
    /// Returns the outcome of a failed run. Asserts that the error has a location.
    fn failed(reached: bool, error: Diagnostic) -> Self {
        assert!(error.pointer.is_some() || error.line().is_some(), "an error without a location: {error}");
        Self { reached, error: Some(error) }
    }

    fn accepted() -> Self {
        Self { reached: true, error: None }
    }
}

/// Loads the bytes as a document. Asserts that each pointer has a line and that the document round-trips.
#[must_use]
pub fn load(bytes: &[u8]) -> StageRun {
    let document = match codegen::load("fuzzed.yaml", bytes) {
        Ok(document) => document,
        Err(error) => {
            assert!(error.line().is_some(), "an error without a line: {error}");
            return StageRun::failed(true, error);
        }
    };
    let count = bytes.iter().filter(|byte| **byte == b'\n' || **byte == b'\r').count() + 1;
    let within = |line: usize| (1..=count).contains(&line);
    each(&document.value, String::new(), &mut |pointer| {
        assert!(document.line(pointer).is_some_and(within), "{pointer} has no line");
    });
    // The text starts with a document marker, because otherwise a first key that looks like an HTML tag would be rejected.
    let text = format!("---\n{}", codegen::to_yaml(&document.value).expect("a document can be written"));
    let again = codegen::load("written.yaml", text.as_bytes()).unwrap_or_else(|error| panic!("{error}\n{text}"));
    assert_eq!(again.value, document.value, "{text}");
    StageRun::accepted()
}

/// Repairs a mutated document. Asserts that a second repair changes nothing.
#[must_use]
pub fn repair(bytes: &[u8]) -> StageRun {
    let mut document = mutated(&mut Choices::new(bytes));
    codegen::repair(&mut document, seeds::shared());
    let repaired = document.value.clone();
    let again = codegen::repair(&mut document, seeds::shared());
    let unsettled: Vec<_> = again.iter().filter(|row| !row.places.is_empty()).collect();
    assert!(unsettled.is_empty(), "{unsettled:?}");
    assert_eq!(document.value, repaired);
    StageRun::accepted()
}

/// Infers the response schemas of a mutated document. Asserts that a second run infers nothing more.
#[must_use]
pub fn infer(bytes: &[u8]) -> StageRun {
    let mut document = mutated(&mut Choices::new(bytes));
    let before = match problems(&mut document) {
        Ok(problems) => problems,
        Err(error) => return StageRun::failed(false, error),
    };
    let _ = codegen::widen(&mut document);
    codegen::infer(&mut document);
    let again = codegen::infer(&mut document.clone());
    if before.is_empty() {
        assert_eq!(again.responses, 0, "a response with a schema was inferred again");
    }
    let after = codegen::validate(&document).expect("the document can still be read after inference");
    for problem in after.iter().map(key) {
        assert!(before.contains(&problem), "the inference causes a problem: {problem:?}");
    }
    StageRun::accepted()
}

/// Applies a mutated overlay to a mutated document, and skips the parts of the overlay that don't fit the document.
#[must_use]
pub fn overlay(bytes: &[u8]) -> StageRun {
    let mut choices = Choices::new(bytes);
    let mut overlay = seeds::overlay();
    let mut document = seeds::document(&mut choices);
    mutate_overlay(&mut overlay.value, &document.value, &mut choices);
    mutate(&mut document.value, &mut choices);
    if let Err(error) = problems(&mut document) {
        return StageRun::failed(false, error);
    }
    let _ = codegen::widen(&mut document);
    codegen::infer(&mut document);
    codegen::name_request_data(&mut document);
    let before = document.clone();
    let mut applied = match codegen::overlay(&mut document, &overlay) {
        Ok(applied) => applied,
        Err(error) => {
            assert_eq!(document.value, before.value, "a failed overlay changed the document");
            return StageRun::failed(true, error);
        }
    };
    assert_eq!(applied.len(), seeds::actions(&overlay));
    if let Err(error) = codegen::describe::reconcile::reconcile(&mut document, &before, &mut overlay, &mut applied) {
        return StageRun::failed(true, error);
    }
    codegen::describe::complete::complete(&mut document, &before.value);
    StageRun::accepted()
}

/// Normalizes a mutated document. Asserts that all references resolve afterwards.
#[must_use]
pub fn normalize(bytes: &[u8]) -> StageRun {
    let mut document = mutated(&mut Choices::new(bytes));
    if let Err(error) = problems(&mut document) {
        return StageRun::failed(false, error);
    }
    let _ = codegen::widen(&mut document);
    codegen::infer(&mut document);
    codegen::name_request_data(&mut document);
    let before = document.value.clone();
    codegen::describe::complete::complete(&mut document, &before);
    let completed = document.value.clone();
    let normalized = match codegen::normalize(&mut document) {
        Ok(normalized) => normalized,
        Err(error) => return StageRun::failed(true, error),
    };
    assert_eq!(document.value, completed, "the parts that were left out were not put back");
    let used = normalized.operations.iter().flat_map(|operation| {
        let inputs = operation.query.as_deref().into_iter().chain(operation.body.type_name());
        inputs.chain(operation.output.is_generated().then_some(operation.output.name.as_str()))
    });
    for name in normalized.components.values().flat_map(|component| component.references()).chain(used) {
        assert!(normalized.components.contains_key(name), "there is no component `{name}`");
    }
    let _ = codegen::lower(&normalized);
    StageRun::accepted()
}

/// Generates the bindings of a mutated document. Asserts that every element is in the bindings or is left out for a recorded
/// reason.
#[must_use]
pub fn coverage(bytes: &[u8]) -> StageRun {
    covered(&mutated(&mut Choices::new(bytes)))
}

/// Generates the bindings of a document. Asserts that every element is in the bindings or is left out for a recorded reason.
#[must_use]
pub fn covered(document: &Document) -> StageRun {
    let text = codegen::to_yaml(&document.value).expect("a document can be written");
    match codegen::coverage(&inputs(&text)) {
        Ok(coverage) => {
            let lost: Vec<_> = coverage.errors.iter().map(|error| (&error.pointer, &error.message)).collect();
            assert!(lost.is_empty(), "{lost:#?}\n{text}");
            StageRun::accepted()
        }
        Err(error) => StageRun::failed(false, error),
    }
}

/// Generates all output for a mutated document. Asserts that the published editions of its description can be read, and that they
/// have no reference that does not resolve, except for those of the description itself.
#[must_use]
pub fn generate(bytes: &[u8]) -> StageRun {
    let mut choices = Choices::new(bytes);
    let document = mutated(&mut choices);
    let text = codegen::to_yaml(&document.value).expect("a document can be written");
    let inputs = inputs(&text);
    let output = match codegen::generate(&inputs) {
        Ok(output) => output,
        Err(error) => return StageRun::failed(false, error),
    };
    let mut progress = Progress::new(&inputs, DocumentKind::Api);
    let mut stages = STAGES.iter().take_while(|stage| stage.name != "normalize");
    stages.try_for_each(|stage| stage.run(&mut progress)).expect("the document was generated before");
    let before = dangling(&progress.described.document.value);
    for yaml in [&output.talkable_yaml, &output.talkable_3_1_yaml] {
        let edition = codegen::load("edition.yaml", yaml.as_bytes()).unwrap_or_else(|error| panic!("{error}\n{yaml}"));
        let after = dangling(&edition.value);
        // A reference that does not resolve changes if the schema around its target gets another name.
        assert!(after.len() <= before.len(), "{before:#?}\n{after:#?}\n{text}\n{yaml}");
    }
    // A webhooks document can have other components with the same names.
    let edition =
        codegen::load("edition.yaml", output.talkable_yaml.as_bytes()).expect("the edition was loaded before");
    let mut webhooks = edition.value.clone();
    mutate(&mut webhooks, &mut choices);
    // The references of webhooks that do not resolve can change.
    let before = dangling(&edition.value).len() + dangling(&webhooks).len();
    let both = codegen::edition::openapi_3_1(edition.value, webhooks, &BTreeMap::new());
    let after = dangling(&both);
    assert!(after.len() <= before, "{after:#?}\n{}\n{both:#}", output.talkable_yaml);
    StageRun::accepted()
}

/// Returns the references that do not resolve to an object. Codegen reports references to other values.
fn dangling(document: &Value) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    codegen::openapi::walk::walk(&mut document.clone(), &mut |_, entries| {
        let reference = entries.get("$ref").and_then(Value::as_str);
        let pointer = reference.and_then(|reference| reference.strip_prefix('#'));
        let target = pointer.and_then(|pointer| document.pointer(pointer));
        found.extend(reference.filter(|_| !target.is_some_and(Value::is_object)).map(str::to_owned));
    });
    found
}

fn inputs(document: &str) -> Inputs<'_> {
    let source = |name, text: &'static str| Source { name, bytes: text.as_bytes() };
    let overlay = source("overlay.yaml", "overlay: 1.0.0\ninfo: {title: Empty, version: 1.0.0}\nactions: []\n");
    let published = |document| Published { document, transcription: document, overlay };
    Inputs {
        v2: published(Source { name: "mutated.yaml", bytes: document.as_bytes() }),
        webhooks: published(source("webhooks.yaml", "openapi: 3.0.3\ninfo: {title: Shop, version: v2}\npaths: {}\n")),
        shared: source("schemas.yaml", seeds::SHARED),
    }
}

fn mutated(choices: &mut Choices<'_>) -> Document {
    let mut document = seeds::document(choices);
    mutate(&mut document.value, choices);
    document
}

/// Repairs a document, and returns its remaining problems.
fn problems(document: &mut Document) -> codegen::Result<BTreeSet<(Option<String>, String)>> {
    codegen::repair(document, seeds::shared());
    let problems = codegen::validate(document).map_err(|error| document.locate(error))?;
    Ok(problems.iter().map(key).collect())
}

/// Returns the location and the message of a problem, which identify it.
fn key(problem: &Problem) -> (Option<String>, String) {
    (problem.warning.pointer.clone(), problem.warning.message.clone())
}

fn each(value: &Value, pointer: String, visit: &mut impl FnMut(&str)) {
    visit(&pointer);
    match value {
        Value::Object(map) => map.iter().for_each(|(key, inner)| each(inner, child(&pointer, key), visit)),
        Value::Array(items) => {
            let items = items.iter().enumerate();
            items.for_each(|(index, inner)| each(inner, format!("{pointer}/{index}"), visit));
        }
        _ => {}
    }
}
