//! Defines the stages that turn a published document into generated files.
//!
//! [`STAGES`] is the only list of stages. `codegen --stop-after`, `explain`, `diff` and the growth benchmark all use this list.

mod output;

use std::collections::BTreeMap;

use crate::describe::{Described, DocumentKind, Inputs, Published, Source, to_yaml};
use crate::emit::print::{SourceFile, print};
use crate::emit::{Module, command_lines, emit, emit_commands, emit_webhook_commands, emit_webhooks, samples_of_calls};
use crate::model::api::{Api, TypeItem};
use crate::model::events::events;
use crate::model::lower::lower;
use crate::model::normalize::{Normalized, normalize, normalize_webhooks};
use crate::model::types::types;
use crate::source::large_stack::on_large_stack;
use crate::{Diagnostic, Result};

pub use output::{Output, Report, generate};

/// A processing stage: its name, the function that runs it, and the function that formats its result.
#[derive(Clone, Copy, Debug)]
pub struct Stage {
    /// The name of the stage, as passed to `--stop-after`.
    pub name: &'static str,
    work: fn(&mut Progress<'_>) -> Result<()>,
    text: fn(&Progress<'_>) -> Result<String>,
}

/// All stages, in the order in which they run.
pub const STAGES: [Stage; 13] = [
    Stage { name: "load", work: |it| it.load(), text: |it| it.document() },
    Stage { name: "downgrade", work: |it| it.described.downgrade(it.kind), text: |it| it.document() },
    Stage { name: "repair", work: |it| it.described.repair(it.shared), text: |it| it.document() },
    Stage { name: "infer", work: |it| it.described.infer(it.kind), text: |it| it.document() },
    Stage { name: "request_data", work: |it| it.described.name_request_data(), text: |it| it.document() },
    Stage { name: "overlay", work: |it| it.described.apply_overlay(), text: |it| it.document() },
    Stage { name: "reconcile", work: |it| it.described.reconcile(), text: |it| it.document() },
    Stage { name: "complete", work: |it| it.described.complete(), text: |it| it.document() },
    Stage { name: "normalize", work: |it| it.normalize(), text: |it| Ok(debug(&it.normalized)) },
    Stage { name: "lower", work: |it| it.lower(), text: |it| Ok(debug(&it.api)) },
    Stage { name: "types", work: |it| it.types(), text: |it| Ok(debug(&it.types)) },
    Stage { name: "emit", work: |it| it.emit(), text: |it| Ok(it.tokens()) },
    Stage { name: "print", work: |it| it.print(), text: |it| Ok(it.code()) },
];

impl Stage {
    /// Finds a stage by name.
    ///
    /// # Errors
    ///
    /// Returns an error if no stage has this name.
    pub fn named(name: &str) -> Result<Self> {
        STAGES.into_iter().find(|stage| stage.name == name).ok_or_else(|| unknown(name))
    }

    /// Runs the stage, and stores its result in `progress`.
    ///
    /// # Errors
    ///
    /// Returns an error with the file, line and JSON pointer if a file or the document is invalid.
    pub fn run(&self, progress: &mut Progress<'_>) -> Result<()> {
        (self.work)(progress)
    }
}

/// One of the two documents (API or webhooks), with the results of the stages that have run. The fields for the results of later
/// stages are empty.
#[derive(Debug)]
pub struct Progress<'a> {
    kind: DocumentKind,
    published: &'a Published<'a>,
    shared: &'a Source<'a>,
    /// The document and the results of the stages from `load` to `complete`.
    pub described: Described,
    /// The result of the `normalize` stage.
    pub normalized: Normalized,
    /// The result of the `lower` stage.
    pub api: Api,
    /// The result of the `types` stage. It is empty after the `emit` stage, which consumes it.
    pub types: Vec<TypeItem>,
    /// The Rust code of a call of each operation, by `operationId`: another result of the `emit` stage.
    pub samples: BTreeMap<String, String>,
    /// A command line that makes a call of each operation, by `operationId`: another result of the `emit` stage.
    pub command_lines: BTreeMap<String, String>,
    /// The table of commands: another result of the `emit` stage.
    pub commands: Vec<Module>,
    /// The result of the `emit` stage. It is empty after the `print` stage, which consumes it.
    pub modules: Vec<Module>,
    /// The result of the `print` stage.
    pub files: Vec<SourceFile>,
}

impl<'a> Progress<'a> {
    /// Creates the state of a document before its first stage.
    #[must_use]
    pub fn new(inputs: &'a Inputs<'a>, kind: DocumentKind) -> Self {
        Self::of(inputs.published(kind), &inputs.shared, kind)
    }

