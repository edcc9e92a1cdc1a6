//! `cargo xtask fetch`: the vendor's documents as they are published now, into `target/` and never into `spec/`.

use std::time::Duration;

use codegen::{Document, Error};
use lexopt::{Arg, ValueExt};

use crate::codegen::{TRANSCRIBED_V2, TRANSCRIBED_WEBHOOKS};
use crate::failure::Failure;
use crate::report::count;
use crate::session::Session;
use crate::transcribe::transcription_of;
use crate::tree::Plan;
use crate::{Command, explain};

mod address;
mod download;

use download::{Download, Limits, download};

pub(crate) const COMMAND: Command = Command {
    name: "fetch",
    usage: "cargo xtask fetch [--url URL] [--webhooks URL] [--seconds N] [--megabytes N]",
    about: "Downloads the vendor's two documents to target/fetched/, for `cargo xtask update` to read. Where they are\n\
            published stands in spec/README.md.\n\
            --url URL       the document of the API, or a page that names it\n\
            --webhooks URL  the document of the webhooks, or a page that names it\n\
            --seconds N     how long each download may take (60)\n\
            --megabytes N   how large each document may be (12)",
    run,
};

/// Where the addresses stand.
const README: &str = "spec/README.md";

/// The folder for what was downloaded. It holds the vendor's own words, so it must not be one that is committed.
const FOLDER: &str = "target/fetched";

/// What is fetched: the option that names its address, the file that it becomes, and the transcription that is made of it.
const DOCUMENTS: [(&str, &str, &str); 2] =
    [("--url", "v2.yaml", TRANSCRIBED_V2), ("--webhooks", "webhooks.yaml", TRANSCRIBED_WEBHOOKS)];

fn run(parser: &mut lexopt::Parser, session: &mut Session<'_>) -> Result<(), Failure> {
    let mut given = [None, None];
    let [api, webhooks] = &mut given;
    let mut limits = Limits { time: Duration::from_secs(60), bytes: 12_000_000 };
    while let Some(argument) = parser.next()? {
        match argument {
            Arg::Long("url") => *api = Some(parser.value()?.string()?),
            Arg::Long("webhooks") => *webhooks = Some(parser.value()?.string()?),
            Arg::Long("seconds") => limits.time = Duration::from_secs(parser.value()?.parse()?),
            Arg::Long("megabytes") => limits.bytes = parser.value()?.parse::<u64>()?.saturating_mul(1_000_000),
            Arg::Short('h') | Arg::Long("help") => return explain(&COMMAND, session),
            other => return Err(other.unexpected().into()),
        }
    }
    fetch(&given, limits, session)
}

fn fetch(given: &[Option<String>; 2], limits: Limits, session: &mut Session<'_>) -> Result<(), Failure> {
    let mut plan = Plan::default();
    for ((option, file, transcription), given) in DOCUMENTS.iter().zip(given) {
        let address = match given {
            Some(address) => address.clone(),
            None => published(option, transcription, session)?,
        };
        let found = document(&address, limits)?;
        check(&found, transcription)?;
        writeln!(session.out, "{FOLDER}/{file}: {} from {}", count(found.text.len(), "byte", "bytes"), found.address)?;
        plan.put(session.own(&format!("{FOLDER}/{file}")), found.text)?;
    }
    // Both are there, or neither is.
    plan.apply()?;
    let [(_, api, _), (option, webhooks, _)] = DOCUMENTS;
    writeln!(session.out, "next: cargo xtask update {FOLDER}/{api} {option} {FOLDER}/{webhooks}")?;
    Ok(())
}

/// The address that `spec/README.md` tells.
fn published(option: &str, transcription: &str, session: &Session<'_>) -> Result<String, Failure> {
    let readme = session.own(README).read()?;
    let address = address::published(&String::from_utf8_lossy(&readme), transcription == TRANSCRIBED_WEBHOOKS);
    address.ok_or_else(|| {
        let message = "there is no address of the document in <angle brackets> under `## The published documents`";
        Error::new(message).in_file(README).cure(format!("add it, or give it by `{option}`")).into()
    })
}

/// Downloads a document; a page may stand at the address and name it.
fn document(address: &str, limits: Limits) -> Result<Download, Failure> {
    let found = download(address, limits)?;
    if !found.is_page() {
        return Ok(found);
    }
    let named = address::documents_of(&found.text);
    let link = match named.as_slice() {
        [] => {
            return Err(refused(
                &found,
                "there is an HTML page, which names no OpenAPI document",
                "give the address of the document itself",
            ));
        }
        [only] => only,
        several => match several.iter().filter(|link| link.contains("v2")).collect::<Vec<_>>().as_slice() {
            [only] => *only,
            _ => {
                let message = format!("there is an HTML page, which names several documents: {}", several.join(", "));
                return Err(refused(&found, &message, "give the address of the one that is meant"));
            }
        },
    };
    let document = download(&address::resolve(&found.address, link), limits)?;
    if document.is_page() {
        let message = "there is an HTML page in the place of an OpenAPI document";
        return Err(refused(&document, message, "look whether the document has moved, and give its address"));
    }
    Ok(document)
}

/// Refuses what is no OpenAPI document, or not the one that was asked for.
fn check(found: &Download, transcription: &str) -> Result<(), Failure> {
    let document = codegen::load(&found.address, found.text.as_bytes())?;
    let version = |key: &str| document.value.get(key).is_some_and(serde_json::Value::is_string);
    if !version("openapi") && !version("swagger") {
        let message = "what stands there is no OpenAPI document; it has no `openapi`";
        return Err(refused(found, message, "give the address of the document itself"));
    }
    let is = transcription_of(&document)?;
    if is != transcription {
        return Err(refused(found, &format!("this is the document for {is}"), "give the address of the other one"));
    }
    whole(&document)
}

/// Refuses a document that breaks off. One in YAML may do so anywhere and still be YAML, so it is asked for its end.
fn whole(document: &Document) -> Result<(), Failure> {
    let mut operations = codegen::openapi::walk::operations(&document.value);
    // From OpenAPI 3.1 on, an operation need not say what it answers, so that only the last one tells, if nothing comes after it.
    let version = document.value.get("openapi").and_then(|version| version.as_str()).unwrap_or_default();
    if version.starts_with("3.1.") {
        let ends =
            document.value.as_object().and_then(|root| root.keys().next_back()).is_some_and(|key| key == "paths");
        operations.drain(..if ends { operations.len().saturating_sub(1) } else { operations.len() });
    }
    let open = operations
        .into_iter()
        .find(|(.., operation)| !operation.get("responses").is_some_and(serde_json::Value::is_object));
    match open {
        Some((pointer, path, method, _)) => {
            let method = method.to_uppercase();
            let error = Error::new(format!("{method} {path} has no responses; the document seems to break off there"));
            Err(document.locate(error.at(pointer).cure("download it again")).into())
        }
        None => Ok(()),
    }
}

fn refused(found: &Download, message: &str, cure: &str) -> Failure {
    Error::new(message).in_file(&found.address).cure(cure).into()
}
