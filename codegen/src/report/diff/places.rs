//! Where a document says what the bindings have.
//!
//! What was inferred has no schema in the file. It is found in an example: below the operation, at the end of the keys that
//! lead from the operation's result to it.

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};

use serde_json::Value;

use super::change::Place;
use super::spell::named;
use crate::Document;
use crate::model::api::{Api, Envelope, Event, Operation, Shape, TypeItem};
use crate::model::names;
use crate::model::normalize::NormalizedOperation;
use crate::source::document::{child, escape};

/// The places of a document.
#[derive(Clone, Debug)]
pub(crate) struct Places {
    document: Document,
    /// All pointers of the file, sorted, so that those below another stand together.
    pointers: Vec<String>,
    /// The pointer of each component that the file itself has, by the name of its type.
    components: HashMap<String, String>,
    /// The pointer of each webhook, by its id.
    events: HashMap<String, String>,
    /// For each type the shortest ways to it.
    ways: HashMap<String, Vec<Way>>,
}

/// How a type is reached from what an operation sends or receives.
#[derive(Clone, Debug)]
struct Way {
    /// The pointer of the operation.
    operation: String,
    /// Below which key of the operation.
    part: &'static str,
    keys: Vec<String>,
    /// The tag of the choice that it goes through last, and the value of the variant.
    variant: Option<(String, String)>,
}

/// So many ways to a type are kept. What one example lacks another may have.
const WAYS: usize = 16;

impl Places {
    pub(super) fn of(
        document: Document,
        api: &Api,
        types: &BTreeMap<String, TypeItem>,
        operations: &[NormalizedOperation],
    ) -> Self {
        let pointers = document.spans.keys().cloned().collect::<BTreeSet<_>>().into_iter().collect();
        let components = components(&document);
        // Each operation of their document is a webhook.
        let places = operations.iter().map(|operation| pointer(&operation.path, &operation.http));
        let events = api.events.iter().map(|event| event.id.clone()).zip(places).collect();
        Self { pointers, components, ways: ways(api, &events, types), events, document }
    }

    /// The place of a webhook.
    pub(super) fn event(&self, event: &Event) -> Place {
        self.events.get(&event.id).map_or_else(|| self.top(), |pointer| self.at(pointer.clone()))
    }

    /// The place of an operation.
    pub(super) fn operation(&self, operation: &Operation) -> Place {
        self.at(pointer(&operation.path, &operation.http))
    }

    /// The place of a parameter in the path of an operation.
    pub(super) fn path_argument(&self, operation: &Operation, index: usize) -> Place {
        let placeholder = operation.path.split('{').nth(index + 1).and_then(|rest| rest.split('}').next());
        let own = pointer(&operation.path, &operation.http);
        let found = placeholder.and_then(|name| self.parameter(&own, name));
        self.at(found.unwrap_or(own))
    }

    /// The place of a type.
    pub(super) fn of_type(&self, name: &str) -> Place {
        self.at(self.find(name, None))
    }

    /// The place of a field of a type, by its name on the wire.
    pub(super) fn field(&self, ty: &str, wire: &str) -> Place {
        self.at(self.find(ty, Some(wire)))
    }

    /// The place of the document as a whole.
    pub(super) fn top(&self) -> Place {
        Place { file: self.document.name.clone(), line: None, pointer: None }
    }

    fn at(&self, pointer: String) -> Place {
        Place { file: self.document.name.clone(), line: self.document.line(&pointer), pointer: Some(pointer) }
    }

    fn find(&self, ty: &str, wire: Option<&str>) -> String {
        if let Some(component) = self.components.get(ty) {
            let inside = wire.and_then(|wire| self.below(component, &[wire], None));
            return inside.unwrap_or_else(|| component.clone());
        }
        let ways = self.ways.get(ty).map(Vec::as_slice).unwrap_or_default();
        let found = ways.iter().find_map(|way| self.along(way, wire));
        // Where nothing says it itself, the operation is the place.
        found.or_else(|| ways.first().map(|way| way.operation.clone())).unwrap_or_default()
    }

