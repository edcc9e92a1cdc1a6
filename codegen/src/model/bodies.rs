//! Reads the request body of an operation, without `site_slug`.

use crate::Result;
use crate::model::api::{Body, BodyFormat, Encoding, FileArgument};
use crate::model::name_types::{TypeNames, joined};
use crate::model::names;
use crate::model::schema::{Object, Schema};
use crate::model::uploads;
use crate::openapi::media_type::{self, RequestFormat, essence};
use crate::openapi::node::Node;
use crate::openapi::schema::SchemaKind;

/// The request body of an operation.
#[derive(Debug, Default)]
pub(crate) struct RequestBody {
    pub(crate) body: Body,
    /// The files of a multipart body, without their Rust names.
    pub(crate) files: Vec<FileArgument>,
    pub(crate) format: BodyFormat,
    /// Whether the body contains `site_slug`.
    pub(crate) site: bool,
}

/// Reads the request body of an operation.
pub(crate) fn request<'a>(types: &mut TypeNames<'a>, operation: &Node<'a>, id: &str) -> Result<RequestBody> {
    let Some(body) = operation.get("requestBody") else { return Ok(RequestBody::default()) };
    let content = media_type::content(&body.follow()?)?;
    let id = names::type_name(&names::snake(id));
    let chosen = media_type::of_request(&content);
    let Some((name, media, format)) =
        chosen.and_then(|(index, format)| content.get(index).map(|(n, m)| (n, m, format)))
    else {
        let Some((name, media)) = content.first() else { return Ok(RequestBody::default()) };
        let error = media.error(format!("`{name}` is not a supported media type for requests with fields"));
        return Err(error.help("describe the request as JSON, as a form, or as a string with the format `binary`"));
    };
    let schema = || media.need("schema").map_err(|error| error.help("describe the request body"));
    let essence = Some(essence(name)).filter(|name| !name.contains('*'));
    match format {
        RequestFormat::Json => {
            let (body, site) = json_body(types, &schema()?, &id)?;
            let content_type = essence.filter(|name| name != "application/json" && body != Body::None);
            Ok(RequestBody {
                body,
                site,
                format: BodyFormat { content_type, ..BodyFormat::default() },
                ..Default::default()
            })
        }
        RequestFormat::Form => {
            require_fields(types, &schema()?)?;
            let (body, site) = json_body(types, &schema()?, &id)?;
            let styles = uploads::styles(types, media)?;
            let format = BodyFormat { encoding: Encoding::Form, content_type: None, styles };
            Ok(RequestBody { body, format, site, ..RequestBody::default() })
        }
        RequestFormat::Multipart => uploads::multipart(types, media, &id),
        RequestFormat::File => {
            let format = BodyFormat { content_type: essence, ..BodyFormat::default() };
            Ok(RequestBody { body: Body::File, format, ..RequestBody::default() })
        }
    }
}

/// Rejects a form unless it can be an object.
fn require_fields<'a>(types: &mut TypeNames<'a>, schema: &Node<'a>) -> Result<()> {
    let node = types.resolved(schema)?;
    match &*types.kind(&node)? {
        SchemaKind::Object(_) | SchemaKind::Map(_) | SchemaKind::TaggedUnion(_) | SchemaKind::Any => Ok(()),
        SchemaKind::Union(union) if union.has_objects() => Ok(()),
        _ => Err(node.error("the form is not an object").help("describe the fields of the form")),
    }
}

fn json_body<'a>(types: &mut TypeNames<'a>, schema: &Node<'a>, id: &str) -> Result<(Body, bool)> {
    let node = types.resolved(schema)?;
    let name = format!("{id}Body");
    let found = types.kind(&node)?;
    let record = match &*found {
        SchemaKind::Object(record) => record,
        SchemaKind::TaggedUnion(union) => {
            let property = types.property(&node, &name)?;
            return Ok((Body::Whole(property.schema.name_or(name)), union.site));
        }
        SchemaKind::Union(union) => {
            let property = types.union_body(&node, union, &name)?;
            return Ok((Body::Whole(property.schema.name_or(name)), union.has_site_slug()));
        }
        _ => {
            // Even if a union stays untyped, its branches can have a `site_slug` property.
            let branches = node.items_of("oneOf")?.into_iter().chain(node.items_of("anyOf")?);
            let site = branches.into_iter().any(|branch| has_site_slug(types, &branch).unwrap_or_default());
            return Ok((Body::Whole(wrapped(types, &node, &name)?), site));
        }
    };
    let site = record.property("site_slug").is_some();
    let mut rest = record.properties.iter().filter(|(key, _)| *key != "site_slug");
    let (first, second) = (rest.next(), rest.next());
    if first.is_none() && record.others.is_none() {
        types.report(&node, &found)?;
        return Ok((Body::None, site));
    }
    if let (Some(("data", data)), None, true) = (first, second, site) {
        let optional = !record.required.contains(&"data");
        if let Some(name) = data_type(types, data, &format!("{id}Data"))? {
            types.report(&node, &found)?;
            return Ok((Body::Data { name, optional }, site));
        }
    }
    let schema = types.object_body(&node, record, &name)?;
    Ok((Body::Whole(schema.name_or(name)), site))
}

/// Returns the type of `data`, if `data` is an object with known properties.
fn data_type<'a>(types: &mut TypeNames<'a>, data: &Node<'a>, name: &str) -> Result<Option<String>> {
    let node = types.resolved(data)?;
    match *types.kind(&node)? {
        SchemaKind::Object(_) => Ok(types.property(data, name)?.schema.component().map(str::to_owned)),
        _ => Ok(None),
    }
}

fn has_site_slug<'a>(types: &mut TypeNames<'a>, branch: &Node<'a>) -> Result<bool> {
    let node = branch.follow()?;
    Ok(matches!(&*types.kind(&node)?, SchemaKind::Object(record) if record.property("site_slug").is_some()))
}

/// Wraps a value that is not an object in a type with one property, and returns the name of that type.
pub(crate) fn wrapped<'a>(types: &mut TypeNames<'a>, node: &Node<'a>, name: &str) -> Result<String> {
    let key = match *types.kind(node)? {
        SchemaKind::List(_) => "items",
        SchemaKind::Map(_) => "entries",
        _ => "value",
    };
    let property = types.property(node, &joined(name, key))?;
    let key = match &property.schema {
        Schema::Array(items) => items.component().map(|item| names::plural(&names::snake(item))),
        _ => None,
    }
    .unwrap_or_else(|| key.to_owned());
    Ok(types.wrapper(name, &key, property))
}

/// Adds an object. If an extension of the operation requests a name that is already taken, a warning is recorded.
pub(crate) fn add_object<'a>(
    types: &mut TypeNames<'a>,
    operation: &Node<'a>,
    extension: &str,
    name: &str,
    object: Object,
) -> String {
    let Some(wanted) = operation.get(extension) else { return types.add_object(name, object) };
    let name = types.give_wanted(&wanted, name, extension);
    types.insert_object(&name, object);
    name
}
