//! `cargo xtask diff`: what a changed document means for the users of the crate.

use std::collections::BTreeSet;
use std::path::PathBuf;

use codegen::openapi::walk::operations;
use codegen::report::diff::{Comparison, Kind, Side};
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
    about: "Compares two documents of the API, or two of the webhooks, and tells what changes for the users of the crate, and\n\
            which version step it asks for. OLD and NEW are published documents, or complete descriptions such as\n\
            spec/talkable.yaml.\n\
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
pub(crate) fn told(comparison: &Comparison) -> String {
    wording::text(comparison)
}

/// Compares two documents of one kind with what the workspace knows.
fn compare(old: &Named, new: &Named, session: &Session<'_>) -> Result<Comparison, Failure> {
    let webhooks = webhooks(session)?;
    let kind = kind(old, &webhooks)?;
    if self::kind(new, &webhooks)? != kind {
        let (one, other) = match kind {
            Kind::Api => ("the API", "the webhooks"),
            Kind::Webhooks => ("the webhooks", "the API"),
        };
        let error = Error::new(format!("this is the document of {other}, and {} that of {one}", old.name));
        return Err(error.in_file(&new.name).cure("compare two documents of one kind").into());
    }
    Ok(codegen::diff(&side(old, kind, session)?, &side(new, kind, session)?))
}

fn side(file: &Named, kind: Kind, session: &Session<'_>) -> Result<Side, Failure> {
    let (transcription, overlay) = match kind {
        Kind::Api => (TRANSCRIBED_V2, "spec/overlay/v2.yaml"),
        Kind::Webhooks => (TRANSCRIBED_WEBHOOKS, "spec/overlay/webhooks.yaml"),
    };
    let own = |name: &'static str| session.own(name).read().map(|bytes| (name, bytes));
    let (bytes, transcription, overlay, shared) =
        (file.read()?, own(transcription)?, own(overlay)?, own("spec/schemas.yaml")?);
    let published = Published {
        document: Source { name: &file.name, bytes: &bytes },
        transcription: Source { name: transcription.0, bytes: &transcription.1 },
        overlay: Source { name: overlay.0, bytes: &overlay.1 },
    };
    Ok(codegen::report::diff::read(&published, &Source { name: shared.0, bytes: &shared.1 }, kind)?)
}

/// What a document describes: webhooks, if it has one of those that we know.
fn kind(file: &Named, webhooks: &BTreeSet<String>) -> Result<Kind, Failure> {
    let is_known = places(file)?.iter().any(|pointer| webhooks.contains(pointer));
    Ok(if is_known { Kind::Webhooks } else { Kind::Api })
}

/// The webhooks that we know.
fn webhooks(session: &Session<'_>) -> Result<BTreeSet<String>, Failure> {
    places(&session.own(TRANSCRIBED_WEBHOOKS))
}

/// The pointers of the operations of a document.
fn places(file: &Named) -> Result<BTreeSet<String>, Failure> {
    let document = codegen::load(&file.name, &file.read()?)?;
    Ok(operations(&document.value).into_iter().map(|(pointer, ..)| pointer).collect())
}
