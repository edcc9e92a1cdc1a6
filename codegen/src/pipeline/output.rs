//! Runs all stages for both documents and collects the output.

use super::{Progress, STAGES};
use crate::describe::repair::unused_repairs;
use crate::describe::{DocumentKind, Inputs, to_yaml};
use crate::edition::{Samples, open_enums, openapi_3_0, openapi_3_1};
use crate::emit::print::{SourceFile, print};
use crate::emit::{emit_table, features};
use crate::model::api::{Envelope, Event};
use crate::model::name_collisions::name_collisions;
use crate::model::normalize::{Normalized, NormalizedOperation};
use crate::model::schema::{Component, Schema};
use crate::openapi::node::Node;
use crate::openapi::walk::METHODS;
use crate::source::large_stack::on_large_stack;
use crate::{Diagnostic, Document, Result, Severity};

/// The output of a code generation run.
#[derive(Clone, Debug)]
pub struct Output {
    /// The generated files, with paths relative to the folder for generated code.
    pub files: Vec<SourceFile>,
    /// A Rust file with a table of the types of all operations and webhooks. The tests use this table.
    pub table: SourceFile,
    /// The Rust files with the table of the commands of the command-line program, relative to their folder.
    pub commands: Vec<SourceFile>,
    /// The complete description of the API.
    pub talkable_yaml: String,
    /// The complete description of the webhooks.
    pub webhooks_yaml: String,
    /// The complete description of both as OpenAPI 3.1.
    pub talkable_3_1_yaml: String,
    /// The lines of the `[features]` table in `Cargo.toml`: one feature per resource, and one that enables all of them.
    pub features: String,
    /// The counts and diagnostics.
    pub report: Report,
}

/// The counts and diagnostics of a code generation run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// The number of operations with a generated method.
    pub operations: usize,
    /// The number of webhooks with a generated type.
    pub webhooks: usize,
    /// The number of operations and webhooks that are left out of the bindings.
    pub left_out: usize,
    /// The number of operations whose result is described.
    pub results: usize,
    /// The number of operations whose result is untyped JSON.
    pub untyped_results: usize,
    /// The number of generated types.
    pub types: usize,
    /// The number of responses with an inferred schema.
    pub responses: usize,
    /// The number of examples from which these schemas were inferred.
    pub examples: usize,
    /// The number of repairs in the repair table.
    pub repairs: usize,
    /// The number of nodes changed by the repairs.
    pub repaired: usize,
    /// The number of overlay actions.
    pub actions: usize,
    /// The number of nodes changed by the overlay actions.
    pub corrected: usize,
    /// A warning for each repair that changed nothing.
    pub unused_repairs: Vec<Diagnostic>,
    /// The warnings about the documents, followed by the notes.
    pub diagnostics: Vec<Diagnostic>,
}

impl Report {
    /// Returns all warnings. Each of them requires a change to a repair, the overlay or the document.
    pub fn warnings(&self) -> impl Iterator<Item = &Diagnostic> {
        self.unused_repairs.iter().chain(self.diagnostics.iter().filter(|it| it.severity == Severity::Warning))
    }
}

/// Generates the code and the complete descriptions of both documents.
///
/// # Errors
///
/// Returns an error with the file, line and JSON pointer if a file can't be parsed or a document is invalid.
pub fn generate(inputs: &Inputs<'_>) -> Result<Output> {
    on_large_stack(|| {
        let mut api = Progress::new(inputs, DocumentKind::Api);
        let mut webhooks = Progress::new(inputs, DocumentKind::Webhooks);
        for stage in &STAGES {
            stage.run(&mut api)?;
            stage.run(&mut webhooks)?;
        }
        let edition = |it: &Progress<'_>| {
            let samples = Samples { rust: &it.samples, command_lines: &it.command_lines };
            openapi_3_0(&it.described.document.value, &it.normalized.type_names, samples)
        };
        let (v2, mut hooks) = (edition(&api), edition(&webhooks));
        open_enums(&mut hooks);
        let kind = |event: &Event| {
            let operation = webhooks.normalized.operations.iter().find(|operation| operation.id == event.id)?;
            Some((operation.path.clone(), event.kind.clone()))
        };
        let kinds = webhooks.api.events.iter().filter_map(kind).collect();
        let commands = [&mut api, &mut webhooks].into_iter().flat_map(|it| std::mem::take(&mut it.commands));
        Ok(Output {
            commands: commands.map(print).collect::<Result<_>>()?,
            table: print(emit_table(&api.api, &webhooks.api))?,
            talkable_yaml: with_header(&to_yaml(&v2)?),
            webhooks_yaml: with_header(&to_yaml(&hooks)?),
            talkable_3_1_yaml: with_header(&to_yaml(&openapi_3_1(v2, hooks, &kinds))?),
            features: features(&api.api),
            report: report(&api, &webhooks),
            files: api.files.into_iter().chain(webhooks.files).collect(),
        })
    })
}

