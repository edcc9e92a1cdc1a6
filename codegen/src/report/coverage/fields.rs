//! Looks up the fields of schemas and examples in the bindings.

use std::collections::{HashMap, HashSet, VecDeque};

use serde_json::Value;

use super::places::{Lookup, Place};
use super::reasons::Reasons;
use super::{Element, ElementKind, Usage};
use crate::openapi::node::Node;
use crate::report::Location;
use crate::report::bindings::Bindings;
use crate::report::stages::Stages;
use crate::source::document::child;

/// The elements found so far.
pub(super) struct Elements<'a> {
    pub(super) stages: &'a Stages,
    pub(super) reasons: Reasons,
    /// The schemas with a discriminator, each with the schemas that include it in an `allOf`.
    pub(super) subtypes: HashMap<String, Vec<Node<'a>>>,
    pub(super) found: Vec<Element>,
    /// The schemas looked up so far, by pointer, kind of element, and type. A schema is looked up once for each of its types.
    seen: HashSet<(String, ElementKind, String, bool)>,
}

/// A schema that is looked up.
struct Step<'a> {
    node: Node<'a>,
    places: Vec<Place<'a>>,
    name: String,
    /// The reason for which the fields of the schema can be missing in the bindings.
    reason: Option<String>,
}

/// The schema or the example that is being read.
#[derive(Clone, Copy)]
pub(super) struct Context<'a> {
    pub(super) kind: ElementKind,
    /// The operation.
    pub(super) owner: &'a str,
    /// The first part of the names of the fields.
    pub(super) prefix: &'a str,
}

impl<'a> Elements<'a> {
    pub(super) fn new(stages: &'a Stages, reasons: Reasons) -> Self {
        let subtypes = subtypes(&Node::root(&stages.repaired.document.value));
        Self { stages, reasons, subtypes, found: Vec::new(), seen: HashSet::new() }
    }

