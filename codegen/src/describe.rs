//! Turns a published document into the complete description: an OpenAPI 3.0.3 document with a schema for every response.
//!
//! The document is transcribed first, so the vendor's prose never reaches a later stage.

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

use std::collections::HashSet;

use serde_json::Value;

use crate::describe::complete::complete;
use crate::describe::downgrade::downgrade;
use crate::describe::infer::widen::widen;
use crate::describe::infer::{Inferred, infer};
use crate::describe::overlay::{Applied, blame, overlay};
use crate::describe::reconcile::reconcile;
use crate::describe::repair::{Repaired, add_shared, repair};
use crate::describe::request_data::name_request_data;
use crate::describe::transcribe::transcribed;
use crate::openapi::problem::Problem;
use crate::openapi::schema_limits;
use crate::openapi::validate::validate;
use crate::source::load::load;
use crate::{Diagnostic, Document, Result};

/// A named input file.
#[derive(Clone, Copy, Debug)]
pub struct Source<'a> {
    /// The file name shown in diagnostics.
    pub name: &'a str,
    /// The bytes of the file.
    pub bytes: &'a [u8],
}

/// One of the two published documents, with its transcription and its overlay.
#[derive(Clone, Copy, Debug)]
pub struct Published<'a> {
    /// The document: the vendor's file or our transcription of it.
    pub document: Source<'a>,
    /// The previous transcription. The new transcription keeps its sample values. It can be the same file as `document`.
    pub transcription: Source<'a>,
    /// The overlay.
    pub overlay: Source<'a>,
}

/// The input files of a run.
#[derive(Clone, Copy, Debug)]
pub struct Inputs<'a> {
    /// The files of the API document.
    pub v2: Published<'a>,
    /// The files of the webhooks document.
    pub webhooks: Published<'a>,
    /// Our replacement for the vendor's unpublished shared schemas.
    pub shared: Source<'a>,
}

impl<'a> Inputs<'a> {
    /// Returns the files of the given document.
    #[must_use]
    pub fn published(&self, kind: DocumentKind) -> &Published<'a> {
        match kind {
            DocumentKind::Api => &self.v2,
            DocumentKind::Webhooks => &self.webhooks,
        }
    }
}

/// Identifies one of the two published documents.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DocumentKind {
    /// The document that describes the API.
    Api,
    /// The document that describes the webhooks.
    Webhooks,
}

/// A partly processed document, with the results of the stages so far.
#[derive(Clone, Debug, Default)]
pub struct Described {
    /// The document after the latest stage.
    pub document: Document,
    /// The document as it was before the overlay was applied.
    pub before_overlay: Document,
    /// A diagnostic for each part of the document that the transcription or the downgrade left out.
    pub left_out: Vec<Diagnostic>,
    /// The result of each repair.
    pub repaired: Vec<Repaired>,
    /// A diagnostic for each contradiction between a schema and the examples of the same response.
    pub widened: Vec<Diagnostic>,
    /// Statistics of the type inference.
    pub inferred: Inferred,
    /// The result of each overlay action.
    pub applied: Vec<Applied>,
    /// The overlay, without the parts that `reconcile` skipped.
    pub overlay: Document,
    /// A warning for each part of the overlay that had no effect.
    pub skipped: Vec<Diagnostic>,
}

/// The methods that run the stages. Each stage processes the result of the previous stage.
impl Described {
    pub(crate) fn load(published: &Published<'_>) -> Result<Self> {
        let overlay = load(published.overlay.name, published.overlay.bytes)?;
        let (document, left_out) = read(published)?;
        Ok(Self { document, left_out, overlay, ..Self::default() })
    }

    pub(crate) fn downgrade(&mut self, kind: DocumentKind) -> Result<()> {
        self.left_out.extend(downgrade(&mut self.document, kind)?);
        Ok(())
    }

    pub(crate) fn repair(&mut self, shared: &Source<'_>) -> Result<()> {
        let shared = load(shared.name, shared.bytes)?;
        self.repaired = repair(&mut self.document, &shared);
        add_shared(&mut self.document, &shared, &self.overlay);
        Ok(())
    }

    pub(crate) fn infer(&mut self, kind: DocumentKind) -> Result<()> {
        let document = &mut self.document;
        schema_limits::examples(&document.value).map_err(|error| document.locate(error))?;
        // Users decode the responses of the API, but write the responses to webhooks.
        if kind == DocumentKind::Api {
            self.widened = widen(document);
        }
        self.inferred = infer(document);
        Ok(())
    }

    #[allow(clippy::unnecessary_wraps, reason = "all stages have the same signature")]
    pub(crate) fn name_request_data(&mut self) -> Result<()> {
        name_request_data(&mut self.document);
        Ok(())
    }

    pub(crate) fn apply_overlay(&mut self) -> Result<()> {
        self.before_overlay = self.document.clone();
        self.applied = overlay(&mut self.document, &self.overlay)?;
        Ok(())
    }

    pub(crate) fn reconcile(&mut self) -> Result<()> {
        let Self { document, before_overlay, overlay, applied, .. } = self;
        self.skipped = reconcile(document, before_overlay, overlay, applied)?;
        Ok(())
    }

    /// Runs the `complete` stage. Returns an error if an overlay action adds a problem to the document. Problems that the document
    /// has without the overlay are reported by a later stage.
    pub(crate) fn complete(&mut self) -> Result<()> {
        let before = &self.before_overlay;
        complete(&mut self.document, &before.value);
        let found = validate(&self.document);
        if self.applied.is_empty() || found.as_ref().is_ok_and(Vec::is_empty) {
            return found.map(drop).map_err(|error| self.document.locate(error));
        }
        let mut without = before.clone();
        complete(&mut without, &before.value);
        let known = validate(&without).map_err(|error| without.locate(error))?;
        let known: HashSet<_> = known.iter().map(key).collect();
        blame(before, &self.overlay, |document| {
            complete(document, &before.value);
            let added = validate(document)?.into_iter().find(|problem| !known.contains(&key(problem)));
            added.map_or(Ok(()), |problem| Err(problem.warning))
        })
    }
}

/// Returns the location and message of a problem, which together identify it.
fn key(problem: &Problem) -> (Option<String>, String) {
    (problem.warning.pointer.clone(), problem.warning.message.clone())
}

/// Reads and transcribes a published document. Also returns a note for each part that the transcription left out.
fn read(published: &Published<'_>) -> Result<(Document, Vec<Diagnostic>)> {
    let mut document = load(published.document.name, published.document.bytes)?;
    // If the input is the transcription itself, transcribing it again would not change it.
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
/// Returns an error if a value can't be represented in YAML. Documents from [`load`] contain no such value.
pub fn to_yaml(value: &Value) -> Result<String> {
    serde_yaml::to_string(value)
        .map_err(|error| Diagnostic::error(format!("the description can't be written as YAML: {error}")))
}
