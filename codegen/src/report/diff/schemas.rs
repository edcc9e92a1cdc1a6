//! Finds the schemas of types and fields, and the values in requests with the keywords that limit them.

use std::collections::{BTreeMap, HashMap, VecDeque};

use serde_json::Value;

use super::ItemKind;
use super::item::{Item, Place, named};
use super::rules::LIMITS;
use crate::model::api::{Api, Body, Envelope, Field, Operation, TypeItem, TypeKind};
use crate::openapi::node::Node;
use crate::openapi::schema::{SchemaKind, kind};
use crate::source::document::child;

/// The maximum number of traces of a type. Examples can lack fields, so one trace is not enough.
const MAX_TRACES: usize = 16;
/// The maximum number of values in a request. The types of a request can contain each other.
const MAX_SENT: usize = 1000;

/// The keys that lead from a request or a response to a type.
#[derive(Clone, Debug)]
pub(super) struct Trace {
    /// The pointer of the operation.
    pub(super) operation: String,
    /// The key of the request or response in the operation, such as `requestBody`.
    pub(super) part: &'static str,
    pub(super) keys: Vec<String>,
}

/// The schemas and values of all operations.
#[derive(Debug, Default)]
pub(super) struct Found {
    /// The pointers of the schemas of types, and of their fields by wire name.
    pub(super) schemas: HashMap<(String, Option<String>), String>,
    pub(super) traces: HashMap<String, Vec<Trace>>,
    /// The values in the request of each operation, by the pointer of the operation.
    pub(super) sent: HashMap<String, Vec<Item>>,
}

/// A type in a request or response.
struct Visit<'a> {
    ty: &'a str,
    schema: Option<Node<'a>>,
    trace: Trace,
    /// The name of the value, if it is in a request.
    sent: Option<String>,
    /// The types around this one.
    outer: Vec<&'a str>,
}

impl<'a> Visit<'a> {
    /// Returns the visit of a type inside this one.
    fn inner(&self, key: Option<&str>, schema: Option<&Node<'a>>, ty: &'a str) -> Self {
        let mut trace = self.trace.clone();
        trace.keys.extend(key.map(str::to_owned));
        let sent = self.sent.as_ref().map(|name| key.map_or(name.clone(), |key| format!("{name}.{key}")));
        let outer = self.outer.iter().copied().chain([self.ty]).collect();
        Visit { ty, schema: schema.map(contained), trace, sent, outer }
    }
}

