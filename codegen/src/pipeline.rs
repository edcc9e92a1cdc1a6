//! The straight line from the documents to the sources, and what there is to tell about it.

use std::str::FromStr;

use crate::describe::warnings::warnings;
use crate::describe::{DescribeStage, Described, Inputs, describe, to_yaml};
use crate::emit::print::{SourceFile, print};
use crate::emit::{Module, emit, emit_table, emit_webhooks, features};
use crate::model::api::TypeItem;
use crate::model::events::events;
use crate::model::lower::lower;
use crate::model::name_collisions::name_collisions;
use crate::model::normalize::{normalize, normalize_webhooks};
use crate::model::types::types;
use crate::openapi::walk::operations;
use crate::source::large_stack::on_large_stack;
use crate::{Diagnostic, Result, Severity};

/// Everything that a run makes.
#[derive(Clone, Debug)]
pub struct Output {
    /// The generated code, with paths below its folder.
    pub files: Vec<SourceFile>,
    /// The table of the types of all operations and webhooks, for the tests.
    pub table: SourceFile,
    /// The complete description of the API.
    pub talkable_yaml: String,
    /// The complete description of the webhooks.
    pub webhooks_yaml: String,
    /// The cargo features, one for each resource.
    pub features: String,
    /// What was done.
    pub report: Report,
}

/// What a run did, in numbers, and what it would have the maintainer know.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// Operations of the API.
    pub operations: usize,
    /// Webhooks.
    pub webhooks: usize,
    /// Types that were written.
    pub types: usize,
    /// Responses whose type was inferred.
    pub responses: usize,
    /// Examples that it was inferred from.
    pub examples: usize,
    /// Repairs that there are.
    pub repairs: usize,
    /// Places that they changed.
    pub repaired: usize,
    /// Overlay actions that there are.
    pub actions: usize,
    /// Places that they changed.
    pub corrected: usize,
    /// The notes and warnings: stale repairs and overlay actions, name collisions, and parts that are untyped or left out.
    pub diagnostics: Vec<Diagnostic>,
}

impl Report {
    /// The diagnostics that ask for a change of the overlay or the document.
    pub fn warnings(&self) -> impl Iterator<Item = &Diagnostic> {
        self.diagnostics.iter().filter(|diagnostic| diagnostic.severity == Severity::Warning)
    }
}

/// Makes the sources and the complete descriptions.
///
/// # Errors
///
/// If a file can't be read or a document can't be understood; with file, line and pointer.
pub fn generate(inputs: &Inputs<'_>) -> Result<Output> {
    on_large_stack(|| make(inputs))
}

fn make(inputs: &Inputs<'_>) -> Result<Output> {
    let v2 = describe(&inputs.v2, &inputs.shared)?;
    let webhooks = describe(&inputs.webhooks, &inputs.shared)?;
    let (normalized, told) = (normalize(&v2.document)?, normalize_webhooks(&webhooks.document)?);
    let (api, events) = (lower(&normalized), events(&told).map_err(|error| webhooks.document.locate(error))?);
    let (api_types, event_types) = (types(&normalized)?, types(&told)?);
    // The types of what is around a payload are the runtime's, and not written.
    let used = |item: &&TypeItem| events.uses.get(&item.name).is_some_and(|usage| !usage.resources.is_empty());
    let written = api_types.len() + event_types.iter().filter(used).count();
    let mut report = Report { types: written, ..report(&v2, &webhooks) };
    let named = name_collisions(&v2.document, &normalized, &api);
    let named = named.into_iter().chain(name_collisions(&webhooks.document, &told, &lower(&told)));
    report.diagnostics.extend(named);
    report.diagnostics.extend(normalized.diagnostics.iter().chain(&told.diagnostics).cloned());
    report.diagnostics.sort_by_key(|diagnostic| std::cmp::Reverse(diagnostic.severity));
    let table = print(emit_table(&api, &events))?;
    let modules = emit(&api, api_types).into_iter().chain(emit_webhooks(&events, event_types));
    let files = modules.map(print).collect::<Result<_>>()?;
    Ok(Output {
        files,
        table,
        talkable_yaml: with_header(&to_yaml(&v2.document.value)?),
        webhooks_yaml: with_header(&to_yaml(&webhooks.document.value)?),
        features: features(&api),
        report,
    })
}

