//! Reads the elements of a document and looks up each one in the bindings.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ops::Bound::{Included, Unbounded};

use serde_json::Value;

use super::fields::{Field, of_schema, of_value};
use super::trace::{self, Step, shown};
use super::{Element, ElementKind, Usage, samples};
use crate::Result;
use crate::model::api::Operation;
use crate::openapi::node::Node;
use crate::openapi::walk::operations;
use crate::report::reach::{Reach, is_within};
use crate::report::stages::{OverlayAction, Stages};
use crate::source::document::child;

/// A published document with its bindings.
pub(super) struct Reader<'a> {
    stages: &'a Stages,
    /// The response examples by pointer, each with its position in the document and whether it shows an error.
    examples: BTreeMap<&'a str, (usize, bool)>,
    /// The overlay actions.
    actions: Vec<OverlayAction>,
}

/// The operation whose elements are being read.
struct Current<'a> {
    place: Node<'a>,
    bound: &'a Operation,
    owner: String,
    elements: Vec<Element>,
}

impl<'a> Reader<'a> {
    pub(super) fn new(stages: &'a Stages) -> Result<Self> {
        let examples = stages.learned.answers.iter().flat_map(|untyped| &untyped.examples).enumerate();
        let examples = examples.map(|(index, (pointer, is_error))| (pointer.as_str(), (index, *is_error))).collect();
        Ok(Self { stages, examples, actions: stages.overlay_actions(std::iter::once(""))? })
    }

    fn is_webhooks(&self) -> bool {
        !self.stages.bindings.events.is_empty()
    }

    /// Returns all elements of the document.
    pub(super) fn elements(&self) -> Result<Vec<Element>> {
        let document = &self.stages.repaired.document.value;
        let mut elements = Vec::new();
        let mut reached = BTreeSet::new();
        let bound: HashMap<_, _> = self
            .stages
            .bindings
            .api
            .operations()
            .map(|(resource, operation)| ((operation.http.as_str(), operation.path.as_str()), (resource, operation)))
            .collect();
        for (pointer, path, method, operation) in operations(document) {
            reached.extend(Reach::new(document, &pointer).0);
            let id = operation.get("operationId").and_then(Value::as_str);
            let owner = id.map_or_else(|| format!("{} {path}", method.to_uppercase()), str::to_owned);
            let Some((resource, bound)) = bound.get(&(method.to_uppercase().as_str(), path)).copied() else {
                elements.push(self.element(ElementKind::Operation, &pointer, &owner, "", Usage::Unused));
                continue;
            };
            let used = match self.stages.bindings.events.iter().find(|event| event.id == bound.id) {
                Some(event) => format!("webhook::Event::{}", event.variant),
                None => format!("client.{}().{}", resource.module, bound.method),
            };
            elements.push(self.element(ElementKind::Operation, &pointer, &owner, "", Usage::Used(used)));
            let place = Node::root(document).need("paths")?.need(path)?.follow()?;
            let mut current = Current { place: place.need(method)?, bound, owner, elements: Vec::new() };
            self.parameters(&place, &mut current)?;
            self.request(&mut current)?;
            self.responses(&mut current)?;
            elements.append(&mut current.elements);
        }
        elements.extend(self.samples());
        elements.extend(self.components(&reached)?);
        Ok(elements)
    }

    fn element(&self, kind: ElementKind, pointer: &str, owner: &str, name: &str, usage: Usage) -> Element {
        let location = self.stages.location(pointer);
        Element { kind, location, owner: owner.to_owned(), name: name.to_owned(), usage }
    }

    fn parameters(&self, item: &Node<'a>, current: &mut Current<'a>) -> Result<()> {
        let mut seen = BTreeSet::new();
        for place in current.place.items_of("parameters")?.into_iter().chain(item.items_of("parameters")?) {
            let parameter = place.follow()?;
            let (name, location) = (parameter.need("name")?.text()?, parameter.need("in")?.text()?);
            let usage = match location {
                _ if !seen.insert((location, name)) => {
                    Usage::LeftOut("the operation overrides the parameter".to_owned())
                }
                "path" if current.bound.path.contains(&format!("{{{name}}}")) => {
                    Usage::Used("a method argument".to_owned())
                }
                "path" => Usage::Unused,
                "header" | "cookie" if self.is_webhooks() => {
                    Usage::LeftOut(format!("webhook events have no {location} parameters"))
                }
                "header" | "cookie" => Usage::LeftOut(format!("calls send no {location} parameters")),
                _ => self.usage(trace::query(&self.stages.bindings, current.bound, name), &parameter.pointer, &[]),
            };
            current.elements.push(self.element(ElementKind::Parameter, &place.pointer, &current.owner, name, usage));
        }
        Ok(())
    }

