//! Locates the items of the bindings in a document.
//!
//! An inferred type has no schema in the file. It is located in an example of an operation, by following the keys that lead from
//! the operation's result to the type.

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};

use serde_json::Value;

use super::spell::named;
use crate::Document;
use crate::model::api::{Api, Envelope, Event, Operation, TypeItem, TypeKind};
use crate::model::names;
use crate::model::normalize::NormalizedOperation;
use crate::report::Location;
use crate::source::document::{child, escape};

/// An index of the item locations in a document.
#[derive(Clone, Debug)]
pub(crate) struct Locations {
    document: Document,
    /// All pointers in the file. They are sorted, so pointers with the same ancestor are adjacent.
    pointers: Vec<String>,
    /// The pointer of each schema in the file, by type name.
    components: HashMap<String, String>,
    /// The pointer of each webhook, by webhook ID.
    events: HashMap<String, String>,
    /// The shortest paths to each type.
    paths: HashMap<String, Vec<TypePath>>,
}

/// A path from a request or a response to a type.
#[derive(Clone, Debug)]
struct TypePath {
    /// The pointer of the operation.
    operation: String,
    /// The key of the request or response in the operation, such as `requestBody`.
    part: &'static str,
    keys: Vec<String>,
    /// The tag of the last tagged union on the path, and the value of the tag in the variant on the path.
    variant: Option<(String, String)>,
}

/// The maximum number of paths kept for each type. Examples can lack fields, so one path is not enough.
const MAX_PATHS: usize = 16;

impl Locations {
    pub(super) fn of(
        document: Document,
        api: &Api,
        types: &BTreeMap<String, TypeItem>,
        operations: &[NormalizedOperation],
    ) -> Self {
        let pointers = document.spans.keys().cloned().collect::<BTreeSet<_>>().into_iter().collect();
        let components = components(&document);
        // In the webhooks document, each operation is a webhook.
        let locations = operations.iter().map(|operation| pointer(&operation.path, &operation.http));
        let events = api.events.iter().map(|event| event.id.clone()).zip(locations).collect();
        Self { pointers, components, paths: paths(api, &events, types), events, document }
    }

    /// Returns the location of a webhook.
    pub(super) fn event(&self, event: &Event) -> Location {
        self.events.get(&event.id).map_or_else(|| self.top(), |pointer| self.at(pointer.clone()))
    }

    /// Returns the location of an operation.
    pub(super) fn operation(&self, operation: &Operation) -> Location {
        self.at(pointer(&operation.path, &operation.http))
    }

    /// Returns the location of a path parameter.
    pub(super) fn path_argument(&self, operation: &Operation, index: usize) -> Location {
        let placeholder = operation.path.split('{').nth(index + 1).and_then(|rest| rest.split('}').next());
        let own = pointer(&operation.path, &operation.http);
        let found = placeholder.and_then(|name| self.parameter(&own, name));
        self.at(found.unwrap_or(own))
    }

    /// Returns the location of a type.
    pub(super) fn of_type(&self, name: &str) -> Location {
        self.at(self.find(name, None))
    }

    /// Returns the location of a field, given its type and its name on the wire.
    pub(super) fn field(&self, ty: &str, wire: &str) -> Location {
        self.at(self.find(ty, Some(wire)))
    }

    /// Returns the location of the whole document.
    pub(super) fn top(&self) -> Location {
        Location { file: self.document.name.clone(), line: None, pointer: None }
    }

    fn at(&self, pointer: String) -> Location {
        Location { file: self.document.name.clone(), line: self.document.line(&pointer), pointer: Some(pointer) }
    }

    fn find(&self, ty: &str, wire: Option<&str>) -> String {
        if let Some(component) = self.components.get(ty) {
            let inside = wire.and_then(|wire| self.below(component, &[wire], None));
            return inside.unwrap_or_else(|| component.clone());
        }
        let paths = self.paths.get(ty).map(Vec::as_slice).unwrap_or_default();
        let found = paths.iter().find_map(|path| self.along(path, wire));
        // An item without a location of its own gets the location of its operation.
        found.or_else(|| paths.first().map(|path| path.operation.clone())).unwrap_or_default()
    }

    /// Follows a type path, and returns the pointer of the schema that it leads to.
    fn along(&self, path: &TypePath, wire: Option<&str>) -> Option<String> {
        let keys: Vec<&str> = path.keys.iter().map(String::as_str).chain(wire).collect();
        let first = keys.first()?;
        match path.part {
            "parameters" => self.parameter(&path.operation, first),
            part => self.below(&format!("{}/{part}", path.operation), &keys, path.variant.as_ref()),
        }
    }

    /// Returns the first pointer below `prefix` that ends in `keys` and does not belong to a different variant.
    fn below(&self, prefix: &str, keys: &[&str], variant: Option<&(String, String)>) -> Option<String> {
        let prefix = format!("{prefix}/");
        let start = self.pointers.partition_point(|pointer| *pointer < prefix);
        let inside = self.pointers.get(start..)?.iter().take_while(|pointer| pointer.starts_with(&prefix));
        let fits = inside.filter(|pointer| {
            let steps = pointer.rsplit('/').filter(|step| !is_structure(step));
            steps.take(keys.len()).eq(keys.iter().rev().map(|key| escape(key)))
                && !variant.is_some_and(|(tag, value)| self.is_of_another_variant(pointer, tag, value))
        });
        // A schema takes precedence over an example.
        fits.min_by_key(|pointer| (!pointer.contains("/schema/"), self.document.spans.get(*pointer), pointer.len()))
            .cloned()
    }

