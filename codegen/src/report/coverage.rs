//! Checks that every element of a published document is accounted for: each operation, parameter, field and example must either
//! be part of the bindings or be left out for a recorded reason.
//!
//! The check reads the repaired document independently of the other stages and looks up each element in the bindings, so it finds
//! elements silently dropped by a stage.

mod elements;
mod fields;
mod places;
mod reasons;
mod samples;

use std::fmt;

use crate::describe::DocumentKind;
use crate::describe::Inputs;
use crate::report::Location;
use crate::report::stages::Stages;
use crate::source::large_stack::on_large_stack;
use crate::{Diagnostic, Result};

/// The elements of the published documents, and how the bindings use each of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Coverage {
    /// All elements in document order. The API document comes first.
    pub elements: Vec<Element>,
    /// An error for each unused element without a recorded reason.
    pub errors: Vec<Diagnostic>,
}

/// An element of a published document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Element {
    /// The kind of the element.
    pub kind: ElementKind,
    /// The location of the element in the published file.
    pub location: Location,
    /// The operation or the `components` section that contains the element.
    pub owner: String,
    /// The name of the element, preceded by the names of the enclosing objects. Empty for an operation.
    pub name: String,
    /// How the bindings use the element.
    pub usage: Usage,
}

/// The kinds of elements.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ElementKind {
    /// An operation.
    Operation,
    /// A webhook.
    Webhook,
    /// A parameter.
    Parameter,
    /// A response, or one of its media types.
    Response,
    /// A field of a request body.
    RequestField,
    /// A field of a response.
    ResponseField,
    /// An example in any part of the document.
    Example,
    /// A component to which no operation refers.
    Component,
}

impl ElementKind {
    /// All kinds, each with its plural name.
    pub const ALL: [(Self, &'static str); 8] = [
        (Self::Operation, "operations"),
        (Self::Webhook, "webhooks"),
        (Self::Parameter, "parameters"),
        (Self::Response, "responses"),
        (Self::RequestField, "request fields"),
        (Self::ResponseField, "response fields"),
        (Self::Example, "examples"),
        (Self::Component, "unreferenced components"),
    ];

    fn name(self) -> &'static str {
        match self {
            Self::Operation => "operation",
            Self::Webhook => "webhook",
            Self::Parameter => "parameter",
            Self::Response => "response",
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
    /// The bindings use the element in the given way.
    Used(String),
    /// The element is left out for the given reason.
    LeftOut(String),
    /// The element is not used, and no reason is recorded.
    Unused,
}

/// Writes the kind of the element, followed by its owner and name. If both are empty, the pointer to the element is written
/// instead.
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
/// Returns an error with the file, line and pointer if a document is invalid.
pub fn coverage(inputs: &Inputs<'_>) -> Result<Coverage> {
    on_large_stack(|| covered(inputs))
}

fn covered(inputs: &Inputs<'_>) -> Result<Coverage> {
    let (mut elements, mut errors) = (Vec::new(), Vec::new());
    for kind in [DocumentKind::Api, DocumentKind::Webhooks] {
        let stages = Stages::run(inputs, kind)?;
        let found = elements::elements(&stages)?;
        errors.extend(self::errors(&found, &stages));
        elements.extend(found);
    }
    Ok(Coverage { elements, errors })
}

/// Returns an error for each unused element.
fn errors(elements: &[Element], stages: &Stages) -> Vec<Diagnostic> {
    let unused = elements.iter().filter(|element| element.usage == Usage::Unused);
    let errors = unused.map(|element| {
        let error = Diagnostic::error(format!("unused {element}: no reason is recorded"))
            .at(element.location.pointer.as_deref().unwrap_or_default())
            .help("use the element in a stage, remove it with an overlay action, or record the reason in codegen/src/report/coverage/");
        stages.repaired.document.locate(error)
    });
    errors.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::describe::{Published, Source};
    use crate::model::api::TypeKind;

    const DOCUMENT: &str = "\
openapi: 3.0.3
info: {title: Shop, version: v2}
paths:
  /things/{id}:
    get:
      operationId: findThing
      parameters:
      - {name: id, in: path, required: true, schema: {type: string}}
      - {name: q, in: query, schema: {type: string}}
      responses:
        '200':
          description: Found.
          content:
            application/json:
              schema:
                type: object
                properties:
                  thing: {$ref: '#/components/schemas/Thing'}
                  map: {type: object, additionalProperties: {type: object, properties: {size: {type: integer}}}}
                  any: {oneOf: [{type: array, items: {type: object, properties: {a: {type: string}}}}, {type: array, items: {}}]}
components:
  schemas:
    Thing:
      allOf:
      - {type: object, properties: {id: {type: string}}}
      - {type: object, properties: {parts: {type: array, items: {$ref: '#/components/schemas/Thing'}}}}
";

    /// Changes the results of the stages, and returns the names of the unused elements.
    fn unused(change: impl FnOnce(&mut Stages)) -> Vec<String> {
        let source = |bytes| Source { name: "a.yaml", bytes };
        let overlay = source(b"overlay: 1.0.0\ninfo: {title: Empty, version: 1.0.0}\nactions: []\n");
        let document = source(DOCUMENT.as_bytes());
        let published = Published { document, transcription: document, overlay };
        let inputs = Inputs { v2: published, webhooks: published, shared: source(b"{}") };
        let mut stages = Stages::run(&inputs, DocumentKind::Api).unwrap();
        change(&mut stages);
        let errors = errors(&elements::elements(&stages).unwrap(), &stages);
        assert!(errors.iter().all(|error| error.line().is_some() && error.help.is_some()), "{errors:?}");
        let name = |error: &Diagnostic| {
            let name =
                error.message.strip_prefix("unused ").and_then(|text| text.strip_suffix(": no reason is recorded"));
            name.map(str::to_owned)
        };
        errors.iter().map(|error| name(error).expect("the message names the element")).collect()
    }

    #[test]
    fn finds_elements_lost_by_a_stage() {
        assert_eq!(unused(|_| {}), [""; 0]);
        let lost = unused(|stages| stages.bindings.api.resources.clear());
        assert_eq!(lost, ["operation findThing"]);
        let lost = unused(|stages| stages.bindings.normalized.diagnostics.clear());
        assert_eq!(lost, ["response field findThing 200 any[].a"]);
        for (name, wire, expected) in [
            ("FindThingQuery", "q", "parameter findThing q"),
            ("FindThingResult", "thing", "response field findThing 200 thing"),
            ("Thing", "id", "response field findThing 200 thing.id"),
            ("Thing", "parts", "response field findThing 200 thing.parts"),
            ("FindThingResultMap", "size", "response field findThing 200 map{}.size"),
        ] {
            let lost = unused(|stages| {
                let item = stages.bindings.types.get_mut(name).unwrap_or_else(|| panic!("there is no type {name}"));
                let TypeKind::Struct(record) = &mut item.kind else { panic!("{item:?}") };
                record.fields.retain(|field| field.wire != wire);
            });
            assert_eq!(lost, [expected]);
        }
    }
}
