//! `cargo xtask fetch`: downloads the vendor's documents to `target/`.

mod address;
mod download;

use std::time::Duration;

use ::codegen::{Diagnostic, Document, DocumentKind};
use lexopt::{Arg, ValueExt};
use serde_json::{Map, Value};

use self::download::{Download, Limits, download};
use crate::command::{Command, Context, Failure, Result};
use crate::inputs;
use crate::terminal::count;
use crate::workspace::Plan;

pub(crate) const COMMAND: Command = Command {
    name: "fetch",
    usage: "cargo xtask fetch [--url URL] [--webhooks URL] [--seconds N] [--megabytes N]",
    about: "Downloads the vendor's two documents to target/fetched/, as input for `cargo xtask update`. The default URLs are in\n\
            spec/README.md.\n\
            --url URL       the API document, or a page that links to it\n\
            --webhooks URL  the webhooks document, or a page that links to it\n\
            --seconds N     the time limit per download (60)\n\
            --megabytes N   the size limit per document (12)",
    run,
};

/// The file with the default URLs.
const README: &str = "spec/README.md";

/// The folder for the downloads, which is ignored by git.
const FOLDER: &str = "target/fetched";

/// The two documents, each with the option for its URL, the name of its file, and its kind.
const DOCUMENTS: [(&str, &str, DocumentKind); 2] =
    [("--url", "v2.yaml", DocumentKind::Api), ("--webhooks", "webhooks.yaml", DocumentKind::Webhooks)];

fn run(parser: &mut lexopt::Parser, context: &mut Context<'_>) -> Result {
    let mut given = [None, None];
    let [api, webhooks] = &mut given;
    let mut limits = Limits { time: Duration::from_secs(60), bytes: 12_000_000 };
    while let Some(argument) = parser.next()? {
        match argument {
            Arg::Long("url") => *api = Some(parser.value()?.string()?),
            Arg::Long("webhooks") => *webhooks = Some(parser.value()?.string()?),
            Arg::Long("seconds") => limits.time = Duration::from_secs(parser.value()?.parse()?),
            Arg::Long("megabytes") => limits.bytes = parser.value()?.parse::<u64>()?.saturating_mul(1_000_000),
            other => return Err(other.unexpected().into()),
        }
    }
    fetch(&given, limits, context)
}

fn fetch(given: &[Option<String>; 2], limits: Limits, context: &mut Context<'_>) -> Result {
    let folder = context.file(FOLDER);
    let tree = context.lock(folder.clone())?;
    let mut plan = Plan::new(folder.clone());
    for ((option, file, kind), given) in DOCUMENTS.iter().zip(given) {
        let address = match given {
            Some(address) => address.clone(),
            None => published_address(option, *kind, context)?,
        };
        let found = document(&address, limits)?;
        check(&found, *kind)?;
        writeln!(context.out, "{FOLDER}/{file}: {} from {}", count(found.text.len(), "byte", "bytes"), found.address)?;
        plan.put(folder.join(file), found.text)?;
    }
    // Writes both files or neither.
    plan.apply(&tree)?;
    let [(_, api, _), (option, webhooks, _)] = DOCUMENTS;
    writeln!(context.out, "next: cargo xtask update {FOLDER}/{api} {option} {FOLDER}/{webhooks}")?;
    Ok(())
}

/// The default URL of a document, read from `spec/README.md`.
fn published_address(option: &str, kind: DocumentKind, context: &Context<'_>) -> Result<String> {
    let readme = context.file(README).read_text()?;
    address::published(&readme, kind == DocumentKind::Webhooks).ok_or_else(|| {
        let message = "the section `## The published documents` has no URL for this document in <angle brackets>";
        Failure::new(message).in_file(README).help(format!("add the URL, or pass it with `{option}`"))
    })
}

/// Downloads a document. If the URL leads to an HTML page, downloads the document that the page links to.
fn document(address: &str, limits: Limits) -> Result<Download> {
    let found = download(address, limits)?;
    if !found.is_page() {
        return Ok(found);
    }
    let links = address::documents_of(&found.text);
    let v2: Vec<String> = links.iter().filter(|link| link.contains("v2")).cloned().collect();
    let link = match (links.as_slice(), v2.as_slice()) {
        ([only], _) | (_, [only]) => only,
        (links, _) => {
            let message = match links {
                [] => "this is an HTML page without a link to an OpenAPI document".to_owned(),
                links => format!("this is an HTML page with links to several documents: {}", links.join(", ")),
            };
            return Err(refused(&found, &message, "pass the URL of the document itself"));
        }
    };
    let document = download(&address::resolve(&found.address, link), limits)?;
    if document.is_page() {
        let message = "this is an HTML page, not an OpenAPI document";
        return Err(refused(&document, message, "check whether the document has moved, and pass its new URL"));
    }
    Ok(document)
}

/// Fails unless the download is a complete OpenAPI document of this kind.
fn check(found: &Download, kind: DocumentKind) -> Result {
    let document = ::codegen::load(&found.address, found.text.as_bytes())?;
    let version = |key: &str| document.value.get(key).is_some_and(Value::is_string);
    if !version("openapi") && !version("swagger") {
        let message = "this is not an OpenAPI document: it has no `openapi` field";
        return Err(refused(found, message, "pass the URL of the document itself"));
    }
    let is = inputs::kind_of(&document)?;
    if is != kind {
        let message = format!("this is {}", inputs::subject(is));
        return Err(refused(found, &message, "pass the URL of the other document"));
    }
    check_end(&document)
}

/// Fails if the document is truncated. Truncated YAML can still be valid YAML, so this function checks that the operations
/// are complete.
fn check_end(document: &Document) -> Result {
    let mut operations = ::codegen::openapi::walk::operations(&document.value);
    // Responses are optional in OpenAPI 3.1, so check only the last operation, and only if the document ends with `paths`.
    let version = document.value.get("openapi").and_then(Value::as_str).unwrap_or_default();
    if version.starts_with("3.1.") {
        let last = document.value.as_object().and_then(|root| root.keys().next_back());
        let ends_with_paths = last.is_some_and(|key| key == "paths");
        operations.drain(..if ends_with_paths { operations.len().saturating_sub(1) } else { operations.len() });
    }
    let has_responses = |operation: &Map<String, Value>| operation.get("responses").is_some_and(Value::is_object);
    let Some((pointer, path, method, _)) = operations.into_iter().find(|(.., operation)| !has_responses(operation))
    else {
        return Ok(());
    };
    let operation = format!("{} {path}", method.to_uppercase());
    let error = Diagnostic::error(format!("{operation} has no responses; the document seems to be truncated there"));
    Err(Failure::from(document.locate(error.at(pointer))).help("download it again"))
}

fn refused(found: &Download, message: &str, help: &str) -> Failure {
    Failure::new(message).in_file(&found.address).help(help)
}