/// Counts the generated types. The types that enclose webhook payloads are not counted, because they are part of the runtime.
fn used_types(progress: &Progress<'_>) -> usize {
    progress.api.uses.values().filter(|usage| !usage.resources.is_empty()).count()
}

fn report(api: &Progress<'_>, webhooks: &Progress<'_>) -> Report {
    let both = || [&api.described, &webhooks.described].into_iter();
    let repaired = [api.described.repaired.as_slice(), webhooks.described.repaired.as_slice()];
    let mut diagnostics: Vec<Diagnostic> = Vec::new();
    for progress in [api, webhooks] {
        let (described, normalized) = (&progress.described, &progress.normalized);
        let found = described.skipped.iter().chain(&described.left_out).chain(&described.widened);
        diagnostics.extend(found.chain(&normalized.diagnostics).cloned());
        diagnostics.extend(name_collisions(&described.document, normalized, &progress.api));
    }
    diagnostics.sort_by_key(|diagnostic| diagnostic.severity);
    let (operations, events) = (api.normalized.operations.len(), webhooks.api.events.len());
    Report {
        left_out: both()
            .map(|it| described_operations(&it.document))
            .sum::<usize>()
            .saturating_sub(operations + events),
        operations,
        webhooks: events,
        results: results(&api.normalized, |_| true),
        untyped_results: results(&api.normalized, |component| match component.object() {
            Some(object) if object.transparent => object.properties.iter().all(|(_, it)| it.schema == Schema::Any),
            Some(object) => object.properties.is_empty() && object.constant.is_none(),
            None => false,
        }),
        types: used_types(api) + used_types(webhooks),
        responses: both().map(|described| described.inferred.responses).sum(),
        examples: both().map(|described| described.inferred.examples).sum(),
        repairs: api.described.repaired.len(),
        repaired: both().flat_map(|described| &described.repaired).map(|repair| repair.places.len()).sum(),
        actions: both().map(|described| described.applied.len()).sum(),
        corrected: both().flat_map(|described| &described.applied).map(|action| action.matched).sum(),
        unused_repairs: unused_repairs(repaired).collect(),
        diagnostics,
    }
}

/// Counts the operations with a described result for which `is_counted` is true.
fn results(normalized: &Normalized, is_counted: impl Fn(&Component) -> bool) -> usize {
    let is_result = |operation: &&NormalizedOperation| {
        let Some(component) = normalized.components.get(&operation.output.name) else { return false };
        let is_empty = component.object().is_some_and(|object| object.properties.is_empty());
        (!is_empty || operation.output.envelope() != Some(Envelope::OrDefault)) && is_counted(component)
    };
    normalized.operations.iter().filter(is_result).count()
}

/// Counts the operations in a document. An operation is counted once for each path that refers to its path item.
fn described_operations(document: &Document) -> usize {
    let root = Node::root(&document.value);
    let items = root.path_items().unwrap_or_default().into_iter().filter_map(|(_, item)| item.follow().ok());
    items.map(|item| METHODS.iter().filter(|method| item.get(method).is_some()).count()).sum()
}

fn with_header(yaml: &str) -> String {
    format!(
        "# Generated by `cargo xtask codegen` from spec/published and spec/overlay; to change it, edit the overlay.\n{yaml}"
    )
}
