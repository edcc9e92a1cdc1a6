//! `cargo xtask diff`: prints the changes between two documents that affect users of the crate.

mod wording;

use std::fs;
use std::path::PathBuf;

use ::codegen::DocumentKind;
use ::codegen::report::diff::Comparison;
use lexopt::{Arg, ValueExt};

pub(super) use self::wording::text;
use self::wording::{json, markdown};
use crate::command::{Command, Context, Failure, Result};
use crate::inputs::{self, DESCRIPTION, Files, WEBHOOKS_DESCRIPTION};
use crate::workspace::File;

pub(crate) const COMMAND: Command = Command {
    name: "diff",
    usage: "cargo xtask diff OLD NEW [--format text|json|markdown]",
    about: "Compares two API documents, or two webhooks documents. Prints the changes that affect users of the crate, and the\n\
            version bump that they require. OLD and NEW are published documents, to which the overlay is applied, or\n\
            complete descriptions such as spec/talkable.yaml, which include an overlay. For a document in spec/published/,\n\
            the description of the current bindings is read.\n\
            --format text      prints plain text (the default)\n\
            --format json      prints JSON\n\
            --format markdown  prints entries for CHANGELOG.md\n\
            The exit status is 0 without breaking changes, 1 with breaking changes, and 2 if the comparison fails.",
    run,
};

fn run(parser: &mut lexopt::Parser, context: &mut Context<'_>) -> Result {
    let mut files = Vec::new();
    let mut format: fn(&Comparison) -> String = text;
    while let Some(argument) = parser.next()? {
        match argument {
            Arg::Long("format") => {
                format = match parser.value()?.string()?.as_str() {
                    "text" => text,
                    "json" => json,
                    "markdown" => markdown,
                    name => return Err(Failure::Usage(format!("there is no format `{name}`"))),
                }
            }
            Arg::Value(value) if files.len() < 2 => files.push(PathBuf::from(value)),
            other => return Err(other.unexpected().into()),
        }
    }
    let [old, new] = files.as_slice() else {
        return Err(Failure::Usage("OLD and NEW are required".to_owned()));
    };
    match compare(&context.given(old), &context.given(new), context) {
        Ok(comparison) => {
            context.out.write_all(format(&comparison).as_bytes())?;
            if comparison.is_breaking() { Err(Failure::Status(1)) } else { Ok(()) }
        }
        // Status 1 is reserved for breaking changes.
        Err(failure) => {
            context.err.write_all(failure.render(context.colors).as_bytes())?;
            Err(Failure::Status(2))
        }
    }
}

/// Compares two documents of the same kind.
fn compare(old: &File, new: &File, context: &Context<'_>) -> Result<Comparison> {
    let kind = |file: &File| inputs::kind_of(&::codegen::load(&file.name, &file.read()?)?);
    let (old_kind, new_kind) = (kind(old)?, kind(new)?);
    if old_kind != new_kind {
        let (one, other) = (inputs::subject(old_kind), inputs::subject(new_kind));
        let failure = Failure::new(format!("this is {other}, but {} is {one}", old.name));
        return Err(failure.in_file(&new.name).help("compare two documents of the same kind"));
    }
    let transcription = fs::canonicalize(context.file(inputs::transcription(old_kind)).path).ok();
    let read = |file: &File| {
        let is_current = transcription.is_some() && fs::canonicalize(&file.path).ok() == transcription;
        if is_current { current(old_kind, context) } else { Files::of_document(old_kind, file, context) }
    };
    let (old, new) = (read(old)?, read(new)?);
    let revision = |files: &Files| ::codegen::report::diff::read(&files.inputs(), old_kind);
    Ok(::codegen::diff(&revision(&old)?, &revision(&new)?))
}

/// Reads the complete description of the current bindings, or the transcription if there is none. The description is preferred
/// because it includes the overlay, whereas the overlay on disk may already be edited for a new document.
pub(super) fn current(kind: DocumentKind, context: &Context<'_>) -> Result<Files> {
    let description = context.file(match kind {
        DocumentKind::Api => DESCRIPTION,
        DocumentKind::Webhooks => WEBHOOKS_DESCRIPTION,
    });
    let transcription = context.file(inputs::transcription(kind));
    Files::of_document(kind, if description.path.is_file() { &description } else { &transcription }, context)
}
