//! From a published document to the complete description: OpenAPI 3.0.3 with a type for every response.
//!
//! Every document is transcribed first, so that no prose of the vendor reaches a later stage.

pub mod complete;
pub mod downgrade;
pub mod infer;
pub mod overlay;
pub mod placeholder;
pub mod reconcile;
pub mod repair;
pub mod request_data;
pub mod text_format;
pub mod transcribe;

use serde_json::Value;

use crate::describe::complete::complete;
use crate::describe::downgrade::downgrade;
use crate::describe::infer::{Inferred, infer};
use crate::describe::overlay::{Applied, blame, overlay};
use crate::describe::reconcile::reconcile;
use crate::describe::repair::{Repaired, repair};
use crate::describe::request_data::name_request_data;
use crate::describe::transcribe::transcribed;
use crate::openapi::schema_limits;
use crate::openapi::validate::validate;
use crate::source::load::load;
use crate::{Diagnostic, Document, Result};

/// The content of a file.
#[derive(Clone, Copy, Debug)]
pub struct Source<'a> {
    /// The name of the file, for messages.
    pub name: &'a str,
    /// The bytes of the file.
    pub bytes: &'a [u8],
}

/// The files that describe one of the two published documents.
#[derive(Clone, Copy, Debug)]
pub struct Published<'a> {
    /// The document: the vendor's file or our transcription of it.
    pub document: Source<'a>,
    /// The previous transcription, whose sample values are kept. It may be the document itself.
    pub transcription: Source<'a>,
    /// The overlay.
    pub overlay: Source<'a>,
}

/// A stage between a document and the complete description.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum DescribeStage {
    /// Reads and transcribes the document.
    Load,
    /// Rewrites OpenAPI 3.1 as 3.0.
    Downgrade,
    /// Repairs the defects of the document.
    Repair,
    /// Infers the schemas of responses.
    Infer,
    /// Makes components of the data of requests.
    RequestData,
    /// Applies the overlay.
    Overlay,
    /// Skips overlay actions whose subject the document no longer has.
    Reconcile,
    /// Adds the texts that OpenAPI requires.
    Complete,
}

/// All files that a run reads.
#[derive(Clone, Copy, Debug)]
pub struct Inputs<'a> {
    /// The API.
    pub v2: Published<'a>,
    /// The webhooks.
    pub webhooks: Published<'a>,
    /// Our replacement for the vendor's unpublished file of shared schemas.
    pub shared: Source<'a>,
}

/// A complete description, with the results of the stages.
#[derive(Clone, Debug)]
pub struct Described {
    /// The description.
    pub document: Document,
    /// What the transcription and the downgrade left out.
    pub left_out: Vec<Diagnostic>,
    /// The results of the repairs.
    pub repaired: Vec<Repaired>,
    /// The results of the inference.
    pub inferred: Inferred,
    /// The results of the overlay's actions.
    pub applied: Vec<Applied>,
    /// The overlay without the skipped parts.
    pub overlay: Document,
    /// A warning for each part of the overlay that had no effect.
    pub skipped: Vec<Diagnostic>,
}

/// Runs all stages for one published document.
///
/// # Errors
///
/// If a file can't be read, the document is invalid, or an overlay action can't be applied; with file, line and pointer.
pub fn describe(published: &Published<'_>, shared: &Source<'_>) -> Result<Described> {
    describe_up_to(published, shared, DescribeStage::Complete)
}

/// Runs the stages up to `last`.
pub(crate) fn describe_up_to(published: &Published<'_>, shared: &Source<'_>, last: DescribeStage) -> Result<Described> {
    let overlay_document = load(published.overlay.name, published.overlay.bytes)?;
    let shared = load(shared.name, shared.bytes)?;
    let (document, left_out) = read(published)?;
    let mut described = Described {
        document,
        left_out,
        repaired: Vec::new(),
        inferred: Inferred::default(),
        applied: Vec::new(),
        overlay: overlay_document,
        skipped: Vec::new(),
    };
    let Described { document, left_out, repaired, inferred, applied, overlay: actions, skipped } = &mut described;
    if last >= DescribeStage::Downgrade {
        left_out.extend(downgrade(document)?);
    }
    if last >= DescribeStage::Repair {
        *repaired = repair(document, &shared)?;
    }
    if last >= DescribeStage::Infer {
        // Validated before and after, so that neither the inference nor the overlay is blamed for a defect of the document.
        validate(document).map_err(|error| document.locate(error))?;
        schema_limits::examples(&document.value).map_err(|error| document.locate(error))?;
        *inferred = infer(document);
        let note = "the schema is inferred from the examples of responses";
        validate(document).map_err(|error| document.locate(error.note(note)))?;
    }
    if last >= DescribeStage::RequestData {
        name_request_data(document);
    }
    let before = document.clone();
    if last >= DescribeStage::Overlay {
        *applied = overlay(document, actions)?;
    }
    if last >= DescribeStage::Reconcile {
        *skipped = reconcile(document, &before, actions, applied)?;
    }
    if last >= DescribeStage::Complete {
        complete(document, &before.value);
        if validate(document).is_err() {
            blame(&before, actions, |document| {
                complete(document, &before.value);
                validate(document)
            })?;
        }
    }
    Ok(described)
}

/// Reads a published document and transcribes it. Also returns what the transcription leaves out.
fn read(published: &Published<'_>) -> Result<(Document, Vec<Diagnostic>)> {
    let mut document = load(published.document.name, published.document.bytes)?;
    // Transcribing a transcription changes nothing.
    if published.document.bytes == published.transcription.bytes {
        return Ok((document, Vec::new()));
    }
    let previous = load(published.transcription.name, published.transcription.bytes)?;
    let (value, left_out) = transcribed(&document, Some(&previous));
    document.value = value;
    Ok((document, left_out))
}

/// Formats a document as YAML.
///
/// # Errors
///
/// If a value has no form in YAML. Documents from [`load`] have no such value.
pub fn to_yaml(value: &Value) -> Result<String> {
    serde_yaml::to_string(value)
        .map_err(|error| Diagnostic::error(format!("the description can't be written as YAML: {error}")))
}
