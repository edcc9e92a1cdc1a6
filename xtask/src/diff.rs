//! `cargo xtask diff`: what a changed document means for the users of the crate.

use std::path::PathBuf;

use codegen::diff::{Comparison, Side};
use codegen::walk::operations;
use codegen::{Error, Published, Source};
use lexopt::{Arg, ValueExt};

use crate::codegen::{TRANSCRIBED_V2, TRANSCRIBED_WEBHOOKS};
use crate::failure::Failure;
use crate::session::{Named, Session};
use crate::{Command, explain};

mod wording;

pub(crate) const COMMAND: Command = Command {
    name: "diff",
    usage: "cargo xtask diff OLD NEW [--format text|json|markdown]",
    about: "Compares two documents of the API and tells what changes for the users of the crate, and which version step it\n\
            asks for. OLD and NEW are published documents, or complete descriptions such as spec/talkable.yaml.\n\
            --format text      for reading (the default)\n\
            --format json      for programs\n\
            --format markdown  for CHANGELOG.md\n\
            The exit status is 0 if users' programs go on working, 1 if they may break, 2 if no comparison was possible.",
    run,
};

/// How the comparison is told.
#[derive(Clone, Copy, Debug)]
enum Format {
    Text,
    Json,
    Markdown,
}

/// The formats by name.
const FORMATS: [(&str, Format); 3] = [("text", Format::Text), ("json", Format::Json), ("markdown", Format::Markdown)];

fn run(parser: &mut lexopt::Parser, session: &mut Session<'_>) -> Result<(), Failure> {
    let (mut files, mut format) = (Vec::new(), Format::Text);
    while let Some(argument) = parser.next()? {
        match argument {
            Arg::Long("format") => format = self::format(&parser.value()?.string()?)?,
            Arg::Short('h') | Arg::Long("help") => return explain(&COMMAND, session),
            Arg::Value(value) if files.len() < 2 => files.push(PathBuf::from(value)),
            other => return Err(other.unexpected().into()),
        }
    }
    let [old, new] = files.as_slice() else {
        return Err(Failure::Usage("two documents are needed, the older one first".to_owned()));
    };
    let compared = compare(&session.given(old), &session.given(new), session);
    let comparison = match compared {
        Ok(comparison) => comparison,
        // Status 1 is for documents that were compared.
        Err(failure) => {
            session.err.write_all(failure.told(session.colors).as_bytes())?;
            return Err(Failure::Status(2));
        }
    };
    let text = match format {
        Format::Text => wording::text(&comparison),
        Format::Json => wording::json(&comparison),
        Format::Markdown => wording::markdown(&comparison),
    };
    session.out.write_all(text.as_bytes())?;
    if comparison.is_breaking() { Err(Failure::Status(1)) } else { Ok(()) }
}

fn format(name: &str) -> Result<Format, Failure> {
    let known = FORMATS.iter().find(|(known, _)| *known == name);
    known.map(|(_, format)| *format).ok_or_else(|| {
        let names: Vec<&str> = FORMATS.iter().map(|(name, _)| *name).collect();
        Failure::Usage(format!("there is no format `{name}`; name one of {}", names.join(", ")))
    })
}

/// What a comparison says, for reading.
pub(crate) fn told(old: &Side, new: &Side) -> String {
    wording::text(&codegen::diff(old, new))
}

/// Compares two documents with what the workspace knows.
fn compare(old: &Named, new: &Named, session: &Session<'_>) -> Result<Comparison, Failure> {
    Ok(codegen::diff(&side(old, session)?, &side(new, session)?))
}

fn side(file: &Named, session: &Session<'_>) -> Result<Side, Failure> {
    let read = |name: &str| session.own(name).read();
    let transcription = (TRANSCRIBED_V2, read(TRANSCRIBED_V2)?);
    let overlay = ("spec/overlay/v2.yaml", read("spec/overlay/v2.yaml")?);
    let shared = ("spec/schemas.yaml", read("spec/schemas.yaml")?);
    let bytes = file.read()?;
    refuse_webhooks(file, &bytes, &read(TRANSCRIBED_WEBHOOKS)?)?;
    let published = Published {
        document: Source { name: &file.name, bytes: &bytes },
        transcription: Source { name: transcription.0, bytes: &transcription.1 },
        overlay: Source { name: overlay.0, bytes: &overlay.1 },
    };
    Ok(codegen::diff::read(&published, &Source { name: shared.0, bytes: &shared.1 })?)
}

/// Webhooks are received and not called, and a change of theirs means something else; they have no bindings yet.
fn refuse_webhooks(file: &Named, bytes: &[u8], webhooks: &[u8]) -> Result<(), Failure> {
    let document = codegen::load(&file.name, bytes)?;
    let webhooks = codegen::load(TRANSCRIBED_WEBHOOKS, webhooks)?;
    let known: Vec<_> = operations(&webhooks.value).into_iter().map(|(pointer, ..)| pointer).collect();
    match operations(&document.value).into_iter().find(|(pointer, ..)| known.contains(pointer)) {
        Some((pointer, ..)) => {
            let error = Error::new("this is the description of the webhooks").at(pointer);
            Err(document.locate(error.cure("compare two documents of the API")).into())
        }
        None => Ok(()),
    }
}
