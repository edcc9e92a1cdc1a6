//! Converts normalized operations to the input of `emit`: resources, methods, arguments, paging, and how each type is used.

use std::collections::{BTreeMap, HashMap};

use crate::model::api::{Api, Body, HeaderSource, Operation, Paging, Resource, Role, Type, Use};
use crate::model::names::{self, Names};
use crate::model::normalize::{Normalized, NormalizedOperation};
use crate::model::schema::{Object, Schema};
use crate::openapi::parameters::split;

/// Groups the operations by resource, and assigns Rust names to resources, methods and arguments.
#[must_use]
pub fn lower(normalized: &Normalized) -> Api {
    let mut modules = Names::resources();
    let mut constants = Names::plain();
    let mut resources: BTreeMap<String, Resource> = BTreeMap::new();
    let mut methods: BTreeMap<String, Names> = BTreeMap::new();
    let mut pages = HashMap::new();
    // The order is reversed, so that the first description is kept if several names become the same Rust name.
    let docs = normalized.resources.iter().rev().map(|(name, doc)| (names::snake(name), doc.clone()));
    let docs: HashMap<_, _> = docs.collect();
    for operation in &normalized.operations {
        let key = names::snake(operation.resource.as_deref().unwrap_or("default"));
        let resource = resources.entry(key.clone()).or_insert_with(|| Resource {
            module: modules.give(&key),
            handle: String::new(),
            doc: docs.get(&key).cloned().flatten(),
            operations: Vec::new(),
        });
        let methods = methods.entry(key).or_insert_with(Names::fields);
        let lowered = self::operation(operation, normalized, methods, &mut constants, &mut pages);
        resource.operations.push(lowered);
    }
    let mut resources: Vec<_> = resources.into_values().collect();
    resources.sort_by(|one, other| one.module.cmp(&other.module));
    name_handles(&mut resources, normalized);
    let uses = uses_of(roots(&resources), normalized);
    Api { resources, events: Vec::new(), uses, reasons: normalized.reasons.clone() }
}

/// Assigns the names of the handle types last, so that all other types keep their names.
fn name_handles(resources: &mut [Resource], normalized: &Normalized) {
    let mut names = Names::types();
    for name in normalized.components.keys() {
        names.give(name);
    }
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
    let method = methods.give(&names::snake(operation.method.as_deref().unwrap_or(&operation.id)));
    let (path, fixed_query) = split(&operation.path);
    let server = operation.server.as_ref();
    let default_retry = if operation.http == "GET" { "safe" } else { "refused-only" };
    Operation {
        constant: constants.give(&names::constant(&operation.id)),
        paging: paging(operation, normalized, &method, methods, pages),
        method,
        http: operation.http.clone(),
        path: operation.path.clone(),
        template: format!("{}{path}", server.map_or("", |server| &server.path)),
        fixed_query: fixed_query.to_owned(),
        server: server.map(|server| server.origin.clone()),
        path_arguments: operation.path_arguments.clone(),
        headers: operation.headers.clone(),
        query: operation.query.clone(),
        query_styles: operation.query_styles.clone(),
        body: operation.body.clone(),
        files: operation.files.clone(),
        format: operation.format.clone(),
        output: operation.output.clone(),
        site_slug: operation.site_slug,
        reasons: normalized
            .reasons
            .iter()
            .filter(|it| operation.reasons.contains(&it.name))
            .map(|it| it.variant.clone())
            .collect(),
        retry_safe: operation.retry.as_deref().unwrap_or(default_retry) == "safe",
        deprecated: operation.deprecated,
        example: operation.example.clone(),
        summary: operation.summary.clone(),
        description: operation.description.clone(),
        id: operation.id.clone(),
    }
}

/// The result types examined so far, by name. They are cached, because operations can share a result type.
type Pages = HashMap<String, Option<Page>>;

/// A result type that is one page of a list.
#[derive(Clone)]
struct Page {
    items: String,
    item: Type,
    total: Option<String>,
}

/// Detects paging. An operation is paged if its only argument is the query, its query has the optional integers `page`
/// and `per_page`, and its result has exactly one list.
fn paging(
    operation: &NormalizedOperation,
    normalized: &Normalized,
    method: &str,
    methods: &mut Names,
    pages: &mut Pages,
) -> Option<Paging> {
    let query = object(normalized, operation.query.as_ref()?)?;
    let optional_integer = |key: &&str| is_integer(query, key) && !query.required.iter().any(|it| it == key);
    let has_pages = ["page", "per_page"].iter().all(optional_integer);
    let is_argument = |source: &HeaderSource| matches!(source, HeaderSource::Argument { .. });
    let has_arguments =
        !operation.path_arguments.is_empty() || operation.headers.iter().any(|header| is_argument(&header.source));
    if !has_pages || operation.body != Body::None || !operation.files.is_empty() || has_arguments {
        return None;
    }
    let name = &operation.output.name;
    let Page { items, item, total } = pages.entry(name.clone()).or_insert_with(|| page(normalized, name)).clone()?;
    let method = methods.give(&if method == "list" { "list_all".to_owned() } else { format!("{method}_all") });
    Some(Paging { method, items, item, total })
}