    /// What stands at the end of a way.
    fn along(&self, way: &Way, wire: Option<&str>) -> Option<String> {
        let keys: Vec<&str> = way.keys.iter().map(String::as_str).chain(wire).collect();
        let first = keys.first()?;
        match way.part {
            "parameters" => self.parameter(&way.operation, first),
            part => self.below(&format!("{}/{part}", way.operation), &keys, way.variant.as_ref()),
        }
    }

    /// The first place below a pointer whose last keys are the given ones, and which belongs to the given variant.
    fn below(&self, prefix: &str, keys: &[&str], variant: Option<&(String, String)>) -> Option<String> {
        let prefix = format!("{prefix}/");
        let start = self.pointers.partition_point(|pointer| *pointer < prefix);
        let inside = self.pointers.get(start..)?.iter().take_while(|pointer| pointer.starts_with(&prefix));
        let fits = inside.filter(|pointer| {
            let steps = pointer.rsplit('/').filter(|step| !is_structure(step));
            steps.take(keys.len()).eq(keys.iter().rev().map(|key| escape(key)))
                && !variant.is_some_and(|(tag, value)| self.is_of_another_variant(pointer, tag, value))
        });
        // Where there is a schema, the example beside it decides nothing.
        fits.min_by_key(|pointer| (!pointer.contains("/schema/"), self.document.spans.get(*pointer), pointer.len()))
            .cloned()
    }

    /// Whether a pointer leads through a part of a choice whose tag has other values than the given one.
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

    /// The parameter of an operation, or of the path around it.
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

/// Whether a step of a pointer is OpenAPI's own, or the number of an item.
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

/// The shortest ways to each type.
fn ways(api: &Api, events: &HashMap<String, String>, types: &BTreeMap<String, TypeItem>) -> HashMap<String, Vec<Way>> {
    let mut ways: HashMap<String, Vec<Way>> = HashMap::new();
    let mut waiting = VecDeque::new();
    for (event, operation) in api.events.iter().filter_map(|event| Some((event, events.get(&event.id)?))) {
        let way = |part, key: Option<&str>| Way {
            operation: operation.clone(),
            part,
            keys: key.into_iter().map(str::to_owned).collect(),
            variant: None,
        };
        waiting.push_back((event.payload.as_str(), way("requestBody", Some("payload"))));
        if let Some(answer) = &event.answer {
            let key = (answer.envelope != Envelope::Bare).then_some("result");
            waiting.push_back((answer.name.as_str(), way("responses", key)));
        }
    }
    for operation in api.resources.iter().flat_map(|resource| &resource.operations) {
        let parts = [
            (Some(operation.output.name.as_str()), "responses"),
            (operation.query.as_deref(), "parameters"),
            (operation.body.type_name(), "requestBody"),
        ];
        for (name, part) in parts {
            let Some(name) = name else { continue };
            let operation = pointer(&operation.path, &operation.http);
            waiting.push_back((name, Way { operation, part, keys: Vec::new(), variant: None }));
        }
    }
    while let Some((name, way)) = waiting.pop_front() {
        let known = ways.entry(name.to_owned()).or_default();
        if known.len() < WAYS {
            waiting.extend(types.get(name).into_iter().flat_map(|item| inner(item, &way)));
            known.push(way);
        }
    }
    ways
}

/// The types inside a type, each with the way to it.
fn inner<'t>(item: &'t TypeItem, way: &Way) -> Vec<(&'t str, Way)> {
    let longer = |key: Option<&String>| Way { keys: way.keys.iter().chain(key).cloned().collect(), ..way.clone() };
    match &item.shape {
        Shape::Record(record) => {
            // The only field of a wrapper stands in no key of its own.
            let key = |wire| if record.transparent { None } else { Some(wire) };
            let fields = record.fields.iter();
            fields.filter_map(|field| Some((named(&field.ty)?, longer(key(&field.wire))))).collect()
        }
        Shape::Tagged(tagged) => {
            let variants = tagged.variants.iter();
            let variant = |wire: &String| Some((tagged.tag.clone(), wire.clone()));
            let way = |wire| Way { variant: variant(wire), ..longer(Some(&tagged.content)) };
            variants.map(|(variant, ty)| (ty.as_str(), way(&variant.wire))).collect()
        }
        Shape::Enum(_) => Vec::new(),
    }
}
