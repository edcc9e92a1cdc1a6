//! `cargo xtask transcribe`: writes a transcription of one of the vendor's documents to `spec/published/`.

use std::path::PathBuf;

use ::codegen::{Diagnostic, Document, DocumentKind};
use lexopt::Arg;

use crate::command::{Command, Context, Failure, Result};
use crate::inputs::{self, Files};
use crate::workspace::{File, Plan};

pub(crate) const COMMAND: Command = Command {
    name: "transcribe",
    usage: "cargo xtask transcribe FILE",
    about: "Writes a transcription of FILE, one of the vendor's two documents, to spec/published/. The transcription\n\
            describes the same interface, without the vendor's prose and example values.",
    run,
};

fn run(parser: &mut lexopt::Parser, context: &mut Context<'_>) -> Result {
    let mut file = None;
    while let Some(argument) = parser.next()? {
        match argument {
            Arg::Value(value) if file.is_none() => file = Some(PathBuf::from(value)),
            other => return Err(other.unexpected().into()),
        }
    }
    let file = file.ok_or_else(|| Failure::Usage("FILE is missing".to_owned()))?;
    let file = context.given(&file);
    let tree = context.lock(context.root())?;
    let Transcription { vendor, kind, text } = transcribe(&file, context)?;
    let left_out = check(&file, kind, context)?;
    context.report_all(&left_out)?;
    let name = inputs::transcription(kind);
    let mut plan = Plan::new(context.root());
    plan.put(context.file(name), text)?;
    let done = if plan.changes().is_empty() { "is up to date" } else { "was written" };
    plan.apply(&tree)?;
    writeln!(context.out, "{name} {done}: {} operations", ::codegen::openapi::walk::operations(&vendor.value).len())?;
    Ok(())
}

/// Fails if the document can't be read. Otherwise returns a diagnostic for each part of the document that is left out.
fn check(file: &File, kind: DocumentKind, context: &Context<'_>) -> Result<Vec<Diagnostic>> {
    let files = Files::of_document(kind, file, context)?;
    let inputs = files.inputs();
    let mut described = ::codegen::pipeline::describe(inputs.published(kind), &inputs.shared)?;
    let normalized = match kind {
        DocumentKind::Api => ::codegen::normalize(&mut described.document)?,
        DocumentKind::Webhooks => ::codegen::normalize_webhooks(&mut described.document)?,
    };
    Ok(described.skipped.into_iter().chain(described.left_out).chain(normalized.diagnostics).collect())
}

/// One of the vendor's documents and its transcription.
pub(super) struct Transcription {
    vendor: Document,
    pub(super) kind: DocumentKind,
    pub(super) text: String,
}

/// Transcribes one of the vendor's documents, and keeps the example values of an existing transcription.
pub(super) fn transcribe(file: &File, context: &Context<'_>) -> Result<Transcription> {
    let vendor = load(file)?;
    let kind = inputs::kind_of(&vendor)?;
    let ours = context.file(inputs::transcription(kind));
    let ours = if ours.path.is_file() { Some(load(&ours)?) } else { None };
    let text = ::codegen::to_yaml(&::codegen::transcribe(&vendor, ours.as_ref()))?;
    Ok(Transcription { vendor, kind, text })
}

fn load(file: &File) -> Result<Document> {
    Ok(::codegen::load(&file.name, &file.read()?)?)
}
