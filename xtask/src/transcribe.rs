//! `cargo xtask transcribe`: the vendor's document into `spec/published/`, in our words.

use std::path::PathBuf;

use codegen::{Document, Published, Source};
use lexopt::Arg;

use crate::codegen::{TRANSCRIBED_V2, TRANSCRIBED_WEBHOOKS};
use crate::failure::Failure;
use crate::session::{Named, Session};
use crate::tree::Plan;
use crate::{Command, explain};

pub(crate) const COMMAND: Command = Command {
    name: "transcribe",
    usage: "cargo xtask transcribe FILE",
    about: "Takes the vendor's document FILE, of the API or of the webhooks, into spec/published/: all that it says about\n\
            the interface, without its prose and its sample values.",
    run,
};

fn run(parser: &mut lexopt::Parser, session: &mut Session<'_>) -> Result<(), Failure> {
    let mut file = None;
    while let Some(argument) = parser.next()? {
        match argument {
            Arg::Short('h') | Arg::Long("help") => return explain(&COMMAND, session),
            Arg::Value(value) if file.is_none() => file = Some(PathBuf::from(value)),
            other => return Err(other.unexpected().into()),
        }
    }
    let Some(file) = file else {
        return Err(Failure::Usage("the file with the vendor's document is missing".to_owned()));
    };
    let file = session.given(&file);
    let Transcription { vendor, target, text } = transcription(&file, session)?;
    for left_out in check(&file, &target, session)? {
        session.warn(&left_out)?;
    }

    let name = target.name.clone();
    let mut plan = Plan::default();
    plan.put(target, text)?;
    let news = if plan.changes().is_empty() { "says the same as before" } else { "is written" };
    plan.apply()?;
    writeln!(session.out, "{name} {news}: {} operations", codegen::openapi::walk::operations(&vendor.value).len())?;
    Ok(())
}

/// Refuses a document that is cut off or broken, for it must not take the place of a good one. Returns what is left out of it.
fn check(file: &Named, target: &Named, session: &Session<'_>) -> Result<Vec<codegen::Error>, Failure> {
    let webhooks = target.name == TRANSCRIBED_WEBHOOKS;
    let overlay = session.own(if webhooks { "spec/overlay/webhooks.yaml" } else { "spec/overlay/v2.yaml" });
    let shared = session.own("spec/schemas.yaml");
    let bytes = file.read()?;
    // Of the first one there is no sample value to keep.
    let before = if target.path.exists() { target.read()? } else { b"{}".to_vec() };
    let (known, schemas) = (overlay.read()?, shared.read()?);
    let published = Published {
        document: Source { name: &file.name, bytes: &bytes },
        transcription: Source { name: &target.name, bytes: &before },
        overlay: Source { name: &overlay.name, bytes: &known },
    };
    let described = codegen::describe(&published, &Source { name: &shared.name, bytes: &schemas })?;
    let normalize = if webhooks { codegen::normalize_webhooks } else { codegen::normalize };
    normalize(&described.document)?;
    Ok(described.left_out)
}

/// A document of the vendor's and its transcription.
pub(crate) struct Transcription {
    pub(crate) vendor: Document,
    /// The file that the transcription belongs into.
    pub(crate) target: Named,
    pub(crate) text: String,
}

/// Transcribes a document of the vendor's, of the API or of the webhooks.
pub(crate) fn transcription(file: &Named, session: &Session<'_>) -> Result<Transcription, Failure> {
    let vendor = load(file)?;
    let target = session.own(transcription_of(&vendor)?);
    let ours = if target.path.exists() { Some(load(&target)?) } else { None };
    let text = codegen::to_yaml(&codegen::transcribe(&vendor, ours.as_ref()))?;
    Ok(Transcription { vendor, target, text })
}

fn load(file: &Named) -> Result<Document, Failure> {
    Ok(codegen::load(&file.name, &file.read()?)?)
}

/// The API's paths have a version; those of webhooks are up to the site.
pub(crate) fn transcription_of(vendor: &Document) -> Result<&'static str, Failure> {
    let paths = vendor.value.get("paths").and_then(|paths| paths.as_object()).filter(|paths| !paths.is_empty());
    let Some(paths) = paths else {
        let error = codegen::Error::new("there are no paths in the document").at("/paths");
        return Err(vendor.locate(error.cure("check that the file is an OpenAPI document")).into());
    };
    Ok(if paths.keys().any(|path| path.starts_with("/api/")) { TRANSCRIBED_V2 } else { TRANSCRIBED_WEBHOOKS })
}
