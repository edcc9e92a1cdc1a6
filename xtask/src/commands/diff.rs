//! `cargo xtask diff`: the changes between two documents for users of the crate.

mod wording;

use std::path::PathBuf;

use ::codegen::DocumentKind;
use ::codegen::openapi::walk::operations;
use ::codegen::report::diff::{Comparison, Revision};
use lexopt::{Arg, ValueExt};

pub(super) use self::wording::text;
use self::wording::{json, markdown};
use crate::command::Command;
use crate::context::Context;
use crate::inputs::{self, Files};
use crate::terminal::Failure;
use crate::workspace::File;

pub(crate) const COMMAND: Command = Command {
    name: "diff",
    usage: "cargo xtask diff OLD NEW [--format text|json|markdown]",
    about: "Compares two documents of the API, or two of the webhooks, and prints the changes for users of the crate and the\n\
            version step that they require. OLD and NEW are published documents, or complete descriptions such as\n\
            spec/talkable.yaml.\n\
            --format text      for reading (the default)\n\
            --format json      for programs\n\
            --format markdown  for CHANGELOG.md\n\
            The exit status is 0 if the programs of users keep working, 1 if they may break, 2 if the comparison failed.",
    run,
};

/// Prints one format of a comparison.
type Format = fn(&Comparison) -> String;

const FORMATS: [(&str, Format); 3] = [("text", text), ("json", json), ("markdown", markdown)];

fn run(parser: &mut lexopt::Parser, context: &mut Context<'_>) -> Result<(), Failure> {
    let (mut files, mut format) = (Vec::new(), text as Format);
    while let Some(argument) = parser.next()? {
        match argument {
            Arg::Long("format") => format = self::format(&parser.value()?.string()?)?,
            Arg::Value(value) if files.len() < 2 => files.push(PathBuf::from(value)),
            other => return Err(other.unexpected().into()),
        }
    }
    let [old, new] = files.as_slice() else {
        return Err(Failure::Usage("two documents are needed, the older one first".to_owned()));
    };
    match compare(&context.given(old), &context.given(new), context) {
        Ok(comparison) => {
            context.out.write_all(format(&comparison).as_bytes())?;
            if comparison.is_breaking() { Err(Failure::Status(1)) } else { Ok(()) }
        }
        // Status 1 means that the documents were compared.
        Err(failure) => {
            context.err.write_all(failure.render(context.colors).as_bytes())?;
            Err(Failure::Status(2))
        }
    }
}

fn format(name: &str) -> Result<Format, Failure> {
    let known = FORMATS.iter().find(|(known, _)| *known == name);
    known.map(|(_, format)| *format).ok_or_else(|| {
        let names: Vec<&str> = FORMATS.iter().map(|(name, _)| *name).collect();
        Failure::Usage(format!("there is no format `{name}`; use one of {}", names.join(", ")))
    })
}

/// Compares two documents of one kind, read with our overlay for that kind.
fn compare(old: &File, new: &File, context: &Context<'_>) -> Result<Comparison, Failure> {
    let webhooks = pointers(&context.file(inputs::transcription(DocumentKind::Webhooks)))?;
    // A document with a known webhook is one of webhooks.
    let kind = |file: &File| -> Result<DocumentKind, Failure> {
        let known = pointers(file)?.iter().any(|pointer| webhooks.contains(pointer));
        Ok(if known { DocumentKind::Webhooks } else { DocumentKind::Api })
    };
    let (old_kind, new_kind) = (kind(old)?, kind(new)?);
    if old_kind != new_kind {
        let (one, other) = (inputs::subject(old_kind), inputs::subject(new_kind));
        let failure = Failure::new(format!("this is the document of {other}, and {} that of {one}", old.name));
        return Err(failure.in_file(&new.name).help("compare two documents of one kind"));
    }
    Ok(::codegen::diff(&revision(old, old_kind, context)?, &revision(new, old_kind, context)?))
}

fn revision(file: &File, kind: DocumentKind, context: &Context<'_>) -> Result<Revision, Failure> {
    let files = Files::of_document(kind, file, context)?;
    Ok(::codegen::report::diff::read(&files.inputs(), kind)?)
}

/// The pointers of a document's operations.
fn pointers(file: &File) -> Result<Vec<String>, Failure> {
    let document = ::codegen::load(&file.name, &file.read()?)?;
    Ok(operations(&document.value).into_iter().map(|(pointer, ..)| pointer).collect())
}
