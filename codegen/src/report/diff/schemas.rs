//! Locates types and fields in a document, and finds the values in requests with the keywords that limit them.
//!
//! The schemas of inferred types are not in the file. Such types are located in the examples, which are traversed together with
//! the schemas.

use std::collections::{BTreeMap, HashMap, VecDeque};

use serde_json::Value;

use super::ItemKind;
use super::item::{Item, named};
use super::rules::LIMITS;
use crate::Document;
use crate::model::api::{Api, Body, Envelope, Field, Operation, Output, TypeItem, TypeKind};
use crate::openapi::media_type::{self, of_request};
use crate::openapi::node::Node;
use crate::openapi::parameters::schema_of;
use crate::openapi::responses::{examples, json_successes};
use crate::openapi::schema::{SchemaKind, kind};
use crate::source::document::{child, unescape};

/// The maximum number of times a type is located. Once is not enough, because an example can lack fields.
const MAX_VISITS: usize = 16;
/// The maximum number of values in a request. Without this limit, types that contain each other would produce huge numbers of
/// values.
const MAX_SENT: usize = 1000;

/// A value in a request or response: its schema, the original pointer to the schema, and its examples.
#[derive(Clone, Default)]
pub(super) struct Spot<'a> {
    schema: Option<Node<'a>>,
    pub(super) written: String,
    examples: Vec<Node<'a>>,
}

/// Returns the body of a request or of a response of an operation.
type Find<'a> = fn(&Node<'a>) -> Option<Spot<'a>>;

/// A type in a request or response.
struct Visit<'a> {
    ty: &'a str,
    spot: Spot<'a>,
    /// The pointer to the operation.
    operation: String,
    /// The name of the value, if it is in a request.
    sent: Option<String>,
    /// The types that enclose this type.
    outer: Vec<&'a str>,
}

/// The pointers to types and fields, and the values in requests.
#[derive(Default)]
pub(super) struct Found {
    /// The pointers to types, and to their fields by wire name.
    places: HashMap<(String, Option<String>), String>,
    /// The first operation that uses each type, and the number of visits.
    visits: HashMap<String, (String, usize)>,
    /// The values in the request of each operation, by the pointer to the operation.
    sent: HashMap<String, Vec<Item>>,
}