fn page(normalized: &Normalized, name: &str) -> Option<Page> {
    let result = object(normalized, name)?;
    let mut lists = result.properties.iter().filter_map(|(key, property)| match &property.schema {
        Schema::Array(items) => Some((key, items)),
        _ => None,
    });
    let (items, item) = lists.next()?;
    let item = lists.next().is_none().then(|| item.component()).flatten()?;
    let fields = result.field_names();
    let field = |wanted: &str| {
        let mut fields = result.properties.iter().zip(&fields);
        fields.find(|((key, _), _)| key == wanted).map(|(_, name)| name.clone())
    };
    Some(Page {
        items: field(items)?,
        item: Type::Named(item.to_owned()),
        total: field("total").filter(|_| is_integer(result, "total")),
    })
}

/// Returns a component, if it is an object.
pub(crate) fn object<'n>(normalized: &'n Normalized, name: &str) -> Option<&'n Object> {
    normalized.components.get(name)?.object()
}

fn is_integer(object: &Object, key: &str) -> bool {
    object.property(key) == Some(&Schema::Integer)
}

/// A type that a resource or a webhook uses directly.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Root<'a> {
    /// The module of the resource or webhook.
    pub(crate) module: &'a str,
    /// The name of the type.
    pub(crate) name: &'a str,
    /// How the resource or webhook uses the type.
    pub(crate) role: Role,
    /// Whether the bindings serialize the type. Otherwise they deserialize it.
    pub(crate) request: bool,
}

fn roots(resources: &[Resource]) -> Vec<Root<'_>> {
    let mut roots = Vec::new();
    for Resource { module, operations, .. } in resources {
        for operation in operations {
            let types = operation.path_arguments.iter().filter_map(|argument| match &argument.ty {
                Type::Named(name) => Some(name),
                _ => None,
            });
            roots.extend(types.map(|name| Root { module, name, role: Role::Inner, request: true }));
            let inputs = operation.query.as_deref().into_iter().chain(operation.body.type_name());
            roots.extend(inputs.map(|name| Root { module, name, role: Role::Input, request: true }));
            if operation.output.is_generated() {
                roots.push(Root { module, name: &operation.output.name, role: Role::Result, request: false });
            }
        }
    }
    roots
}

/// Determines how each type is used, starting from the types that operations or webhooks use directly.
pub(crate) fn uses_of(roots: Vec<Root<'_>>, normalized: &Normalized) -> BTreeMap<String, Use> {
    let components = &normalized.components;
    let mut uses: BTreeMap<String, Use> = components.keys().map(|name| (name.clone(), Use::default())).collect();
    for root in &roots {
        uses.entry(root.name.to_owned()).or_default().role = root.role;
    }
    // A use is passed on to the contained types only if it is new, so that the work doesn't grow with the number of operations.
    let mut waiting: Vec<(&str, Root<'_>)> = roots.iter().map(|root| (root.name, *root)).collect();
    while let Some((name, root)) = waiting.pop() {
        if uses.get_mut(name).is_some_and(|usage| add_use(usage, &root)) {
            let inner = components.get(name).into_iter().flat_map(|component| component.references());
            waiting.extend(inner.map(|inner| (inner, root)));
        }
    }
    uses
}

/// Adds a use of a type. Returns whether the use is new.
fn add_use(usage: &mut Use, root: &Root<'_>) -> bool {
    let direction = if root.request { &mut usage.request } else { &mut usage.response };
    let mut new = !std::mem::replace(direction, true);
    // Two modules are enough to show that the type is shared.
    if usage.resources.len() < 2 && !usage.resources.iter().any(|module| module == root.module) {
        usage.resources.push(root.module.to_owned());
        new = true;
    }
    new
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::load;
    use crate::model::normalize::normalize;

    #[test]
    fn pages_use_the_field_names_of_the_overlay() {
        let document = load(
            "a.yaml",
            br"
openapi: 3.0.3
info: {title: Shop, version: v2}
paths:
  /orders:
    get:
      operationId: listOrders
      parameters:
      - {name: page, in: query, schema: {type: integer}}
      - {name: per_page, in: query, schema: {type: integer}}
      responses:
        200:
          description: Found.
          content:
            application/json:
              schema:
                type: object
                properties:
                  total: {type: integer, x-rust-field: count}
                  orders: {type: array, items: {$ref: '#/components/schemas/Order'}, x-rust-field: items}
components: {schemas: {Order: {type: object, properties: {id: {type: integer}}}}}
",
        )
        .unwrap();
        let api = lower(&normalize(&mut document.clone()).unwrap());
        let paging = api.resources[0].operations[0].paging.as_ref().unwrap();
        assert_eq!((paging.items.as_str(), paging.total.as_deref()), ("items", Some("count")));
    }
}
