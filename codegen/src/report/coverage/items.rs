//! Reads a document thing by thing, and looks each of them up.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde_json::Value;

use super::fields::{Field, of_schema, of_value};
use super::trace::{self, Step, shown};
use super::{Fate, Item, ItemKind, samples};
use crate::Result;
use crate::model::api::{Event, Operation};
use crate::openapi::node::Node;
use crate::openapi::walk::operations;
use crate::report::explain::{Bound, Stages, reach};
use crate::source::document::child;

/// One published document and what came of it.
pub(super) struct Reader<'a> {
    pub(super) stages: &'a Stages,
    pub(super) bound: &'a Bound,
    /// The examples of answers by their pointers: each one's number, and whether it shows a refusal.
    pub(super) examples: BTreeMap<String, (usize, bool)>,
    /// What the overlay took away, and on which line.
    pub(super) removed: Vec<(String, Option<usize>)>,
    /// The webhooks, if it is their document.
    pub(super) events: Vec<Event>,
}

/// An operation while its things are read.
struct Current<'a> {
    place: Node<'a>,
    bound: &'a Operation,
    owner: String,
    items: Vec<Item>,
}

impl<'a> Reader<'a> {
    /// All things of the document.
    pub(super) fn items(&self) -> Result<Vec<Item>> {
        let document = &self.stages.repaired.document.value;
        let mut items = Vec::new();
        let mut reached = BTreeSet::new();
        let bound: HashMap<_, _> = self
            .bound
            .operations()
            .map(|(resource, operation)| ((operation.http.as_str(), operation.path.as_str()), (resource, operation)))
            .collect();
        for (pointer, path, method, operation) in operations(document) {
            reached.extend(reach(document, &pointer).roots().cloned());
            let id = operation.get("operationId").and_then(Value::as_str);
            let owner = id.map_or_else(|| format!("{} {path}", method.to_uppercase()), str::to_owned);
            let Some((resource, bound)) = bound.get(&(method.to_uppercase().as_str(), path)).copied() else {
                items.push(self.item(ItemKind::Operation, &pointer, &owner, "", Fate::Lost));
                continue;
            };
            let used = match self.events.iter().find(|event| event.id == bound.id) {
                Some(event) => format!("webhook::Event::{}", event.variant),
                None => format!("client.{}().{}", resource.module, bound.method),
            };
            items.push(self.item(ItemKind::Operation, &pointer, &owner, "", Fate::Used(used)));
            let place = Node::root(document).need("paths")?.need(path)?.follow()?;
            let mut current = Current { place: place.need(method)?, bound, owner, items: Vec::new() };
            self.parameters(&place, &mut current)?;
            self.request(&mut current)?;
            self.responses(&mut current)?;
            items.append(&mut current.items);
        }
        items.extend(self.samples());
        items.extend(self.components(&reached)?);
        Ok(items)
    }

    fn item(&self, kind: ItemKind, pointer: &str, owner: &str, name: &str, fate: Fate) -> Item {
        Item {
            kind,
            file: self.stages.repaired.document.name.clone(),
            spot: self.stages.spot(pointer),
            owner: owner.to_owned(),
            name: name.to_owned(),
            fate,
        }
    }