impl Found {
    pub(super) fn new<'a>(
        root: &Node<'a>,
        api: &'a Api,
        events: &BTreeMap<String, String>,
        types: &'a BTreeMap<String, TypeItem>,
    ) -> Self {
        let mut waiting = VecDeque::new();
        let mut add = |operation: &str, ty, part: &'static str, key: Option<&str>, sent: Option<String>| {
            let schema = at(root, operation).and_then(|node| content(&node.get(part)?));
            let schema = schema.and_then(|schema| key.map_or(Some(schema.clone()), |key| member(&schema, key)));
            let keys = key.map(str::to_owned).into_iter().collect();
            let trace = Trace { operation: operation.to_owned(), part, keys };
            waiting.push_back(Visit { ty, schema, trace, sent, outer: Vec::new() });
        };
        let result = |envelope| (envelope != Envelope::Bare).then_some("result");
        for (event, pointer) in api.events.iter().filter_map(|event| Some((event, events.get(&event.id)?))) {
            add(pointer, event.payload.as_str(), "requestBody", Some("payload"), None);
            if let Some(reply) = &event.answer {
                let name = format!("Event::{}(reply", event.variant);
                add(pointer, &reply.name, "responses", result(reply.envelope), Some(name));
            }
        }
        for (resource, operation) in api.operations() {
            let sent = |part: &str| Some(format!("{}().{}({part}", resource.module, operation.method));
            let (pointer, output) = (pointer(operation), &operation.output);
            add(&pointer, &output.name, "responses", result(output.envelope), None);
            if let Some(query) = &operation.query {
                add(&pointer, query, "parameters", None, sent("query"));
            }
            if let Some(body) = operation.body.type_name() {
                let key = matches!(operation.body, Body::Data { .. }).then_some("data");
                add(&pointer, body, "requestBody", key, sent("data"));
            }
        }
        let mut found = Self::default();
        while let Some(visit) = waiting.pop_front() {
            found.visit(&visit, root, types, &mut waiting);
        }
        found
    }

    fn visit<'a>(
        &mut self,
        visit: &Visit<'a>,
        root: &Node<'a>,
        types: &'a BTreeMap<String, TypeItem>,
        waiting: &mut VecDeque<Visit<'a>>,
    ) {
        let Some(item) = types.get(visit.ty) else { return };
        let Trace { operation, part, .. } = &visit.trace;
        let traces = self.traces.entry(visit.ty.to_owned()).or_default();
        let sent = self.sent.get(operation).map_or(0, Vec::len);
        let is_done = if visit.sent.is_some() { sent >= MAX_SENT } else { traces.len() >= MAX_TRACES };
        if is_done || visit.outer.contains(&visit.ty) {
            return;
        }
        if traces.len() < MAX_TRACES {
            traces.push(visit.trace.clone());
        }
        let own = visit.schema.as_ref().and_then(|schema| schema.unframed().ok());
        if let Some(own) = own {
            self.schemas.entry((visit.ty.to_owned(), None)).or_insert(own.pointer);
        }
        let is_query = *part == "parameters" && visit.outer.is_empty();
        let inside = match &visit.schema {
            _ if is_query => parameters(root, operation),
            schema => schema.as_ref().map(members).unwrap_or_default(),
        };
        let find = |key: &str| inside.iter().find(|(name, _)| name == key).map(|(_, node)| node.clone());
        match &item.kind {
            TypeKind::Struct(record) => {
                for field in &record.fields {
                    // The only field of a transparent record has no key in the JSON.
                    let key = Some(field.wire.as_str()).filter(|_| !record.transparent);
                    let schema = key.map_or_else(|| visit.schema.clone(), find);
                    let inner = visit.inner(key, schema.as_ref(), named(&field.ty).unwrap_or_default());
                    if let Some(schema) = &schema {
                        let place = (visit.ty.to_owned(), Some(field.wire.clone()));
                        self.schemas.entry(place).or_insert_with(|| schema.pointer.clone());
                        let sent = inner.sent.as_ref().map(|name| value(name, schema, field, &inner.trace, types));
                        self.sent.entry(operation.clone()).or_default().extend(sent);
                    }
                    waiting.push_back(inner);
                }
            }
            TypeKind::Tagged(union) => waiting.extend(
                union.variants.iter().map(|(it, ty)| visit.inner(Some(&union.content), find(&it.wire).as_ref(), ty)),
            ),
            TypeKind::Enum(_) => {}
        }
    }
}

/// Creates the item of a value in a request.
fn value(name: &str, schema: &Node<'_>, field: &Field, trace: &Trace, types: &BTreeMap<String, TypeItem>) -> Item {
    let variants = named(&field.ty).and_then(|name| match &types.get(name)?.kind {
        TypeKind::Enum(variants) => Some(variants.iter().map(|it| it.wire.as_str()).collect::<Vec<_>>().join(", ")),
        _ => None,
    });
    let path = name.split_once('(').map_or(name, |(_, path)| path);
    let place = Place::Value(schema.pointer.clone(), trace.clone());
    let item = Item::new(ItemKind::Argument, &format!("{name})"), place, [path]);
    Item { is_sent: true, ..limited(item, schema).with("variants", variants.as_deref()) }
}

