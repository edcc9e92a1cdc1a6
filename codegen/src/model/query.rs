//! Reads the query parameters of an operation, without `site_slug`.

use serde_json::{Map, Value};

use crate::Result;
use crate::model::api::QueryStyle;
use crate::model::bodies::add_object;
use crate::model::name_types::{TypeNames, annotate, joined};
use crate::model::names;
use crate::model::normalize::{Parameter, unsupported};
use crate::model::schema::{Object, Property};
use crate::openapi::example;
use crate::openapi::node::Node;
use crate::openapi::parameters::schema_of;
use crate::openapi::problem::Problem;
use crate::openapi::schema::SchemaKind;

/// The maximum nesting depth of an object in a query.
const MAX_DEPTH: usize = 8;

/// The query of an operation.
#[derive(Debug, Default)]
pub(crate) struct Query {
    /// The type of the parameters, if there are any.
    pub(crate) name: Option<String>,
    /// Whether `site_slug` is a parameter.
    pub(crate) site: bool,
    /// The parameters that are not written as `name=value`.
    pub(crate) styles: Vec<(String, QueryStyle)>,
    /// The examples of the parameters, by name.
    pub(crate) example: Map<String, Value>,
}

/// Reads the query parameters of an operation.
pub(crate) fn query<'a>(
    types: &mut TypeNames<'a>,
    operation: &Node<'a>,
    parameters: &[Parameter<'a>],
    id: &str,
) -> Result<Query, Problem> {
    let wanted = operation.text_of("x-rust-query").map_err(|error| unsupported(error, operation))?;
    let wanted = wanted.map(names::type_name);
    let name = wanted.unwrap_or_else(|| format!("{}Query", names::type_name(&names::snake(id))));
    let (mut object, mut query) = (Object::default(), Query::default());
    for Parameter { name: key, node: parameter, item, .. } in parameters {
        if *key == "site_slug" {
            query.site = true;
            continue;
        }
        let required = parameter.flag_of("required").unwrap_or_default();
        let (mut property, style) = field(types, parameter, key, &name).map_err(|error| {
            if required {
                unsupported(error, operation)
            } else {
                Problem::remove(error, item, "the parameter is left out")
            }
        })?;
        annotate(&mut property, parameter);
        query.example.extend(example::of_parameter(parameter).map(|value| ((*key).to_owned(), value.clone())));
        object.properties.push(((*key).to_owned(), property));
        query.styles.extend(style.map(|style| ((*key).to_owned(), style)));
        if required {
            object.required.push((*key).to_owned());
        }
    }
    let has_type = !object.properties.is_empty();
    query.name = has_type.then(|| add_object(types, operation, "x-rust-query", &name, object));
    Ok(query)
}

/// Reads a parameter and its style, which is `None` if the parameter is written as `name=value` pairs.
fn field<'a>(
    types: &mut TypeNames<'a>,
    parameter: &Node<'a>,
    key: &str,
    name: &str,
) -> Result<(Property, Option<QueryStyle>)> {
    let Some(schema) = schema_of(parameter)? else { return Err(parameter.error("the parameter has no `schema`")) };
    let style =
        if parameter.get("schema").is_some() { style(types, parameter, &schema, key)? } else { Some(QueryStyle::Json) };
    Ok((types.property(&schema, &joined(name, key))?, style))
}

fn style<'a>(
    types: &mut TypeNames<'a>,
    parameter: &Node<'a>,
    schema: &Node<'a>,
    key: &str,
) -> Result<Option<QueryStyle>> {
    let name = parameter.text_of("style")?.unwrap_or("form");
    // By default, only the style `form` is exploded.
    let explode = if parameter.get("explode").is_some() { parameter.flag_of("explode")? } else { name == "form" };
    let node = types.resolved(schema)?;
    let kind = types.kind(&node)?;
    if name == "deepObject" {
        nested(types, &node, key, 0)?;
        return Ok((!is_scalar(&kind)).then_some(QueryStyle::Nested));
    }
    let separator = match name {
        "spaceDelimited" => "%20",
        "pipeDelimited" => "%7C",
        _ => ",",
    };
    match &*kind {
        kind if is_scalar(kind) => return Ok(None),
        SchemaKind::Any => {}
        SchemaKind::Union(union) if !union.has_objects() => {}
        SchemaKind::List(items) => scalar(types, items, key)?,
        SchemaKind::Map(values) => values.iter().try_for_each(|values| scalar(types, values, key))?,
        SchemaKind::Object(record) => {
            for (name, property) in &record.properties {
                if *name == "site_slug" && explode {
                    let error = property.error("the client sends `site_slug`");
                    return Err(error.help("remove this property with an overlay action"));
                }
                scalar(types, property, key)?;
            }
        }
        _ => return Err(unwritable(schema, key)),
    }
    Ok(match &*kind {
        _ if !explode => Some(QueryStyle::Joined(separator)),
        SchemaKind::Map(_) | SchemaKind::Object(_) => Some(QueryStyle::Exploded),
        _ => None,
    })
}

fn is_scalar(kind: &SchemaKind<'_>) -> bool {
    match kind {
        SchemaKind::Text(_) | SchemaKind::Scalar(_) | SchemaKind::Enum(_) => true,
        SchemaKind::Union(union) => union.is_scalar(),
        _ => false,
    }
}

/// Rejects an item or a property that is not a string, a number or a boolean.
fn scalar<'a>(types: &mut TypeNames<'a>, schema: &Node<'a>, key: &str) -> Result<()> {
    let node = types.resolved(schema)?;
    let kind = types.kind(&node)?;
    let is_valid = is_scalar(&kind) || matches!(*kind, SchemaKind::Any);
    is_valid.then_some(()).ok_or_else(|| unwritable(schema, key))
}

/// Rejects values that the style `deepObject` can't express unambiguously. For example, servers could group the properties in a
/// list of objects differently.
fn nested<'a>(types: &mut TypeNames<'a>, schema: &Node<'a>, key: &str, depth: usize) -> Result<()> {
    let node = types.resolved(schema)?;
    match &*types.kind(&node)? {
        kind if is_scalar(kind) => Ok(()),
        SchemaKind::Any | SchemaKind::Map(None) => Ok(()),
        SchemaKind::List(items) => scalar(types, items, key),
        SchemaKind::Map(Some(values)) if depth < MAX_DEPTH => nested(types, values, key, depth + 1),
        SchemaKind::Object(record) if depth < MAX_DEPTH => {
            record.properties.iter().try_for_each(|(_, property)| nested(types, property, key, depth + 1))
        }
        _ => Err(unwritable(schema, key)),
    }
}

fn unwritable(schema: &Node<'_>, key: &str) -> crate::Diagnostic {
    let error = schema.error(format!("the query parameter `{key}` contains values that no style can express"));
    error.help(
        "describe strings, numbers, booleans, lists of these, or objects of these; or describe JSON with `content`",
    )
}