    /// Whether a pointer goes through another variant of a tagged union.
    fn is_of_another_variant(&self, pointer: &str, tag: &str, value: &str) -> bool {
        ["/oneOf/", "/anyOf/"].iter().flat_map(|choice| pointer.match_indices(choice)).any(|(start, choice)| {
            let index = start + choice.len();
            let end =
                pointer.get(index..).and_then(|rest| rest.find('/')).map_or(pointer.len(), |length| index + length);
            let part = pointer.get(..end).and_then(|part| self.document.value.pointer(part));
            let values = part.and_then(|part| part.get("properties")?.get(tag)?.get("enum")?.as_array());
            values.is_some_and(|values| !values.iter().any(|known| known == value))
        })
    }

    /// Returns the pointer of a parameter of an operation or of its path item.
    fn parameter(&self, operation: &str, wire: &str) -> Option<String> {
        let around = operation.rsplit_once('/').map_or(operation, |(path, _)| path);
        [operation, around].iter().find_map(|owner| {
            let list = format!("{owner}/parameters");
            let items = self.document.value.pointer(&list)?.as_array()?;
            let names = |item: &Value| item.get("name").and_then(Value::as_str) == Some(wire);
            let referred = |item: &Value| {
                let target = item.get("$ref")?.as_str()?.strip_prefix('#')?;
                Some(names(self.document.value.pointer(target)?))
            };
            let index = items.iter().position(|item| names(item) || referred(item).unwrap_or_default())?;
            Some(child(&list, &index.to_string()))
        })
    }
}

/// Whether a step of a pointer is a JSON Schema keyword or an index.
fn is_structure(step: &str) -> bool {
    let words = ["properties", "items", "allOf", "oneOf", "anyOf", "additionalProperties"];
    words.contains(&step) || step.bytes().all(|byte| byte.is_ascii_digit())
}

fn pointer(path: &str, http: &str) -> String {
    child(&child("/paths", path), &http.to_lowercase())
}

fn components(document: &Document) -> HashMap<String, String> {
    let schemas = document.value.pointer("/components/schemas").and_then(Value::as_object).into_iter().flatten();
    let own = schemas.filter_map(|(key, schema)| {
        let pointer = child("/components/schemas", key);
        let name = schema.get("x-rust-name").and_then(Value::as_str).unwrap_or(key);
        document.spans.contains_key(&pointer).then(|| (names::type_name(name), pointer))
    });
    own.collect()
}

/// The shortest paths to each type.
fn paths(
    api: &Api,
    events: &HashMap<String, String>,
    types: &BTreeMap<String, TypeItem>,
) -> HashMap<String, Vec<TypePath>> {
    let mut paths: HashMap<String, Vec<TypePath>> = HashMap::new();
    let mut waiting = VecDeque::new();
    for (event, operation) in api.events.iter().filter_map(|event| Some((event, events.get(&event.id)?))) {
        let path = |part, key: Option<&str>| TypePath {
            operation: operation.clone(),
            part,
            keys: key.into_iter().map(str::to_owned).collect(),
            variant: None,
        };
        waiting.push_back((event.payload.as_str(), path("requestBody", Some("payload"))));
        if let Some(answer) = &event.answer {
            let key = (answer.envelope != Envelope::Bare).then_some("result");
            waiting.push_back((answer.name.as_str(), path("responses", key)));
        }
    }
    for (_, operation) in api.operations() {
        let parts = [
            (Some(operation.output.name.as_str()), "responses"),
            (operation.query.as_deref(), "parameters"),
            (operation.body.type_name(), "requestBody"),
        ];
        for (name, part) in parts {
            let Some(name) = name else { continue };
            let operation = pointer(&operation.path, &operation.http);
            waiting.push_back((name, TypePath { operation, part, keys: Vec::new(), variant: None }));
        }
    }
    while let Some((name, path)) = waiting.pop_front() {
        let known = paths.entry(name.to_owned()).or_default();
        if known.len() < MAX_PATHS {
            waiting.extend(types.get(name).into_iter().flat_map(|item| inner(item, &path)));
            known.push(path);
        }
    }
    paths
}

/// Returns the types contained in a type, each with its path.
fn inner<'t>(item: &'t TypeItem, path: &TypePath) -> Vec<(&'t str, TypePath)> {
    let longer =
        |key: Option<&String>| TypePath { keys: path.keys.iter().chain(key).cloned().collect(), ..path.clone() };
    match &item.kind {
        TypeKind::Struct(record) => {
            // The only field of a transparent record has no key in the JSON.
            let key = |wire| if record.transparent { None } else { Some(wire) };
            let fields = record.fields.iter();
            fields.filter_map(|field| Some((named(&field.ty)?, longer(key(&field.wire))))).collect()
        }
        TypeKind::Tagged(tagged) => {
            let variants = tagged.variants.iter();
            let variant = |wire: &String| Some((tagged.tag.clone(), wire.clone()));
            let path = |wire| TypePath { variant: variant(wire), ..longer(Some(&tagged.content)) };
            variants.map(|(variant, ty)| (ty.as_str(), path(&variant.wire))).collect()
        }
        TypeKind::Enum(_) => Vec::new(),
    }
}
