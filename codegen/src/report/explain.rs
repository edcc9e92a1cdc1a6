//! One operation through every stage: what the document says, what was mended, inferred and corrected, and what came of it.
//!
//! Nothing is noted while the line runs. The stages are run again and what they made is compared, so that what is told here can't
//! differ from what happens.

mod actions;
mod answers;
mod binding;
mod find;
mod reach;
mod records;

pub use find::distance;

use crate::describe::DescribeStage;
use crate::describe::infer::{Learned, learn};
use crate::describe::{Described, Inputs, Published, Source, describe, describe_up_to};
use crate::model::events::events;
use crate::model::normalize::{normalize, normalize_webhooks};
use crate::source::document::Document;
use crate::{Diagnostic, Result};

pub(crate) use actions::removed;
pub(crate) use binding::Bound;
use reach::Reach;
pub(crate) use reach::reach;

/// A place in a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spot {
    /// The JSON pointer.
    pub pointer: String,
    /// The line in the published document, of the place or of the nearest one around it that the file has.
    pub line: Option<usize>,
}

/// One operation through every stage.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explained {
    /// The operationId, or what takes its place.
    pub id: String,
    /// The HTTP method, in capitals.
    pub http: String,
    /// The path with its placeholders.
    pub path: String,
    /// The file of the published document.
    pub file: String,
    /// Where the operation stands in it.
    pub spot: Spot,
    /// The file of the overlay.
    pub overlay: String,
    /// What mended it.
    pub repairs: Vec<Mended>,
    /// The responses that have no schema of their own, as far as examples show them.
    pub examples: Vec<Example>,
    /// The shape that the examples of success join to, as lines; empty if the document has the schemas itself.
    pub shape: Vec<Line>,
    /// The overlay actions that changed the operation or what it reaches.
    pub actions: Vec<Action>,
    /// What became of it in Rust; nothing for a webhook.
    pub binding: Option<Binding>,
    /// What became of a webhook in Rust; nothing for an operation of the API.
    pub event: Option<crate::model::api::Event>,
}

/// What one repair did to an operation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mended {
    /// The name of the row in `codegen/src/describe/repair.rs`.
    pub id: String,
    /// Why the row is there.
    pub why: String,
    /// Where it changed something.
    pub places: Vec<Spot>,
}

/// An example that was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Example {
    /// Where it stands.
    pub spot: Spot,
    /// Whether it shows a refusal.
    pub refusal: bool,
}

/// A line of an outline.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// How deep it is.
    pub depth: usize,
    /// What it says.
    pub text: String,
}

/// What one overlay action did to an operation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Action {
    /// The JSONPath.
    pub target: String,
    /// The line in the overlay.
    pub line: Option<usize>,
    /// What changed.
    pub changes: Vec<Change>,
}

/// A place that an overlay action changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// The JSON pointer.
    pub pointer: String,
    /// What was there, as JSON.
    pub old: Option<String>,
    /// What is there now, as JSON.
    pub new: Option<String>,
}

/// What became of an operation in Rust.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Binding {
    /// The handle, and why this one.
    pub resource: Reasoned,
    /// The method, and why this name.
    pub method: Reasoned,
    /// The retry class, and why.
    pub retry: Reasoned,
    /// What the caller gives.
    pub arguments: Vec<Argument>,
    /// The types of the response, the result first.
    pub records: Vec<RecordType>,
    /// The files in which the method and its types stand, below the folder of generated code.
    pub files: Vec<String>,
}

/// A decision and its reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reasoned {
    /// What was decided.
    pub value: String,
    /// Why.
    pub why: String,
}

/// Something that the caller of a method gives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Argument {
    /// `path`, or the type of the query or body that it is a field of.
    pub owner: String,
    /// Its name in Rust.
    pub name: String,
    /// Its type in Rust.
    pub ty: String,
    /// Whether it has to be given.
    pub required: bool,
}

/// A type of the response.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordType {
    /// Its name in Rust.
    pub name: String,
    /// The pointer of its schema in the complete description.
    pub pointer: String,
    /// The file that declares it, below the folder of generated code.
    pub file: String,
    /// Its fields.
    pub fields: Vec<FieldReason>,
}

