//! From normalized operations to the plain data that `emit` writes: resources, methods, arguments, paging, and who uses
//! which type.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use openapiv3::{ReferenceOr, Schema, SchemaKind, Type as SchemaType};

use crate::model::api::{Api, Body, Operation, Paging, Resource, Role, Type, Use};
use crate::model::names::{self, Names};
use crate::model::normalize::{Normalized, NormalizedOperation};
use crate::{Diagnostic, Result};

/// Sorts the operations into resources and gives everything its name in Rust.
///
/// # Errors
///
/// If a schema can't be written as a value, which no normalized one is.
pub fn lower(normalized: &Normalized) -> Result<Api> {
    let mut modules = Names::resources();
    let mut constants = Names::plain();
    let mut resources: BTreeMap<String, Resource> = BTreeMap::new();
    let mut methods: BTreeMap<String, Names> = BTreeMap::new();
    let mut pages = HashMap::new();
    // Of tags that are one resource, the first describes it.
    let tags = normalized.openapi.tags.iter().rev().map(|tag| (names::snake(&tag.name), tag.description.clone()));
    let tags: HashMap<_, _> = tags.collect();
    for operation in &normalized.operations {
        let key = resource_key(operation);
        let resource = resources.entry(key.clone()).or_insert_with(|| Resource {
            module: modules.give(&key),
            handle: String::new(),
            doc: tags.get(&key).cloned().flatten(),
            operations: Vec::new(),
        });
        let methods = methods.entry(key).or_insert_with(Names::fields);
        let lowered = self::operation(operation, normalized, methods, &mut constants, &mut pages);
        resource.operations.push(lowered);
    }
    let mut resources: Vec<_> = resources.into_values().collect();
    resources.sort_by(|one, other| one.module.cmp(&other.module));
    handles(&mut resources, normalized);
    let uses = uses_of(roots(&resources), normalized)?;
    Ok(Api { resources, events: Vec::new(), uses })
}

fn text<'a>(operation: &'a NormalizedOperation, key: &str) -> Option<&'a str> {
    operation.about.extensions.get(key)?.as_str()
}

fn resource_key(operation: &NormalizedOperation) -> String {
    let wanted = text(operation, "x-resource").or(operation.about.tags.first().map(String::as_str));
    names::snake(wanted.unwrap_or("default"))
}

/// Names the handles, apart from the types that exist.
fn handles(resources: &mut [Resource], normalized: &Normalized) {
    let mut names = Names::types();
    let components = normalized.openapi.components.iter().flat_map(|components| components.schemas.keys());
    components.for_each(|name| {
        names.give(name);
    });
    for resource in resources {
        resource.handle = names.give(&names::type_name(&resource.module));
    }
}

fn operation(
    operation: &NormalizedOperation,
    normalized: &Normalized,
    methods: &mut Names,
    constants: &mut Names,
    pages: &mut Pages,
) -> Operation {
    let method = methods.give(&names::snake(text(operation, "x-method").unwrap_or(&operation.id)));
    let retry = text(operation, "x-retry").unwrap_or(if operation.http == "GET" { "safe" } else { "refused-only" });
    Operation {
        constant: constants.give(&names::constant(&operation.id)),
        paging: paging(operation, normalized, &method, methods, pages),
        method,
        http: operation.http.clone(),
        path: operation.path.clone(),
        path_arguments: operation.path_arguments.clone(),
        query: operation.query.clone(),
        body: operation.body.clone(),
        output: operation.output.clone(),
        site_slug: operation.site_slug,
        retry_safe: retry == "safe",
        deprecated: operation.about.deprecated,
        summary: operation.about.summary.clone(),
        description: operation.about.description.clone(),
        id: operation.id.clone(),
    }
}

/// What a result has if it is a page of a listing, by its name: many operations may answer with the same.
type Pages = HashMap<String, Option<Page>>;

/// The items of a page.
#[derive(Clone)]
struct Page {
    items: String,
    item: Type,
    total: Option<String>,
}

/// A listing has pages if one can ask for a page of some size, and the answer has one list.
fn paging(
    operation: &NormalizedOperation,
    normalized: &Normalized,
    method: &str,
    methods: &mut Names,
    pages: &mut Pages,
) -> Option<Paging> {
    let query = component(normalized, operation.query.as_ref()?)?;
    let asks =
        ["page", "per_page"].iter().all(|key| is_integer(query, key) && !query.required.iter().any(|it| it == key));
    if !asks || operation.body != Body::None || !operation.path_arguments.is_empty() {
        return None;
    }
    let name = &operation.output.name;
    let Page { items, item, total } = pages.entry(name.clone()).or_insert_with(|| page(normalized, name)).clone()?;
    let method = methods.give(&if method == "list" { "list_all".to_owned() } else { format!("{method}_all") });
    Some(Paging { method, items, item, total })
}

