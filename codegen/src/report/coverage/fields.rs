//! Looks up the fields of schemas and examples in the bindings.

use std::collections::{HashMap, HashSet, VecDeque};

use serde_json::Value;

use super::places::{Found, Lookup, Place};
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
    /// The schemas looked up so far. Each key consists of the name of the schema, the kind of its elements, its types in the
    /// bindings, whether a reason for missing fields is recorded, and whether the schema is in an `allOf`.
    seen: HashSet<(String, ElementKind, String, bool, bool)>,
    /// The schemas of request bodies.
    bodies: HashSet<String>,
    /// The untyped fields, each with the reason.
    untyped: HashMap<String, String>,
    /// The indexes of the unused elements, each with the field that contains the element.
    unused: Vec<(usize, String)>,
}

/// A schema that is looked up.
#[derive(Clone)]
struct Step<'a> {
    node: Node<'a>,
    places: Vec<Place<'a>>,
    name: String,
    /// The field in the bindings that contains the values of the schema.
    field: String,
    /// The recorded reason for which fields of the schema can be missing from the bindings.
    reason: Option<String>,
    /// Whether the schema is in an `allOf`.
    is_part: bool,
}

impl Step<'_> {
    fn named(self, suffix: &str) -> Self {
        Self { name: format!("{}{suffix}", self.name), ..self }
    }
}

/// The schema or the example that is being read.
#[derive(Clone, Copy)]
pub(super) struct Context<'a> {
    pub(super) kind: ElementKind,
    /// The name of the operation.
    pub(super) owner: &'a str,
    /// The prefix of the field names.
    pub(super) prefix: &'a str,
}

impl<'a> Elements<'a> {
    pub(super) fn new(stages: &'a Stages, reasons: Reasons) -> Self {
        let subtypes = subtypes(&Node::root(&stages.repaired.document.value));
        let (found, seen) = (Vec::new(), HashSet::new());
        let (bodies, untyped, unused) = (HashSet::new(), HashMap::new(), Vec::new());
        Self { stages, reasons, subtypes, found, seen, bodies, untyped, unused }
    }

    pub(super) fn bindings(&self) -> &'a Bindings {
        &self.stages.bindings
    }

    pub(super) fn add(&mut self, kind: ElementKind, pointer: &str, owner: &str, name: &str, usage: Usage) {
        let location: Location = self.stages.location(pointer);
        self.found.push(Element { kind, location, owner: owner.to_owned(), name: name.to_owned(), usage });
    }

    /// Returns the usage to report for an element that was not found in the bindings: left out for a reason, or unused.
    pub(super) fn missing(&self, pointer: &str) -> Usage {
        self.reason(pointer).map_or(Usage::Unused, Usage::LeftOut)
    }

    /// Looks up the fields of a schema, breadth first.
    pub(super) fn schema(&mut self, node: Node<'a>, places: Vec<Place<'a>>, context: Context<'_>) {
        let (name, field) = (String::new(), context.owner.to_owned());
        let mut queue = VecDeque::from([Step { node, places, name, field, reason: None, is_part: false }]);
        while let Some(mut step) = queue.pop_front() {
            let here = self.reason(&step.node.pointer);
            let Ok(node) = step.node.follow() else { continue };
            step.reason = step.reason.or(here).or_else(|| self.reason(&node.pointer));
            let types = step.places.iter().map(Place::name).collect::<Vec<_>>().join(" ");
            let has_reason = step.reason.is_some();
            if !self.seen.insert((node.pointer.clone(), context.kind, types, has_reason, step.is_part)) {
                continue;
            }
            self.properties(&node, &step, &mut queue, context);
            let lookup = Lookup { bindings: self.bindings(), data: false };
            let inner = |node, places| Step { node, places, is_part: false, ..step.clone() };
            let values = node.get("additionalProperties").filter(|values| values.value.is_object());
            queue.extend(node.get("items").map(|items| inner(items, lookup.items(&step.places)).named("[]")));
            queue.extend(values.map(|values| inner(values, lookup.values(&step.places)).named("{}")));
            for key in ["allOf", "oneOf", "anyOf"] {
                let parts = node.items_of(key).unwrap_or_default().into_iter();
                let is_part = key == "allOf";
                queue.extend(parts.map(|part| Step { is_part, ..inner(part, step.places.clone()) }));
            }
            // A base in the `allOf` of a subtype contributes only its own properties. The other subtypes don't apply.
            let subtypes = self.subtypes.get(&node.pointer).filter(|_| !step.is_part);
            let reason = step.reason.clone().or_else(|| self.reason(&child(&node.pointer, "discriminator")));
            let step = |node: &Node<'a>| Step { reason: reason.clone(), ..inner(node.clone(), step.places.clone()) };
            queue.extend(subtypes.into_iter().flatten().map(step));
        }
    }

    /// Looks up the properties of a schema, and queues their schemas.
    fn properties(&mut self, node: &Node<'a>, step: &Step<'a>, queue: &mut VecDeque<Step<'a>>, context: Context<'_>) {
        let lookup = Lookup { bindings: self.bindings(), data: false };
        for (key, property) in node.entries_of("properties").unwrap_or_default() {
            let name = join(&step.name, key);
            let found = lookup.key(&step.places, key);
            let reason = step.reason.clone().or_else(|| self.reason(&property.pointer));
            if step.places.iter().any(|place| matches!(place, Place::Request(_))) {
                self.bodies.insert(node.pointer.clone());
            }
            let usage = match (&found, reason) {
                (Some(found), _) if !found.untyped => Usage::Used(found.used.clone()),
                (_, Some(reason)) => Usage::LeftOut(reason),
                (_, None) => Usage::Unused,
            };
            if let (Some(found), Usage::LeftOut(reason)) = (&found, &usage)
                && found.untyped
            {
                self.untyped.insert(step.field.clone(), reason.clone());
            }
            if usage == Usage::Unused {
                self.unused.push((self.found.len(), step.field.clone()));
            }
            self.add(context.kind, &property.pointer, context.owner, &format!("{}{name}", context.prefix), usage);
            if let Some(Found { used: field, places, untyped: false }) = found
                && !places.is_empty()
            {
                queue.push_back(Step { node: property, places, name, field, is_part: false, ..step.clone() });
            }
        }
    }

    /// Returns all elements. Searches once more for a reason for each unused element, because a warning about an untyped field can
    /// point to another schema of the same type, and because the type of a body has no `site_slug`, even if it is also used
    /// elsewhere.
    pub(super) fn finish(mut self) -> Vec<Element> {
        for (index, field) in self.unused {
            let Some(element) = self.found.get_mut(index) else { continue };
            let owner = element.location.pointer.as_deref().and_then(|it| it.strip_suffix("/properties/site_slug"));
            let reason = if owner.is_some_and(|owner| self.bodies.contains(owner)) {
                Some("the client adds `site_slug` to the body".to_owned())
            } else {
                self.untyped.get(&field).cloned()
            };
            element.usage = reason.map_or(Usage::Unused, Usage::LeftOut);
        }
        self.found
    }

    fn reason(&self, pointer: &str) -> Option<String> {
        self.reasons.at(pointer).map(str::to_owned)
    }

    /// Looks up the fields of an example. A field that occurs in several list items is looked up only once. `schema` is the pointer
    /// to the schema that is inferred for the example.
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
