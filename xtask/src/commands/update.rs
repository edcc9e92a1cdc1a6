//! `cargo xtask update`: imports the vendor's changed documents, completely or not at all.

mod trial;

use std::time::Instant;

use ::codegen::report::diff::Comparison;
use ::codegen::{DocumentKind, Output};
use lexopt::Arg;

use super::transcribe::{Transcription, transcribe};
use super::{codegen, diff};
use crate::command::{Command, Context, Failure, Result};
use crate::inputs::{self, Files, Options};
use crate::workspace::{Change, File, Plan};

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

fn run(parser: &mut lexopt::Parser, context: &mut Context<'_>) -> Result {
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

fn update(options: &Options, tested: bool, context: &mut Context<'_>) -> Result {
    let started = Instant::now();
    let tree = context.lock(context.root())?;
    let mut transcriptions = Vec::new();
    for (path, kind) in [(&options.published, DocumentKind::Api), (&options.webhooks, DocumentKind::Webhooks)] {
        if let Some(path) = path {
            transcriptions.push(transcription(&context.given(path), kind, context)?);
        }
    }
    let mut plan = Plan::new(context.root());
    for Transcription { kind, text, .. } in &transcriptions {
        plan.put(context.file(inputs::transcription(*kind)), text.clone())?;
    }
    let old = [diff::current(DocumentKind::Api, context)?, diff::current(DocumentKind::Webhooks, context)?];
    let mut new = Files::read(options, context)?;
    // Generate from the vendor's file first, so that errors refer to its lines.
    let given = ::codegen::generate(&new.inputs())?;
    codegen::print_diagnostics(&given, context)?;
    for Transcription { kind, text, .. } in &transcriptions {
        new.replace(*kind, text);
    }
    let output = ::codegen::generate(&new.inputs())?;
    refuse_difference(&given, &output)?;

    let plan = codegen::plan(plan, &output, context)?;
    let changes = plan.changes();
    if tested && !changes.is_empty() {
        trial::run(&plan, context)?;
    }
    plan.apply(&tree)?;
    codegen::print_summary(&output, &changes, started.elapsed(), false, context)?;
    for change in &changes {
        let (done, name) = match change {
            Change::Missing(name) => ("new", name.clone()),
            Change::Differs(name, line) => ("rewritten", format!("{name} from line {line} on")),
            Change::Leftover(name) => ("removed", name.clone()),
        };
        writeln!(context.out, "  {done:<10} {name}")?;
    }
    compare(&old, &new, context)
}

/// Prints the changes that affect users of the crate.
fn compare(old: &[Files; 2], new: &Files, context: &mut Context<'_>) -> Result {
    let mut comparisons = Vec::new();
    for (kind, old) in [DocumentKind::Api, DocumentKind::Webhooks].into_iter().zip(old) {
        let revision = |files: &Files| ::codegen::report::diff::read(&files.inputs(), kind);
        match revision(old).and_then(|old| Ok(::codegen::diff(&old, &revision(new)?))) {
            Ok(comparison) => comparisons.push(comparison),
            // The import has succeeded, so the new document is valid and the error is about the old document.
            Err(error) => context.report(&error.note("the new document was not compared with this one"))?,
        }
    }
    if let Some(comparison) = comparisons.into_iter().reduce(Comparison::and) {
        write!(context.out, "\n{}", diff::text(&comparison))?;
    }
    Ok(())
}

/// Transcribes a file, which must be of the given kind.
fn transcription(file: &File, kind: DocumentKind, context: &Context<'_>) -> Result<Transcription> {
    let transcription = transcribe(file, context)?;
    if transcription.kind == kind {
        return Ok(transcription);
    }
    let help = match transcription.kind {
        DocumentKind::Api => "pass it without `--webhooks`",
        DocumentKind::Webhooks => "pass it with `--webhooks`",
    };
    let message = format!("this is {}", inputs::subject(transcription.kind));
    Err(Failure::new(message).in_file(&file.name).help(help))
}

/// Fails if the bindings generated from the transcription differ from those generated from the vendor's document. They must be
/// equal, because later runs read only the transcription.
fn refuse_difference(given: &Output, output: &Output) -> Result {
    let [given, output] = [given, output].map(|output| (&output.files, &output.talkable_yaml, &output.webhooks_yaml));
    if given == output {
        return Ok(());
    }
    let failure = Failure::new("the transcription and the vendor's document produce different bindings");
    Err(failure.help("fix `transcribe` in codegen"))
}