/// A page has one list.
fn page(normalized: &Normalized, name: &str) -> Option<Page> {
    let result = component(normalized, name)?;
    let mut lists = result.properties.iter().filter_map(|(key, schema)| match &schema.as_item()?.schema_kind {
        SchemaKind::Type(SchemaType::Array(list)) => Some((key, list.items.as_ref()?)),
        _ => None,
    });
    let (items, item) = lists.next()?;
    let item = lists.next().is_none().then(|| reference_name(&item.clone().unbox())).flatten()?;
    let mut fields = Names::fields();
    let fields: Vec<_> = result.properties.keys().map(|key| (key, fields.give(&names::snake(key)))).collect();
    let field = |wanted: &str| fields.iter().find(|(key, _)| *key == wanted).map(|(_, name)| name.clone());
    Some(Page {
        items: field(items)?,
        item: Type::Named(item),
        total: field("total").filter(|_| is_integer(result, "total")),
    })
}

/// A record by its name.
pub(crate) fn component<'n>(normalized: &'n Normalized, name: &str) -> Option<&'n openapiv3::ObjectType> {
    match &normalized.openapi.components.as_ref()?.schemas.get(name)?.as_item()?.schema_kind {
        SchemaKind::Type(SchemaType::Object(object)) => Some(object),
        _ => None,
    }
}

fn is_integer(object: &openapiv3::ObjectType, key: &str) -> bool {
    let schema = object.properties.get(key).and_then(ReferenceOr::as_item);
    matches!(schema.map(|schema| &schema.schema_kind), Some(SchemaKind::Type(SchemaType::Integer(_))))
}

/// The named type that a schema refers to.
pub(crate) fn reference_name(schema: &ReferenceOr<Schema>) -> Option<String> {
    match schema {
        ReferenceOr::Reference { reference } => reference.rsplit('/').next().map(str::to_owned),
        ReferenceOr::Item(Schema { schema_kind: SchemaKind::AllOf { all_of }, .. }) => reference_name(all_of.first()?),
        ReferenceOr::Item(_) => None,
    }
}

/// A type that is used directly, by a resource or as a webhook.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Root<'a> {
    /// The module that it belongs to.
    pub(crate) module: &'a str,
    /// The type.
    pub(crate) name: &'a str,
    /// What it is used for.
    pub(crate) role: Role,
    /// Whether we write it; otherwise we read it.
    pub(crate) request: bool,
}

fn roots(resources: &[Resource]) -> Vec<Root<'_>> {
    let mut roots = Vec::new();
    for Resource { module, operations, .. } in resources {
        for operation in operations {
            let inputs = operation.query.as_deref().into_iter().chain(operation.body.type_name());
            roots.extend(inputs.map(|name| Root { module, name, role: Role::Input, request: true }));
            roots.push(Root { module, name: &operation.output.name, role: Role::Result, request: false });
        }
    }
    roots
}

/// How each type is used, if those at the roots are used in that way.
pub(crate) fn uses_of(roots: Vec<Root<'_>>, normalized: &Normalized) -> Result<BTreeMap<String, Use>> {
    let graph = graph(normalized)?;
    let mut uses: BTreeMap<String, Use> = graph.keys().map(|name| (name.clone(), Use::default())).collect();
    for root in &roots {
        uses.entry(root.name.to_owned()).or_default().role = root.role;
    }
    // Each use goes down to the types inside, as long as it is news to them. So a type is looked at as often as its use can change,
    // however many operations reach it.
    let mut waiting: Vec<(&str, Root<'_>)> = roots.iter().map(|root| (root.name, *root)).collect();
    while let Some((name, root)) = waiting.pop() {
        let Some(usage) = uses.get_mut(name) else { continue };
        if note(usage, &root) {
            waiting.extend(graph.get(name).into_iter().flatten().map(|inner| (inner.as_str(), root)));
        }
    }
    Ok(uses)
}

/// Notes a use of a type, and tells whether it is news.
fn note(usage: &mut Use, root: &Root<'_>) -> bool {
    let direction = if root.request { &mut usage.request } else { &mut usage.response };
    let mut news = !std::mem::replace(direction, true);
    // Two stand for several.
    if usage.resources.len() < 2 && !usage.resources.iter().any(|module| module == root.module) {
        usage.resources.push(root.module.to_owned());
        news = true;
    }
    news
}

/// The types that each type has as fields.
type Graph = BTreeMap<String, BTreeSet<String>>;

fn graph(normalized: &Normalized) -> Result<Graph> {
    let mut graph = Graph::new();
    for (name, schema) in normalized.openapi.components.iter().flat_map(|components| &components.schemas) {
        let mut found = BTreeSet::new();
        let value = serde_json::to_value(schema).map_err(|error| Diagnostic::error(error.to_string()))?;
        references(&value, &mut found);
        graph.insert(name.clone(), found);
    }
    Ok(graph)
}

fn references(value: &serde_json::Value, found: &mut BTreeSet<String>) {
    if let Some(reference) = value.get("$ref").and_then(serde_json::Value::as_str) {
        found.extend(reference.rsplit('/').next().map(str::to_owned));
    }
    let inner = value.as_object().into_iter().flat_map(serde_json::Map::values);
    inner.chain(value.as_array().into_iter().flatten()).for_each(|inner| references(inner, found));
}
