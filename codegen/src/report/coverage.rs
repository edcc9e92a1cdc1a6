//! Whether all of a published document is used: every operation, parameter, field and example is, or is left out for a reason.
//!
//! The document is read once more, as it was published and mended, and each thing in it is looked up in what the line made. So a
//! stage that forgets something can't forget to say so.

mod fields;
mod items;
mod samples;
mod trace;

use crate::describe::Inputs;
use crate::model::normalize::{normalize, normalize_webhooks};
use crate::report::explain::{Bound, Spot, Stages};
use crate::{Diagnostic, Result};

/// All that the published documents have, and what became of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Coverage {
    /// In the order of the documents, the API's before the webhooks'.
    pub items: Vec<Item>,
    /// What is not used, though nothing says why.
    pub lost: Vec<Diagnostic>,
}

/// One thing of a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// What it is.
    pub kind: ItemKind,
    /// The file of the document.
    pub file: String,
    /// Where it stands.
    pub spot: Spot,
    /// The operation that it belongs to, or the component.
    pub owner: String,
    /// Its name, with those of the objects around it; empty for an operation.
    pub name: String,
    /// What became of it.
    pub fate: Fate,
}

/// The kinds of things that a document has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ItemKind {
    /// An operation.
    Operation,
    /// A parameter.
    Parameter,
    /// A field of what is sent.
    RequestField,
    /// A field of what is answered.
    ResponseField,
    /// An example, of a response or of anything else.
    Example,
    /// A component that no operation refers to.
    Component,
}

impl ItemKind {
    /// All kinds.
    pub const ALL: [Self; 6] =
        [Self::Operation, Self::Parameter, Self::RequestField, Self::ResponseField, Self::Example, Self::Component];

    /// What several things of a kind are called.
    #[must_use]
    pub fn plural(self) -> &'static str {
        match self {
            Self::Operation => "operations",
            Self::Parameter => "parameters",
            Self::RequestField => "request fields",
            Self::ResponseField => "response fields",
            Self::Example => "examples",
            Self::Component => "components that nothing refers to",
        }
    }

    /// What one thing of a kind is called.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Operation => "operation",
            Self::Parameter => "parameter",
            Self::RequestField => "request field",
            Self::ResponseField => "response field",
            Self::Example => "example",
            Self::Component => "component",
        }
    }
}

/// What became of a thing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It is used, as this.
    Used(String),
    /// It is left out, for this reason.
    LeftOut(String),
    /// It is not used, and nothing says why.
    Lost,
}

impl Item {
    /// What the thing is called: its kind and its names, or where it has none its pointer.
    #[must_use]
    pub fn title(&self) -> String {
        let names: Vec<&str> = [self.owner.as_str(), &self.name].into_iter().filter(|name| !name.is_empty()).collect();
        let names = if names.is_empty() { self.spot.pointer.clone() } else { names.join(" ") };
        format!("{} {names}", self.kind.name())
    }

    fn lost(&self) -> Diagnostic {
        let message = format!("nobody uses the {}, and nothing says why", self.title());
        let help = "let a stage use it, remove it by an overlay action, or add the reason to codegen/src/coverage/";
        Diagnostic::error(message).at(&self.spot.pointer).help(help)
    }
}

/// Looks up all that the published documents have in what is made of them.
///
/// # Errors
///
/// If the documents can't be understood; with file, line and pointer.
pub fn coverage(inputs: &Inputs<'_>) -> Result<Coverage> {
    let (mut items, mut lost) = (Vec::new(), Vec::new());
    for (published, webhooks) in [(&inputs.v2, false), (&inputs.webhooks, true)] {
        let stages = Stages::run(published, &inputs.shared)?;
        let normalize = if webhooks { normalize_webhooks } else { normalize };
        let bound = Bound::new(normalize(&stages.complete.document)?)?;
        let removed = crate::report::explain::removed(&stages)?;
        let events = if webhooks { crate::model::events::events(&bound.normalized)?.events } else { Vec::new() };
        let answers = stages.learned.answers.iter().flat_map(|answer| &answer.examples).enumerate();
        let examples = answers.map(|(index, (pointer, refusal))| (pointer.clone(), (index, *refusal))).collect();
        let reader = items::Reader { stages: &stages, bound: &bound, examples, removed, events };
        let found = reader.items()?;
        let unused = found.iter().filter(|item| item.fate == Fate::Lost).map(Item::lost);
        lost.extend(unused.map(|error| stages.repaired.document.locate(error)));
        items.extend(found);
    }
    Ok(Coverage { items, lost })
}