    fn parameters(&self, item: &Node<'a>, current: &mut Current<'a>) -> Result<()> {
        let mut seen = BTreeSet::new();
        for place in current.place.items_of("parameters")?.into_iter().chain(item.items_of("parameters")?) {
            let parameter = place.follow()?;
            let (name, location) = (parameter.need("name")?.text()?, parameter.need("in")?.text()?);
            let fate = match location {
                _ if !seen.insert((location, name)) => {
                    Fate::LeftOut("the operation has a parameter of this name itself".to_owned())
                }
                "path" if current.bound.path.contains(&format!("{{{name}}}")) => {
                    Fate::Used("an argument of the method".to_owned())
                }
                "path" => Fate::Lost,
                "header" | "cookie" if !self.events.is_empty() => {
                    Fate::LeftOut(format!("no event has anything of a {location}"))
                }
                "header" | "cookie" => Fate::LeftOut(format!("no call sends anything in a {location}")),
                _ => self.fate(trace::query(self.bound, current.bound, name), &parameter.pointer, &[]),
            };
            current.items.push(self.item(ItemKind::Parameter, &place.pointer, &current.owner, name, fate));
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
                let found = if !self.events.is_empty() && trace::is_around(&field.steps) {
                    Some("the runtime reads it".to_owned())
                } else {
                    trace::request(self.bound, current.bound, &field.steps)
                };
                let fate = if json && !name.contains("json") {
                    Fate::LeftOut("the body is sent as JSON, which the operation takes as well".to_owned())
                } else {
                    self.fate(found, &field.pointer, &field.steps)
                };
                let shown = shown(&field.steps);
                current.items.push(self.item(ItemKind::RequestField, &field.pointer, &current.owner, &shown, fate));
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
                    for (pointer, refusal) in self.examples_below(&media.pointer) {
                        let Some(value) = self.stages.repaired.document.value.pointer(pointer) else { continue };
                        let success = success && !refusal;
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
            let fate = match (success, field.steps.as_slice()) {
                (true, steps) => {
                    self.fate(trace::response(self.bound, current.bound, steps), &field.pointer, &field.steps)
                }
                (false, [Step::Key(key)]) if key == "ok" => Fate::Used("the runtime reads it".to_owned()),
                (false, [Step::Key(key)]) if key == "error_message" => Fate::Used("ApiError::message".to_owned()),
                (false, _) => Fate::Used("ApiError::body keeps it".to_owned()),
            };
            current.items.push(self.item(ItemKind::ResponseField, &field.pointer, &current.owner, &name, fate));
        }
    }

    /// The examples of answers below a pointer in the order of the document, and whether each shows a refusal.
    fn examples_below(&self, pointer: &str) -> Vec<(&str, bool)> {
        let prefix = format!("{pointer}/");
        let after = self.examples.range(prefix.clone()..);
        let below = after.take_while(|(pointer, _)| pointer.starts_with(&prefix));
        let mut found: Vec<_> = below.map(|(pointer, (index, refusal))| (*index, pointer.as_str(), *refusal)).collect();
        found.sort_unstable();
        found.into_iter().map(|(_, pointer, refusal)| (pointer, refusal)).collect()
    }

    fn samples(&self) -> impl Iterator<Item = Item> {
        let samples = samples::samples(self.stages).into_iter();
        samples.map(|sample| self.item(ItemKind::Example, &sample.pointer, "", "", sample.fate))
    }

    /// The components that no operation reaches.
    fn components(&self, reached: &BTreeSet<String>) -> Result<Vec<Item>> {
        let root = Node::root(&self.stages.repaired.document.value);
        let mut items = Vec::new();
        let sections = root.get("components").map(|components| components.entries()).transpose()?.unwrap_or_default();
        for (section, components) in sections.into_iter().filter(|(section, _)| *section != "securitySchemes") {
            for (name, place) in components.entries()? {
                if !reached.contains(&place.pointer) {
                    let fate = Fate::LeftOut("no operation refers to it".to_owned());
                    items.push(self.item(ItemKind::Component, &place.pointer, section, name, fate));
                }
            }
        }
        Ok(items)
    }

    /// Used, or else removed by the overlay, or else lost.
    fn fate(&self, found: Option<String>, pointer: &str, steps: &[Step]) -> Fate {
        if let Some(used) = found {
            return Fate::Used(used);
        }
        // A field that came of an example stands elsewhere in the description, under the same keys.
        let keys = steps.iter().filter_map(|step| match step {
            Step::Key(key) => Some(child("/properties", key)),
            Step::Items | Step::Values => None,
        });
        let properties: Vec<String> = keys.collect();
        let is = |place: &str| {
            let around = pointer.strip_prefix(place).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
            around || (pointer.contains("/example") && properties.iter().any(|property| place.ends_with(property)))
        };
        match self.removed.iter().find(|(place, _)| is(place)) {
            Some((_, line)) => {
                let line = line.map(|line| format!(":{line}")).unwrap_or_default();
                Fate::LeftOut(format!("the overlay removes it, {}{line}", self.stages.complete.overlay.name))
            }
            None => Fate::Lost,
        }
    }
}