impl Found {
    pub(super) fn new<'a>(
        document: &'a Document,
        api: &'a Api,
        events: &BTreeMap<String, String>,
        types: &'a BTreeMap<String, TypeItem>,
    ) -> Self {
        let root = Node::root(&document.value);
        let mut waiting = VecDeque::new();
        let mut add = |operation: &str, ty, find: Find<'a>, key: Option<&str>, sent| {
            let spot = at(&root, operation).and_then(|node| find(&node)).unwrap_or_default();
            let spot = key.map_or(spot.clone(), |key| spot.property(&spot.members(), key));
            waiting.push_back(Visit { ty, spot, operation: operation.to_owned(), sent, outer: Vec::new() });
        };
        let result = |output: &Output| output.envelope().filter(|it| *it != Envelope::Bare).map(|_| "result");
        for (event, pointer) in api.events.iter().filter_map(|event| Some((event, events.get(&event.id)?))) {
            add(pointer, event.payload.as_str(), request, Some("payload"), None);
            if let Some(reply) = &event.answer {
                let name = format!("Event::{}(reply", event.variant);
                add(pointer, &reply.name, response, result(reply), Some(name));
            }
        }
        for (resource, operation) in api.operations() {
            let sent = |part: &str| Some(format!("{}().{}({part}", resource.module, operation.method));
            let (pointer, output) = (pointer(operation), &operation.output);
            add(&pointer, &output.name, response, result(output), None);
            if let Some(query) = &operation.query {
                add(&pointer, query, |_| None, None, sent("query"));
            }
            if let Some(body) = operation.body.type_name() {
                let key = matches!(operation.body, Body::Data { .. }).then_some("data");
                add(&pointer, body, request, key, sent("data"));
            }
        }
        let mut found = Self::default();
        while let Some(visit) = waiting.pop_front() {
            found.visit(visit, document, types, &mut waiting);
        }
        found
    }

    fn visit<'a>(
        &mut self,
        visit: Visit<'a>,
        document: &'a Document,
        types: &'a BTreeMap<String, TypeItem>,
        waiting: &mut VecDeque<Visit<'a>>,
    ) {
        let Visit { ty, spot, operation, sent, outer } = visit;
        let Some(item) = types.get(ty) else { return };
        let (_, visits) = self.visits.entry(ty.to_owned()).or_insert_with(|| (operation.clone(), 0));
        *visits += 1;
        let values = self.sent.get(&operation).map_or(0, Vec::len);
        if outer.contains(&ty) || if sent.is_some() { values >= MAX_SENT } else { *visits > MAX_VISITS } {
            return;
        }
        let own = spot.schema.as_ref().and_then(|schema| schema.unframed().ok()).map(|node| node.pointer);
        if let Some(pointer) =
            own.filter(|pointer| document.spans.contains_key(pointer)).or_else(|| spot.pointer(document))
        {
            self.places.entry((ty.to_owned(), None)).or_insert(pointer);
        }
        let inner = |spot: Spot<'a>, key: Option<&str>, inner: &'a str| Visit {
            ty: inner,
            spot: spot.contained(),
            operation: operation.clone(),
            sent: sent.as_ref().map(|name| key.map_or(name.clone(), |key| format!("{name}.{key}"))),
            outer: outer.iter().copied().chain([ty]).collect(),
        };
        let is_query = sent.as_ref().is_some_and(|name| name.ends_with("(query"));
        let members = if is_query { Vec::new() } else { spot.members() };
        let parameters = if is_query { parameters(&Node::root(&document.value), &operation) } else { BTreeMap::new() };
        match &item.kind {
            TypeKind::Struct(record) => {
                for field in &record.fields {
                    // The only field of a transparent record has no key in the JSON.
                    let key = Some(field.wire.as_str()).filter(|_| !record.transparent);
                    let spot = match key {
                        Some(key) if is_query => parameters.get(key).cloned().unwrap_or_default(),
                        Some(key) => spot.property(&members, key),
                        None => spot.clone(),
                    };
                    let pointer = spot.pointer(document);
                    if let Some((key, pointer)) = key.zip(pointer.clone()) {
                        self.places.entry((ty.to_owned(), Some(key.to_owned()))).or_insert(pointer);
                    }
                    let visit = inner(spot.clone(), key, named(&field.ty).unwrap_or_default());
                    let pointer = pointer.unwrap_or_else(|| operation.clone());
                    let value = visit.sent.as_ref().map(|name| value(name, pointer, &spot, field, types));
                    self.sent.entry(operation.clone()).or_default().extend(value);
                    waiting.push_back(visit);
                }
            }
            TypeKind::Tagged(union) => waiting.extend(union.variants.iter().map(|(variant, ty)| {
                let schema = members.iter().find(|(value, _)| *value == variant.wire).map(|(_, node)| node.clone());
                let spot = Spot { schema, ..Spot::default() };
                inner(spot, Some(&union.content), ty)
            })),
            TypeKind::Union(union) => waiting.extend(union.variants.iter().filter_map(|(variant, ty)| {
                let schema = members.iter().find(|(label, _)| *label == variant.wire).map(|(_, node)| node.clone());
                Some(inner(Spot { schema, ..Spot::default() }, None, named(ty)?))
            })),
            TypeKind::Enum(_) | TypeKind::ByStatus(_) => {}
        }
    }

    /// Returns the pointer to a type or to one of its fields, or else to the first operation that uses the type.
    pub(super) fn place(&self, ty: &str, wire: Option<&str>) -> Option<String> {
        let place = |wire: Option<&str>| self.places.get(&(ty.to_owned(), wire.map(str::to_owned)));
        place(wire).or_else(|| place(None)).or_else(|| self.visits.get(ty).map(|(pointer, _)| pointer)).cloned()
    }

    /// Returns the values in the request of an operation.
    pub(super) fn sent(&self, operation: &str) -> Vec<Item> {
        self.sent.get(operation).cloned().unwrap_or_default()
    }
}

impl<'a> Spot<'a> {
    /// Returns the pointer to the schema or to an example, if it is in the file.
    fn pointer(&self, document: &Document) -> Option<String> {
        let examples = self.examples.iter().map(|node| &node.pointer);
        let mut pointers =
            [&self.written].into_iter().chain(examples).chain(self.schema.iter().map(|node| &node.pointer));
        pointers.find(|pointer| !pointer.is_empty() && document.spans.contains_key(*pointer)).cloned()
    }

    /// Returns the properties of an object by name, or the contents of a tagged union by tag value.
    fn members(&self) -> Vec<(String, Node<'a>)> {
        match self.schema.as_ref().map(|schema| schema.unframed().and_then(|node| kind(&node))) {
            Some(Ok(SchemaKind::Object(object))) => {
                object.properties.into_iter().map(|(name, node)| (name.to_owned(), node)).collect()
            }
            Some(Ok(SchemaKind::Union(union))) => {
                let branches = union.branches.iter().enumerate();
                branches.map(|(index, branch)| (union.label(index), branch.node.clone())).collect()
            }
            Some(Ok(SchemaKind::TaggedUnion(union))) => {
                let branches = union.branches.into_iter();
                branches.flat_map(|it| it.values.into_iter().map(move |value| (value, it.content.clone()))).collect()
            }
            _ => Vec::new(),
        }
    }