    pub(super) fn bindings(&self) -> &'a Bindings {
        &self.stages.bindings
    }

    pub(super) fn add(&mut self, kind: ElementKind, pointer: &str, owner: &str, name: &str, usage: Usage) {
        let location: Location = self.stages.location(pointer);
        self.found.push(Element { kind, location, owner: owner.to_owned(), name: name.to_owned(), usage });
    }

    /// Returns the usage of an element that is not in the bindings.
    pub(super) fn missing(&self, pointer: &str) -> Usage {
        self.reasons.at(pointer).map_or(Usage::Unused, |reason| Usage::LeftOut(reason.to_owned()))
    }

    /// Looks up the fields of a schema, breadth first.
    pub(super) fn schema(&mut self, node: Node<'a>, places: Vec<Place<'a>>, context: Context<'_>) {
        let mut queue = VecDeque::from([Step { node, places, name: String::new(), reason: None }]);
        while let Some(Step { node, places, name, reason }) = queue.pop_front() {
            let here = self.reasons.at(&node.pointer).map(str::to_owned);
            let Ok(node) = node.follow() else { continue };
            let reason = reason.or(here).or_else(|| self.reasons.at(&node.pointer).map(str::to_owned));
            let types: Vec<_> = places.iter().map(Place::name).collect();
            if !self.seen.insert((node.pointer.clone(), context.kind, types.join(" "), reason.is_some())) {
                continue;
            }
            let lookup = Lookup { bindings: self.bindings(), data: false };
            for (key, property) in node.entries_of("properties").unwrap_or_default() {
                let name = join(&name, key);
                let found = lookup.key(&places, key);
                let usage = match (&found, reason.as_deref().or_else(|| self.reasons.at(&property.pointer))) {
                    (Some(found), _) if !found.untyped => Usage::Used(found.used.clone()),
                    (_, Some(reason)) => Usage::LeftOut(reason.to_owned()),
                    (_, None) => Usage::Unused,
                };
                if let (Some(found), Usage::Used(_)) = (found.filter(|found| !found.places.is_empty()), &usage) {
                    queue.push_back(Step {
                        node: property.clone(),
                        places: found.places,
                        name: name.clone(),
                        reason: reason.clone(),
                    });
                }
                self.add(context.kind, &property.pointer, context.owner, &format!("{}{name}", context.prefix), usage);
            }
            let mut inner: Vec<(Node<'a>, Vec<Place<'a>>, String)> = Vec::new();
            inner.extend(node.get("items").map(|items| (items, lookup.items(&places), format!("{name}[]"))));
            let values = node.get("additionalProperties").filter(|values| values.value.is_object());
            inner.extend(values.map(|values| (values, lookup.values(&places), format!("{name}{{}}"))));
            for key in ["allOf", "oneOf", "anyOf"] {
                let parts = node.items_of(key).unwrap_or_default().into_iter();
                inner.extend(parts.map(|part| (part, places.clone(), name.clone())));
            }
            let step = |(node, places, name)| Step { node, places, name, reason: reason.clone() };
            queue.extend(inner.into_iter().map(step));
            let reason =
                reason.clone().or_else(|| self.reasons.at(&child(&node.pointer, "discriminator")).map(str::to_owned));
            for subtype in self.subtypes.get(&node.pointer).into_iter().flatten() {
                queue.push_back(Step {
                    node: subtype.clone(),
                    places: places.clone(),
                    name: name.clone(),
                    reason: reason.clone(),
                });
            }
        }
    }

    /// Looks up the fields of an example. A field that occurs in several list items is looked up only once. `schema` is the pointer of
    /// the schema that is inferred for the example.
    pub(super) fn example(&mut self, example: &Node<'a>, schema: String, places: Vec<Place<'a>>, context: Context<'_>) {
        let mut seen = HashSet::new();
        self.value(example.value, &example.pointer, &schema, &places, "", context, &mut seen);
    }

    #[allow(clippy::too_many_arguments, reason = "a value has a place in the example, in the schema and in the types")]
    fn value(
        &mut self,
        value: &'a Value,
        pointer: &str,
        schema: &str,
        places: &[Place<'a>],
        name: &str,
        context: Context<'_>,
        seen: &mut HashSet<String>,
    ) {
        let lookup = Lookup { bindings: self.bindings(), data: true };
        match value {
            Value::Object(entries) => {
                for (key, value) in entries {
                    let (name, pointer) = (join(name, key), child(pointer, key));
                    let schema = child(&format!("{schema}/properties"), key);
                    let found = lookup.key(places, key);
                    let usage = match (&found, self.reasons.of_field(&schema)) {
                        (Some(found), _) => Usage::Used(found.used.clone()),
                        (None, Some(reason)) => Usage::LeftOut(reason.to_owned()),
                        (None, None) => Usage::Unused,
                    };
                    if seen.insert(name.clone()) {
                        let shown = format!("{}{name}", context.prefix);
                        self.add(context.kind, &pointer, context.owner, &shown, usage);
                    }
                    if let Some(found) = found.filter(|found| !found.untyped && !found.places.is_empty()) {
                        self.value(value, &pointer, &schema, &found.places, &name, context, seen);
                    }
                }
            }
            Value::Array(items) => {
                let (places, name) = (lookup.items(places), format!("{name}[]"));
                for (index, item) in items.iter().enumerate() {
                    let (pointer, schema) = (format!("{pointer}/{index}"), format!("{schema}/items"));
                    self.value(item, &pointer, &schema, &places, &name, context, seen);
                }
            }
            _ => {}
        }
    }
}

fn join(name: &str, key: &str) -> String {
    if name.is_empty() { key.to_owned() } else { format!("{name}.{key}") }
}

/// Finds the named schemas that include another schema with a discriminator in an `allOf`.
fn subtypes<'a>(root: &Node<'a>) -> HashMap<String, Vec<Node<'a>>> {
    let mut found: HashMap<_, Vec<_>> = HashMap::new();
    let schemas = root.get("components").and_then(|components| components.entries_of("schemas").ok());
    for (_, schema) in schemas.unwrap_or_default() {
        for part in schema.items_of("allOf").unwrap_or_default() {
            let Ok(base) = part.follow() else { continue };
            let is_union = base.get("oneOf").or_else(|| base.get("anyOf")).is_some();
            if base.get("discriminator").is_some() && !is_union && part.get("$ref").is_some() {
                found.entry(base.pointer).or_default().push(schema.clone());
            }
        }
    }
    found
}