/// Adds the keywords that limit a value. For a list, this includes the keywords of its items.
pub(super) fn limited(mut item: Item, schema: &Node<'_>) -> Item {
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let (inner, own) = (contained(schema), schema.follow().unwrap_or_else(|_| schema.clone()));
    let own = own.get("schema").and_then(|schema| schema.unframed().ok()).unwrap_or(own);
    let inner = inner.unframed().unwrap_or(inner);
    for rule in LIMITS {
        let find = |node: &Node<'_>| match (rule.attribute, node.value.get(rule.attribute)?) {
            ("enum", Value::Array(values)) => Some(values.iter().map(text).collect::<Vec<_>>().join(", ")),
            (_, Value::Object(_) | Value::Array(_)) => None,
            (_, value) => Some(text(value)),
        };
        item = item.with(rule.attribute, find(&own).or_else(|| find(&inner)).as_deref());
    }
    item
}

/// Returns the pointer of an operation.
pub(super) fn pointer(operation: &Operation) -> String {
    child(&child("/paths", &operation.path), &operation.http.to_lowercase())
}

fn at<'a>(root: &Node<'a>, pointer: &str) -> Option<Node<'a>> {
    let mut node = root.clone();
    for step in pointer.split('/').skip(1) {
        node = node.follow().ok()?.get(&step.replace("~1", "/").replace("~0", "~"))?;
    }
    Some(node)
}

/// Returns the parameters of an operation and of its path, by name.
pub(super) fn parameters<'a>(root: &Node<'a>, operation: &str) -> Vec<(String, Node<'a>)> {
    let path = operation.rsplit_once('/').map_or("", |(path, _)| path);
    let lists = [operation, path].map(|owner| at(root, owner)?.follow().ok()?.items_of("parameters").ok());
    let name = |node: &Node<'_>| Some(node.follow().ok()?.value.get("name")?.as_str()?.to_owned());
    lists.into_iter().flatten().flatten().filter_map(|node| Some((name(&node)?, node))).collect()
}

/// Returns the schema of a request, or of the successful response.
fn content<'a>(part: &Node<'a>) -> Option<Node<'a>> {
    let part = part.follow().ok()?;
    let Some(content) = part.get("content") else {
        let responses = part.entries().ok()?;
        return responses
            .iter()
            .filter(|(status, _)| status.starts_with('2'))
            .find_map(|(_, node)| node.follow().ok()?.get("content").and_then(|_| content(node)));
    };
    let media_types = content.entries().ok()?;
    let json = media_types.iter().find(|(name, _)| name.contains("json")).or(media_types.first());
    json?.1.get("schema")
}

/// Returns the properties of an object by name, or the contents of a tagged union by tag value.
fn members<'a>(schema: &Node<'a>) -> Vec<(String, Node<'a>)> {
    match schema.unframed().and_then(|node| kind(&node)) {
        Ok(SchemaKind::Object(object)) => {
            object.properties.into_iter().map(|(name, node)| (name.to_owned(), node)).collect()
        }
        Ok(SchemaKind::TaggedUnion(union)) => {
            let branches = union.branches.into_iter();
            branches.flat_map(|it| it.values.into_iter().map(move |value| (value, it.content.clone()))).collect()
        }
        _ => Vec::new(),
    }
}

fn member<'a>(schema: &Node<'a>, key: &str) -> Option<Node<'a>> {
    members(schema).into_iter().find(|(name, _)| name == key).map(|(_, node)| node)
}

/// Returns the schema of the values in lists and maps, or the schema itself.
fn contained<'a>(schema: &Node<'a>) -> Node<'a> {
    let mut here = schema.clone();
    for _ in 0..MAX_TRACES {
        let parameter = here.follow().ok().filter(|node| node.get("in").is_some());
        let node = parameter.and_then(|node| node.get("schema")).unwrap_or_else(|| here.clone());
        here = match node.unframed().and_then(|node| kind(&node)) {
            Ok(SchemaKind::List(inner) | SchemaKind::Map(Some(inner))) => inner,
            _ => return here,
        };
    }
    here
}
