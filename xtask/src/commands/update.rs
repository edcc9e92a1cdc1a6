//! `cargo xtask update`: imports the vendor's changed documents, completely or not at all.

mod trial;

use std::path::PathBuf;
use std::time::Instant;

use ::codegen::DocumentKind;
use ::codegen::Output;
use ::codegen::report::diff::Comparison;
use lexopt::Arg;

use super::transcribe::{Transcription, transcribe};
use super::{codegen, diff};
use crate::command::Command;
use crate::context::Context;
use crate::inputs::{self, Files, Options};
use crate::terminal::Failure;
use crate::workspace::Change;

pub(crate) const COMMAND: Command = Command {
    name: "update",
    usage: "cargo xtask update [NEW] [--webhooks NEW] [--untested]",
    about: "Imports the vendor's new documents: transcribes them to spec/published/, generates the bindings, compiles and tests\n\
            a copy of the tree below target/, and prints the changes. If a step fails, no files are changed. Stale overlay\n\
            actions and repairs only cause warnings here, but errors in `cargo xtask codegen --check`.\n\
            NEW             the API document\n\
            --webhooks NEW  the webhooks document\n\
            --untested      skips compiling and testing",
    run,
};

fn run(parser: &mut lexopt::Parser, context: &mut Context<'_>) -> Result<(), Failure> {
    let (mut options, mut tested) = (Options::default(), true);
    while let Some(argument) = parser.next()? {
        match argument {
            Arg::Long("untested") => tested = false,
            Arg::Long("webhooks") => options.webhooks = Some(parser.value()?.into()),
            Arg::Value(value) if options.published.is_none() => options.published = Some(value.into()),
            other => return Err(other.unexpected().into()),
        }
    }
    if options.published.is_none() && options.webhooks.is_none() {
        return Err(Failure::Usage("NEW is missing".to_owned()));
    }
    update(&options, tested, context)
}

fn update(options: &Options, tested: bool, context: &mut Context<'_>) -> Result<(), Failure> {
    let started = Instant::now();
    let transcriptions = [
        transcription(options.published.as_ref(), DocumentKind::Api, context)?,
        transcription(options.webhooks.as_ref(), DocumentKind::Webhooks, context)?,
    ];
    let old = [diff::current(DocumentKind::Api, context)?, diff::current(DocumentKind::Webhooks, context)?];
    let mut new = Files::read(options, context)?;
    // Generate from the vendor's file first, so that errors refer to its lines.
    let given = ::codegen::generate(&new.inputs())?;
    codegen::print_diagnostics(&given, context)?;
    for Transcription { kind, text, .. } in transcriptions.iter().flatten() {
        new.replace(*kind, text);
    }
    let output = ::codegen::generate(&new.inputs())?;
    refuse_difference(&given, &output)?;

    let mut plan = codegen::plan(&output, context)?;
    for Transcription { kind, text, .. } in transcriptions.into_iter().flatten() {
        plan.put(context.file(inputs::transcription(kind)), text)?;
    }
    let changes = plan.changes();
    if tested && !changes.is_empty() {
        trial::run(&plan, context)?;
    }
    plan.apply()?;
    codegen::print_summary(&output, &changes, started.elapsed(), false, context)?;
    for change in &changes {
        writeln!(context.out, "  {}", done(change))?;
    }
    compare(&old, &new, context)
}

fn done(change: &Change) -> String {
    match change {
        Change::Missing(name) => format!("new        {name}"),
        Change::Differs(name, line) => format!("rewritten  {name} from line {line} on"),
        Change::Leftover(name) => format!("removed    {name}"),
    }
}

/// Prints the changes that affect users of the crate.
fn compare(old: &[Files; 2], new: &Files, context: &mut Context<'_>) -> Result<(), Failure> {
    let mut all: Option<Comparison> = None;
    for (kind, old) in [DocumentKind::Api, DocumentKind::Webhooks].into_iter().zip(old) {
        let revision = |files: &Files| ::codegen::report::diff::read(&files.inputs(), kind);
        match revision(old).and_then(|old| Ok(::codegen::diff(&old, &revision(new)?))) {
            Ok(one) => {
                all = Some(match all.take() {
                    Some(other) => other.and(one),
                    None => one,
                });
            }
            // The import has succeeded, so the new document is valid and the error is about the old document.
            Err(error) => context.report(&error.note("the new document was not compared with this one"))?,
        }
    }
    if let Some(comparison) = all {
        write!(context.out, "\n{}", diff::text(&comparison))?;
    }
    Ok(())
}

/// Transcribes a file, which must be of the given kind.
fn transcription(
    file: Option<&PathBuf>,
    kind: DocumentKind,
    context: &Context<'_>,
) -> Result<Option<Transcription>, Failure> {
    let Some(file) = file else { return Ok(None) };
    let file = context.given(file);
    let transcription = transcribe(&file, context)?;
    if transcription.kind != kind {
        let help = match transcription.kind {
            DocumentKind::Api => "pass it without `--webhooks`",
            DocumentKind::Webhooks => "pass it with `--webhooks`",
        };
        let message = format!("this is {}", inputs::subject(transcription.kind));
        return Err(Failure::new(message).in_file(&file.name).help(help));
    }
    Ok(Some(transcription))
}

/// Fails if the bindings generated from the transcription differ from those generated from the vendor's document. They must be
/// equal, because later runs read only the transcription.
fn refuse_difference(given: &Output, output: &Output) -> Result<(), Failure> {
    if given.files == output.files
        && given.talkable_yaml == output.talkable_yaml
        && given.webhooks_yaml == output.webhooks_yaml
    {
        return Ok(());
    }
    let failure = Failure::new("the transcription and the vendor's document generate different bindings");
    Err(failure.help("fix `transcribe` in codegen"))
}
