//! From a published document to the complete description: OpenAPI 3.0.3, every response typed.
//!
//! Whether the file is the vendor's own or our transcription of it makes no difference: it is transcribed first either way, so
//! that nothing of the vendor's prose can get further.

pub mod complete;
pub mod downgrade;
pub mod gone;
pub mod infer;
pub mod orphans;
pub mod overlay;
pub mod placeholder;
pub mod repair;
pub mod request_data;
pub mod text_format;
pub mod transcribe;
pub(crate) mod warnings;

use serde_json::Value;

use crate::describe::complete::complete;
use crate::describe::downgrade::downgrade;
use crate::describe::gone::{Gone, Kept, drop_gone, keep_referred};
use crate::describe::infer::{Inferred, infer};
use crate::describe::orphans::{Orphan, drop_orphans, words_of};
use crate::describe::overlay::{Applied, blame, overlay};
use crate::describe::repair::{Repaired, repair};
use crate::describe::request_data::anchor;
use crate::describe::transcribe::transcribed;
use crate::openapi::schema_limits;
use crate::openapi::validate::validate;
use crate::source::load::load;
use crate::{Diagnostic, Document, Result};

/// A file as it was read.
#[derive(Clone, Copy, Debug)]
pub struct Source<'a> {
    /// The name by which messages call it.
    pub name: &'a str,
    /// Its bytes.
    pub bytes: &'a [u8],
}

/// What one of the two published documents goes through.
#[derive(Clone, Copy, Debug)]
pub struct Published<'a> {
    /// The document: the vendor's own file or our transcription of it.
    pub document: Source<'a>,
    /// The transcription of before, whose sample values stay. It may be the document itself.
    pub transcription: Source<'a>,
    /// What we know of it.
    pub overlay: Source<'a>,
}

/// A place on the way to the complete description.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum DescribeStage {
    /// The document in our words.
    Load,
    /// The document in the words of OpenAPI 3.0.
    Downgrade,
    /// The document without its defects.
    Repair,
    /// With the inferred schemas.
    Infer,
    /// With a place for all that the overlay speaks of.
    Anchor,
    /// With what the overlay knows.
    Overlay,
    /// With what OpenAPI demands.
    Complete,
}

/// Everything that a run reads.
#[derive(Clone, Copy, Debug)]
pub struct Inputs<'a> {
    /// The description of the API.
    pub v2: Published<'a>,
    /// The description of the webhooks.
    pub webhooks: Published<'a>,
    /// Our stand-in for the file of shared schemas.
    pub shared: Source<'a>,
}

/// A complete description, and how it came about.
#[derive(Clone, Debug)]
pub struct Described {
    /// The description: OpenAPI 3.0.3, every response typed.
    pub document: Document,
    /// What is left out before the first stage mends anything: extensions, and what OpenAPI 3.0 has no place for.
    pub left_out: Vec<Diagnostic>,
    /// What the repairs did.
    pub repaired: Vec<Repaired>,
    /// What was inferred from examples.
    pub inferred: Inferred,
    /// What the overlay's actions did.
    pub applied: Vec<Applied>,
    /// The components that the overlay speaks of and the document no longer has.
    pub gone: Vec<Gone>,
    /// What the overlay has words for and the document no longer has.
    pub orphans: Vec<Orphan>,
    /// The components that the overlay removes and the document still refers to.
    pub kept: Vec<Kept>,
    /// The overlay.
    pub overlay: Document,
}

/// Takes one published document through all stages up to the complete description.
///
/// # Errors
///
/// If one of the files can't be read, or an overlay action can't be applied; with file, line and pointer.
pub fn describe(published: &Published<'_>, shared: &Source<'_>) -> Result<Described> {
    describe_up_to(published, shared, DescribeStage::Complete)
}

/// The same, but only up to a stage.
pub(crate) fn describe_up_to(published: &Published<'_>, shared: &Source<'_>, last: DescribeStage) -> Result<Described> {
    let actions = load(published.overlay.name, published.overlay.bytes)?;
    let shared = load(shared.name, shared.bytes)?;
    let (document, left_out) = read(published)?;
    let mut described = Described {
        document,
        left_out,
        repaired: Vec::new(),
        inferred: Inferred::default(),
        applied: Vec::new(),
        gone: Vec::new(),
        orphans: Vec::new(),
        kept: Vec::new(),
        overlay: actions.clone(),
    };
    if last >= DescribeStage::Downgrade {
        described.left_out.extend(downgrade(&mut described.document)?);
    }
    if last >= DescribeStage::Repair {
        described.repaired = repair(&mut described.document, &shared)?;
    }
    if last >= DescribeStage::Infer {
        // What is wrong in the vendor's own document is told before the overlay adds to it.
        validate(&described.document).map_err(|error| described.document.locate(error))?;
        schema_limits::examples(&described.document.value).map_err(|error| described.document.locate(error))?;
        described.inferred = infer(&mut described.document);
        // What examples ask for may be too much, and no action of the overlay is to be blamed for it.
        validate(&described.document)
            .map_err(|error| described.document.locate(error.note("it comes of the examples of responses")))?;
    }
    if last >= DescribeStage::Anchor {
        anchor(&mut described.document);
    }
    let before = described.document.clone();
    if last >= DescribeStage::Overlay {
        described.applied = overlay(&mut described.document, &actions)?;
        let Settled { kept, gone, orphans } =
            settle(&mut described.document, &before.value, &actions, &described.applied);
        (described.kept, described.gone) = (kept, gone);
        described.orphans = words_of(orphans, &before, &actions)?;
    }
    if last >= DescribeStage::Complete {
        complete(&mut described.document, &before.value);
        // It was sound before the overlay; if it isn't now, one of the actions is to be blamed.
        if validate(&described.document).is_err() {
            blame(&before, &actions, |document| {
                settle(document, &before.value, &actions, &described.applied);
                complete(document, &before.value);
                validate(document)
            })?;
        }
    }
    Ok(described)
}

/// What had to be settled after the overlay was applied.
#[derive(Clone, Debug)]
pub struct Settled {
    /// The components that the overlay removes and the document still refers to.
    pub kept: Vec<Kept>,
    /// The components that the overlay speaks of and the document no longer has.
    pub gone: Vec<Gone>,
    /// The pointers of the fields that only the overlay has words for.
    pub orphans: Vec<String>,
}

/// The stages between the overlay and `complete`: they settle what the overlay says of what the document no longer has. `before`
/// is what the document was before the overlay.
pub fn settle(document: &mut Document, before: &Value, overlay: &Document, applied: &[Applied]) -> Settled {
    let kept = keep_referred(document, before, applied);
    let gone = drop_gone(document, before, overlay, applied);
    let orphans = drop_orphans(document, before);
    Settled { kept, gone, orphans }
}

/// Reads a published document, in our words. Returns beside it what these leave out.
fn read(published: &Published<'_>) -> Result<(Document, Vec<Diagnostic>)> {
    let mut document = load(published.document.name, published.document.bytes)?;
    // Our transcription is its own transcription, and need not be made again.
    if published.document.bytes != published.transcription.bytes {
        let ours = load(published.transcription.name, published.transcription.bytes)?;
        let (value, left_out) = transcribed(&document, Some(&ours));
        document.value = value;
        return Ok((document, left_out));
    }
    Ok((document, Vec::new()))
}

/// The text of a document as YAML.
///
/// # Errors
///
/// If a value can't be written, which no document that was read has.
pub fn to_yaml(value: &Value) -> Result<String> {
    serde_yaml::to_string(value)
        .map_err(|error| Diagnostic::error(format!("the description can't be written as YAML: {error}")))
}