/// A place on the line where a run can stop, to show what there is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// The complete description.
    Describe(DescribeStage),
    /// The operations and schemas in the few forms of the later stages.
    Normalize,
    /// The API as plain data.
    Lower,
    /// The types as plain data.
    Types,
    /// The modules before they are laid out.
    Emit,
    /// The files.
    Print,
}

/// The stages by name, in their order.
pub const STAGES: [(&str, Stage); 12] = [
    ("load", Stage::Describe(DescribeStage::Load)),
    ("downgrade", Stage::Describe(DescribeStage::Downgrade)),
    ("repair", Stage::Describe(DescribeStage::Repair)),
    ("infer", Stage::Describe(DescribeStage::Infer)),
    ("anchor", Stage::Describe(DescribeStage::Anchor)),
    ("overlay", Stage::Describe(DescribeStage::Overlay)),
    ("complete", Stage::Describe(DescribeStage::Complete)),
    ("normalize", Stage::Normalize),
    ("lower", Stage::Lower),
    ("types", Stage::Types),
    ("emit", Stage::Emit),
    ("print", Stage::Print),
];

impl FromStr for Stage {
    type Err = Diagnostic;

    fn from_str(name: &str) -> Result<Self> {
        let stage = STAGES.iter().find(|(known, _)| *known == name);
        stage.map(|(_, stage)| *stage).ok_or_else(|| {
            let known: Vec<&str> = STAGES.iter().map(|(known, _)| *known).collect();
            Diagnostic::error(format!("there is no stage `{name}`")).help(format!("name one of {}", known.join(", ")))
        })
    }
}

/// Runs the line for the API's document up to a stage, and shows what came of it.
///
/// # Errors
///
/// As [`generate`], as far as the run goes.
pub fn stop_after(inputs: &Inputs<'_>, stage: Stage) -> Result<String> {
    on_large_stack(|| show(inputs, stage))
}

fn show(inputs: &Inputs<'_>, stage: Stage) -> Result<String> {
    if let Stage::Describe(stage) = stage {
        return to_yaml(&crate::describe::describe_up_to(&inputs.v2, &inputs.shared, stage)?.document.value);
    }
    let normalized = normalize(&describe(&inputs.v2, &inputs.shared)?.document)?;
    if stage == Stage::Normalize {
        return Ok(format!("{normalized:#?}\n"));
    }
    let api = lower(&normalized);
    if stage == Stage::Lower {
        return Ok(format!("{api:#?}\n"));
    }
    let types = types(&normalized)?;
    if stage == Stage::Types {
        return Ok(format!("{types:#?}\n"));
    }
    let modules = emit(&api, types);
    if stage == Stage::Emit {
        let shown = |module: &Module| format!("// {}\n{}\n", module.path, module.tokens);
        return Ok(modules.iter().map(shown).collect());
    }
    let files: Vec<SourceFile> = modules.into_iter().map(print).collect::<Result<_>>()?;
    Ok(files.iter().map(|file| format!("// {}\n{}\n", file.path, file.text)).collect())
}

fn with_header(yaml: &str) -> String {
    format!(
        "# Generated by `cargo xtask codegen` from spec/published and spec/overlay; to change it, edit the overlay.\n{yaml}"
    )
}

fn report(v2: &Described, webhooks: &Described) -> Report {
    let both = [v2, webhooks];
    Report {
        operations: operations(&v2.document.value).len(),
        webhooks: operations(&webhooks.document.value).len(),
        types: 0,
        responses: both.iter().map(|described| described.inferred.responses).sum(),
        examples: both.iter().map(|described| described.inferred.examples).sum(),
        repairs: v2.repaired.len(),
        repaired: both.iter().flat_map(|described| &described.repaired).map(|row| row.places.len()).sum(),
        actions: both.iter().map(|described| described.applied.len()).sum(),
        corrected: both.iter().flat_map(|described| &described.applied).map(|action| action.matched).sum(),
        diagnostics: both
            .iter()
            .flat_map(|described| described.left_out.iter().cloned())
            .chain(warnings(&both))
            .collect(),
    }
}