    fn property(&self, members: &[(String, Node<'a>)], key: &str) -> Self {
        Spot {
            schema: members.iter().find(|(name, _)| name == key).map(|(_, node)| node.clone()),
            written: child(&child(&self.written, "properties"), key),
            examples: self.examples.iter().filter_map(|node| node.get(key)).collect(),
        }
    }

    /// Returns the spot of the values in a list or map. Returns any other spot unchanged.
    fn contained(mut self) -> Self {
        for _ in 0..MAX_VISITS {
            let kind = self.schema.as_ref().map(|schema| schema.unframed().and_then(|node| kind(&node)));
            let (key, inner) = match kind {
                Some(Ok(SchemaKind::List(inner))) => ("items", inner),
                Some(Ok(SchemaKind::Map(Some(inner)))) => ("additionalProperties", inner),
                _ => break,
            };
            let values = |node: &Node<'a>| match node.items() {
                Ok(items) => items,
                Err(_) => node.entries().into_iter().flatten().map(|(_, node)| node).collect(),
            };
            let examples = self.examples.iter().flat_map(values).collect();
            self = Spot { schema: Some(inner), written: child(&self.written, key), examples };
        }
        self
    }

    /// Adds the keywords that limit a value to an item. For a list, this includes the keywords of its items.
    pub(super) fn limit(&self, item: Item) -> Item {
        let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        let schemas = [self.schema.clone(), self.clone().contained().schema];
        let schemas = schemas.map(|schema| schema.and_then(|schema| schema.unframed().ok()));
        LIMITS.iter().fold(item, |item, rule| {
            let find = |node: &Node<'_>| match (rule.attribute, node.value.get(rule.attribute)?) {
                ("enum", Value::Array(values)) => Some(values.iter().map(text).collect::<Vec<_>>().join(", ")),
                (_, Value::Object(_) | Value::Array(_)) => None,
                (_, value) => Some(text(value)),
            };
            item.with(rule.attribute, schemas.iter().flatten().find_map(find).as_deref())
        })
    }
}

/// Creates the item for a value that a request contains, such as a field or a parameter.
fn value(name: &str, pointer: String, spot: &Spot<'_>, field: &Field, types: &BTreeMap<String, TypeItem>) -> Item {
    let variants = named(&field.ty).and_then(|name| match &types.get(name)?.kind {
        TypeKind::Enum(variants) => Some(variants.iter().map(|it| it.wire.as_str()).collect::<Vec<_>>().join(", ")),
        _ => None,
    });
    let path = name.split_once('(').map_or(name, |(_, path)| path);
    let item = Item::new(ItemKind::Argument, &format!("{name})"), pointer, [path]);
    Item { is_sent: true, ..spot.limit(item).with("variants", variants.as_deref()) }
}

/// Returns the pointer to an operation.
pub(super) fn pointer(operation: &Operation) -> String {
    child(&child("/paths", &operation.path), &operation.http.to_lowercase())
}

fn at<'a>(root: &Node<'a>, pointer: &str) -> Option<Node<'a>> {
    let mut node = root.clone();
    for step in pointer.split('/').skip(1) {
        node = node.follow().ok()?.get(&unescape(step))?;
    }
    node.follow().ok()
}

/// Returns the parameters of an operation and of its path, by name.
pub(super) fn parameters<'a>(root: &Node<'a>, operation: &str) -> BTreeMap<String, Spot<'a>> {
    let path = operation.rsplit_once('/').map_or("", |(path, _)| path);
    let lists = [path, operation].map(|owner| at(root, owner)?.parameters().ok());
    let parameter = |node: Node<'a>| {
        let parameter = node.follow().ok()?;
        let name = parameter.value.get("name")?.as_str()?.to_owned();
        let schema = schema_of(&parameter).ok().flatten();
        Some((name, Spot { schema, written: node.pointer, ..Spot::default() }))
    };
    lists.into_iter().flatten().flatten().filter_map(parameter).collect()
}

/// Returns the request body of an operation.
fn request<'a>(operation: &Node<'a>) -> Option<Spot<'a>> {
    let content = media_type::content(&operation.get("requestBody")?.follow().ok()?).ok()?;
    let index = of_request(&content).map_or(0, |(index, _)| index);
    content.get(index).map(|(_, media)| spot(media))
}

/// Returns the first successful JSON response of an operation.
fn response<'a>(operation: &Node<'a>) -> Option<Spot<'a>> {
    json_successes(operation).first().map(spot)
}

fn spot<'a>(media: &Node<'a>) -> Spot<'a> {
    let written = child(&media.pointer, "schema");
    Spot { schema: media.get("schema"), written, examples: examples(media) }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn finds_schemas_in_the_content_of_parameters_and_bodies() {
        let media = json!({"schema": {"type": "object"}, "examples": {"a": {"value": 1}}});
        let limit = json!({"name": "limit", "in": "query", "content": {"application/json": media}});
        let form = json!({"content": {"text/plain": {}, "application/x-www-form-urlencoded": {"$ref": "#/media"}}});
        let get = json!({"parameters": [null, limit], "requestBody": form, "responses": {"default": form}});
        let document = json!({"paths": {"/a": {"get": get}}, "media": media});
        let (root, pointer) = (Node::root(&document), "/paths/~1a/get");
        let found = parameters(&root, pointer);
        let schema = found["limit"].schema.as_ref().unwrap();
        assert_eq!(schema.pointer, "/paths/~1a/get/parameters/1/content/application~1json/schema");
        let operation = at(&root, pointer).unwrap();
        let body = request(&operation).unwrap();
        assert_eq!((body.written.as_str(), body.examples.len()), ("/media/schema", 1));
        assert!(response(&operation).is_none());
    }
}