/// A field of a response, and why it is required or not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldReason {
    /// Its name on the wire.
    pub wire: String,
    /// Its type in Rust, with `Option` where it may be missing.
    pub ty: String,
    /// Whether every response must have it.
    pub required: bool,
    /// Why.
    pub why: Vec<String>,
}

/// What a published document was after each stage that changes it.
#[derive(Debug)]
pub(crate) struct Stages {
    /// After the repairs.
    pub(crate) repaired: Described,
    /// After the inference.
    pub(crate) inferred: Document,
    /// In the end.
    pub(crate) complete: Described,
    /// What the examples teach.
    pub(crate) learned: Learned,
}

impl Stages {
    pub(crate) fn run(published: &Published<'_>, shared: &Source<'_>) -> Result<Self> {
        let repaired = describe_up_to(published, shared, DescribeStage::Repair)?;
        let inferred = describe_up_to(published, shared, DescribeStage::Infer)?.document;
        let complete = describe(published, shared)?;
        let learned = learn(&repaired.document.value);
        Ok(Self { repaired, inferred, complete, learned })
    }

    /// A place of the published document.
    pub(crate) fn spot(&self, pointer: &str) -> Spot {
        Spot { pointer: pointer.to_owned(), line: self.repaired.document.line(pointer) }
    }
}

/// Follows one operation through every stage. It is named by its operationId, or by method and path.
///
/// # Errors
///
/// If the documents can't be understood, or have no such operation; the help names those that are called alike.
pub fn explain(inputs: &Inputs<'_>, wanted: &str) -> Result<Explained> {
    let v2 = Stages::run(&inputs.v2, &inputs.shared)?;
    if let Some(found) = find::operation(&v2.repaired.document.value, wanted) {
        let (mut explained, actions) = through(&v2, found)?;
        let bound = Bound::new(normalize(&v2.complete.document)?)?;
        explained.binding = Some(binding::binding(&v2, &bound, &explained, &actions)?);
        return Ok(explained);
    }
    let webhooks = Stages::run(&inputs.webhooks, &inputs.shared)?;
    if let Some(found) = find::operation(&webhooks.repaired.document.value, wanted) {
        let mut explained = through(&webhooks, found)?.0;
        let document = &webhooks.complete.document;
        let told = normalize_webhooks(document)?;
        let events = events(&told).map_err(|error| document.locate(error))?.events;
        let here = told.operations.iter().zip(events).find(|(operation, _)| operation.path == explained.path);
        explained.event = here.map(|(_, event)| event);
        return Ok(explained);
    }
    let near = find::near([&v2, &webhooks].map(|stages| &stages.repaired.document.value), wanted);
    Err(Diagnostic::error(format!("no operation is called `{wanted}`")).help(match near.as_slice() {
        [] => "name an operationId of the document, or a method and a path".to_owned(),
        near => format!("did you mean {}?", near.join(", ")),
    }))
}

/// The stages that both documents go through.
fn through(stages: &Stages, found: find::Found) -> Result<(Explained, Vec<Action>)> {
    let repaired = reach(&stages.repaired.document.value, &found.pointer);
    let described =
        reach(&stages.inferred.value, &found.pointer).and(reach(&stages.complete.document.value, &found.pointer));
    let rows = stages.repaired.repaired.iter().filter_map(|row| {
        let places = row.places.iter().filter(|place| repaired.holds(place));
        let places: Vec<Spot> = places.map(|place| stages.spot(place)).collect();
        (!places.is_empty()).then(|| Mended { id: row.id.to_owned(), why: row.why.to_owned(), places })
    });
    let actions = actions::actions(stages, &described)?;
    let (examples, shape) = answers::answers(stages, &found.pointer);
    let explained = Explained {
        repairs: rows.collect(),
        examples,
        shape,
        actions: actions.clone(),
        binding: None,
        event: None,
        file: stages.repaired.document.name.clone(),
        spot: stages.spot(&found.pointer),
        overlay: stages.complete.overlay.name.clone(),
        id: found.id,
        http: found.http,
        path: found.path,
    };
    Ok((explained, actions))
}
