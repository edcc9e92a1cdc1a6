//! Checks that all of a published document is used: every operation, parameter, field and example is part of the bindings, or is
//! left out for a recorded reason.
//!
//! The check reads the repaired document independently of the other stages and looks each element up in the bindings, so it finds
//! what a stage drops without a diagnostic.

mod elements;
mod fields;
mod samples;
mod trace;

use std::fmt;

use crate::describe::DocumentKind;
use crate::describe::Inputs;
use crate::report::Location;
use crate::report::stages::Stages;
use crate::{Diagnostic, Result};

/// The elements of the published documents, and how each is used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Coverage {
    /// In the order of the documents, those of the API first.
    pub elements: Vec<Element>,
    /// An error for each unused element without a recorded reason.
    pub errors: Vec<Diagnostic>,
}

/// A part of a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Element {
    /// The kind of element.
    pub kind: ElementKind,
    /// Its place in the published file.
    pub location: Location,
    /// The operation or the section of components that it belongs to.
    pub owner: String,
    /// Its name, after those of the objects around it; empty for an operation.
    pub name: String,
    /// How the bindings use it.
    pub usage: Usage,
}

/// The kinds of elements.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ElementKind {
    /// An operation.
    Operation,
    /// A parameter.
    Parameter,
    /// A field of a request body.
    RequestField,
    /// A field of a response.
    ResponseField,
    /// An example, of a response or anything else.
    Example,
    /// A component that no operation refers to.
    Component,
}

impl ElementKind {
    /// All kinds, each with its plural.
    pub const ALL: [(Self, &'static str); 6] = [
        (Self::Operation, "operations"),
        (Self::Parameter, "parameters"),
        (Self::RequestField, "request fields"),
        (Self::ResponseField, "response fields"),
        (Self::Example, "examples"),
        (Self::Component, "unreferenced components"),
    ];

    fn name(self) -> &'static str {
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

/// How the bindings use an element.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Usage {
    /// As this.
    Used(String),
    /// Not at all, for this reason.
    LeftOut(String),
    /// Not at all, without a recorded reason.
    Unused,
}

/// The kind of the element and its names, or its pointer if it has none.
impl fmt::Display for Element {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.kind.name())?;
        let names: Vec<&str> = [self.owner.as_str(), &self.name].into_iter().filter(|name| !name.is_empty()).collect();
        match names.as_slice() {
            [] => write!(f, " {}", self.location.pointer.as_deref().unwrap_or_default()),
            names => write!(f, " {}", names.join(" ")),
        }
    }
}

/// Looks up every element of the published documents in the bindings.
///
/// # Errors
///
/// If a document is invalid; with file, line and pointer.
pub fn coverage(inputs: &Inputs<'_>) -> Result<Coverage> {
    let (mut elements, mut errors) = (Vec::new(), Vec::new());
    for kind in [DocumentKind::Api, DocumentKind::Webhooks] {
        let stages = Stages::run(inputs, kind)?;
        let found = elements::Reader::new(&stages)?.elements()?;
        let unused = found.iter().filter(|element| element.usage == Usage::Unused);
        errors.extend(unused.map(|element| {
            let error = Diagnostic::error(format!("unused {element}: no reason is recorded"))
                .at(element.location.pointer.as_deref().unwrap_or_default())
                .help("use it in a stage, remove it by an overlay action, or add the reason to codegen/src/report/coverage/");
            stages.repaired.document.locate(error)
        }));
        elements.extend(found);
    }
    Ok(Coverage { elements, errors })
}