    pub(crate) fn of(published: &'a Published<'a>, shared: &'a Source<'a>, kind: DocumentKind) -> Self {
        Self {
            kind,
            published,
            shared,
            described: Described::default(),
            normalized: Normalized::default(),
            api: Api::default(),
            types: Vec::new(),
            samples: BTreeMap::new(),
            command_lines: BTreeMap::new(),
            commands: Vec::new(),
            modules: Vec::new(),
            files: Vec::new(),
        }
    }

    /// Runs the stages from `first` to `last`, inclusive.
    pub(crate) fn run(&mut self, first: &str, last: &str) -> Result<()> {
        let position = |name| STAGES.iter().position(|stage| stage.name == name).ok_or_else(|| unknown(name));
        let (first, last) = (position(first)?, position(last)?);
        STAGES.iter().take(last + 1).skip(first).try_for_each(|stage| stage.run(self))
    }

    fn load(&mut self) -> Result<()> {
        self.described = Described::load(self.published)?;
        Ok(())
    }

    fn normalize(&mut self) -> Result<()> {
        self.normalized = match self.kind {
            DocumentKind::Api => normalize(&mut self.described.document)?,
            DocumentKind::Webhooks => normalize_webhooks(&mut self.described.document)?,
        };
        Ok(())
    }

    #[allow(clippy::unnecessary_wraps, reason = "all stages have the same signature")]
    fn lower(&mut self) -> Result<()> {
        self.api = match self.kind {
            DocumentKind::Api => lower(&self.normalized),
            DocumentKind::Webhooks => {
                let (api, warnings) = events(&self.normalized);
                let warnings = warnings.into_iter().map(|warning| self.described.document.locate(warning));
                self.normalized.diagnostics.extend(warnings);
                api
            }
        };
        Ok(())
    }

    fn types(&mut self) -> Result<()> {
        self.types = types(&self.normalized)?;
        Ok(())
    }

    #[allow(clippy::unnecessary_wraps, reason = "all stages have the same signature")]
    fn emit(&mut self) -> Result<()> {
        let types = std::mem::take(&mut self.types);
        self.commands = match self.kind {
            DocumentKind::Api => emit_commands(&self.api, &types),
            DocumentKind::Webhooks => vec![emit_webhook_commands(&self.api, &types)],
        };
        if self.kind == DocumentKind::Api {
            self.samples = samples_of_calls(&self.api, &types);
            self.command_lines = command_lines(&self.api, &types);
        }
        self.modules = match self.kind {
            DocumentKind::Api => emit(&self.api, types),
            DocumentKind::Webhooks => emit_webhooks(&self.api, types),
        };
        Ok(())
    }

    fn print(&mut self) -> Result<()> {
        self.files = std::mem::take(&mut self.modules).into_iter().map(print).collect::<Result<_>>()?;
        Ok(())
    }

    fn document(&self) -> Result<String> {
        to_yaml(&self.described.document.value)
    }

    fn tokens(&self) -> String {
        self.modules.iter().map(|module| format!("// {}\n{}\n", module.path, module.tokens)).collect()
    }

    fn code(&self) -> String {
        self.files.iter().map(|file| format!("// {}\n{}\n", file.path, file.text)).collect()
    }
}

fn unknown(name: &str) -> Diagnostic {
    let known = STAGES.map(|stage| stage.name).join(", ");
    Diagnostic::error(format!("there is no stage `{name}`")).help(format!("use one of {known}"))
}

fn debug(value: &impl std::fmt::Debug) -> String {
    format!("{value:#?}\n")
}

/// Runs the stages from `load` to `complete` for one document, and returns the complete description.
///
/// # Errors
///
/// Returns an error with the file, line and JSON pointer if a file can't be parsed, the document is invalid, or an overlay action
/// can't be applied.
pub fn describe(published: &Published<'_>, shared: &Source<'_>) -> Result<Described> {
    let mut progress = Progress::of(published, shared, DocumentKind::Api);
    progress.run("load", "complete")?;
    Ok(progress.described)
}

/// Runs the stages up to and including `stage` for the API document. Returns the result of `stage` as text.
///
/// # Errors
///
/// Returns an error if one of these stages fails, in the same cases as [`generate`].
pub fn stop_after(inputs: &Inputs<'_>, stage: Stage) -> Result<String> {
    on_large_stack(|| {
        let mut progress = Progress::new(inputs, DocumentKind::Api);
        progress.run("load", stage.name)?;
        (stage.text)(&progress)
    })
}