    fn request(&self, current: &mut Current<'a>) -> Result<()> {
        let Some(body) = current.place.get("requestBody") else { return Ok(()) };
        let content = body.follow()?.entries_of("content")?;
        let json = content.iter().any(|(name, _)| name.contains("json"));
        for (name, media) in content {
            let Some(schema) = media.get("schema") else { continue };
            for field in of_schema(&schema)? {
                let found = if self.is_webhooks() && trace::is_envelope(&field.steps) {
                    Some("decoded by the runtime".to_owned())
                } else {
                    trace::request(&self.stages.bindings, current.bound, &field.steps)
                };
                let usage = if json && !name.contains("json") {
                    Usage::LeftOut("the body is sent as JSON, which the operation also accepts".to_owned())
                } else {
                    self.usage(found, &field.pointer, &field.steps)
                };
                let shown = shown(&field.steps);
                current.elements.push(self.element(
                    ElementKind::RequestField,
                    &field.pointer,
                    &current.owner,
                    &shown,
                    usage,
                ));
            }
        }
        Ok(())
    }

    fn responses(&self, current: &mut Current<'a>) -> Result<()> {
        for (status, response) in current.place.need("responses")?.entries()? {
            let success = status.starts_with('2') || status == "default";
            for (media_type, media) in response.follow()?.entries_of("content")? {
                let mut found = Vec::new();
                if let Some(schema) = media.get("schema") {
                    found.extend(of_schema(&schema)?.into_iter().map(|field| (field, success)));
                } else if media_type.contains("json") {
                    for (pointer, is_error) in self.examples_below(&media.pointer) {
                        let Some(value) = self.stages.repaired.document.value.pointer(pointer) else { continue };
                        let success = success && !is_error;
                        found.extend(of_value(value, pointer).into_iter().map(|field| (field, success)));
                    }
                }
                self.response_fields(status, &found, current);
            }
        }
        Ok(())
    }

    fn response_fields(&self, status: &str, fields: &[(Field, bool)], current: &mut Current<'a>) {
        let mut seen = BTreeSet::new();
        for (field, success) in fields {
            let name = format!("{status} {}", shown(&field.steps));
            if !seen.insert((name.clone(), *success)) {
                continue;
            }
            let usage = match (success, field.steps.as_slice()) {
                (true, steps) => self.usage(
                    trace::response(&self.stages.bindings, current.bound, steps),
                    &field.pointer,
                    &field.steps,
                ),
                (false, [Step::Key(key)]) if key == "ok" => Usage::Used("decoded by the runtime".to_owned()),
                (false, [Step::Key(key)]) if key == "error_message" => Usage::Used("ApiError::message".to_owned()),
                (false, _) => Usage::Used("ApiError::body".to_owned()),
            };
            current.elements.push(self.element(
                ElementKind::ResponseField,
                &field.pointer,
                &current.owner,
                &name,
                usage,
            ));
        }
    }

    /// Returns the examples below a pointer in document order, and whether each one shows an error.
    fn examples_below(&self, pointer: &str) -> Vec<(&str, bool)> {
        let prefix = format!("{pointer}/");
        let after = self.examples.range::<str, _>((Included(prefix.as_str()), Unbounded));
        let below = after.take_while(|(pointer, _)| pointer.starts_with(&prefix));
        let mut found: Vec<_> = below.map(|(pointer, (index, is_error))| (*index, *pointer, *is_error)).collect();
        found.sort_unstable();
        found.into_iter().map(|(_, pointer, is_error)| (pointer, is_error)).collect()
    }

    fn samples(&self) -> impl Iterator<Item = Element> {
        let samples = samples::samples(self.stages).into_iter();
        samples.map(|(pointer, usage)| self.element(ElementKind::Example, &pointer, "", "", usage))
    }

    /// Returns the components to which no operation refers.
    fn components(&self, reached: &BTreeSet<String>) -> Result<Vec<Element>> {
        let root = Node::root(&self.stages.repaired.document.value);
        let mut elements = Vec::new();
        let sections = root.get("components").map(|components| components.entries()).transpose()?.unwrap_or_default();
        for (section, components) in sections.into_iter().filter(|(section, _)| *section != "securitySchemes") {
            for (name, place) in components.entries()? {
                if !reached.contains(&place.pointer) {
                    let usage = Usage::LeftOut("no operation refers to the component".to_owned());
                    elements.push(self.element(ElementKind::Component, &place.pointer, section, name, usage));
                }
            }
        }
        Ok(elements)
    }

    /// Returns `Used` if the element was found in the bindings, `LeftOut` if the overlay removes it, and `Unused` otherwise.
    fn usage(&self, found: Option<String>, pointer: &str, steps: &[Step]) -> Usage {
        if let Some(used) = found {
            return Usage::Used(used);
        }
        // In the complete description, a field of an example is a property in a schema. Its pointer there is different, but ends
        // in the same keys.
        let keys = steps.iter().filter_map(|step| match step {
            Step::Key(key) => Some(child("/properties", key)),
            Step::Items | Step::Values => None,
        });
        let properties: Vec<String> = keys.collect();
        let includes = |place: &str| {
            let from_example = pointer.contains("/example");
            is_within(pointer, place) || from_example && properties.iter().any(|property| place.ends_with(property))
        };
        let removes = |action: &&OverlayAction| {
            action.changes.iter().any(|change| change.new.is_none() && includes(&change.pointer))
        };
        match self.actions.iter().find(removes) {
            Some(OverlayAction { line, .. }) => {
                let line = line.map(|line| format!(":{line}")).unwrap_or_default();
                Usage::LeftOut(format!("removed by the overlay, {}{line}", self.stages.complete.overlay.name))
            }
            None => Usage::Unused,
        }
    }
}
