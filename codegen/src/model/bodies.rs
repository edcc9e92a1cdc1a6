//! Reads the request body and result of an operation, without the envelope and `site_slug`.

use crate::Result;
use crate::model::api::{Body, Envelope, Output};
use crate::model::name_types::{TypeNames, joined};
use crate::model::names;
use crate::model::schema::{Object, Schema};
use crate::openapi::node::Node;
use crate::openapi::schema::{self, ObjectSchema, SchemaKind};
use crate::openapi::validate::is_json;

/// Reads the request body of an operation. The returned flag states whether the body contains `site_slug`.
pub(crate) fn request<'a>(types: &mut TypeNames<'a>, operation: &Node<'a>, id: &str) -> Result<(Body, bool)> {
    let Some(body) = operation.get("requestBody") else { return Ok((Body::None, false)) };
    let body = body.follow()?;
    let media_types = body.entries_of("content")?;
    let find = |wanted: fn(&str) -> bool| media_types.iter().find(|(name, _)| wanted(name)).map(|(_, node)| node);
    if let Some(json) = find(is_json) {
        let schema = json.need("schema").map_err(|error| error.help("describe the request body"))?;
        return json_body(types, &schema, &names::type_name(&names::snake(id)));
    }
    if let Some(multipart) = find(|name| name.starts_with("multipart/form-data")) {
        return upload(multipart).map(|()| (Body::Multipart, false));
    }
    match media_types.first() {
        None => Ok((Body::None, false)),
        Some((name, node)) => {
            let error = node.error(format!("`{name}` is not a supported media type for requests"));
            Err(error.help("describe the request as `application/json` or `multipart/form-data`"))
        }
    }
}

/// Reads the result of an operation from its 2xx responses, or from `default` if it is the only response.
pub(crate) fn result<'a>(types: &mut TypeNames<'a>, operation: &Node<'a>, id: &str) -> Result<Output> {
    let responses = operation.need("responses")?;
    let mut entries = responses.entries()?;
    entries.retain(|(status, _)| !status.starts_with("x-"));
    let only = entries.len() == 1;
    let success: Vec<_> =
        entries.iter().filter(|(status, _)| status.starts_with('2') || (only && *status == "default")).collect();
    if success.is_empty() && !entries.iter().any(|(status, _)| status.starts_with('3')) {
        let warning =
            responses.warning("the operation has no 2xx response").note("the result of the operation is empty");
        types.warn(warning.help("describe the successful response"));
    }
    let wanted = operation.text_of("x-rust-result")?.map(names::type_name);
    let name = wanted.unwrap_or_else(|| format!("{}Result", names::type_name(&names::snake(id))));
    let mut result: Option<Output> = None;
    for (status, response) in success {
        // Responses with status 204 or 205 have no body (RFC 9110, sections 15.3.5 and 15.3.6).
        if ["204", "205"].contains(status) {
            continue;
        }
        let media_types = response.follow()?.entries_of("content")?;
        let Some((other, first)) = media_types.first() else { continue };
        let Some((_, json)) = media_types.iter().find(|(name, _)| is_json(name) || *name == "*/*") else {
            let error = first.error(format!("`{other}` is not a supported media type for responses"));
            return Err(error.help("describe the response as `application/json`, or skip the operation with `x-skip`"));
        };
        let output = json_result(types, operation, &json.need("schema")?, &name)?;
        match &result {
            Some(first) if *first != output => {
                let error = json.error("the 2xx responses have different schemas");
                return Err(error.help("use one schema for all 2xx responses, or skip the operation with `x-skip`"));
            }
            Some(_) => {}
            None => result = Some(output),
        }
    }
    Ok(result.unwrap_or_else(|| empty_result(types, operation, &name)))
}

fn json_body<'a>(types: &mut TypeNames<'a>, schema: &Node<'a>, id: &str) -> Result<(Body, bool)> {
    let node = types.resolved(schema)?;
    let name = format!("{id}Body");
    let found = types.kind(&node)?;
    let record = match &*found {
        SchemaKind::Object(record) => record,
        SchemaKind::TaggedUnion(union) => {
            let property = types.property(&node, &name)?;
            return Ok((Body::Whole(property.schema.component().map_or(name, str::to_owned)), union.site));
        }
        SchemaKind::Union(union) => {
            let property = types.property(&node, &name)?;
            return Ok((Body::Whole(property.schema.component().map_or(name, str::to_owned)), union.has_site_slug()));
        }
        _ => {
            // A union without a tag is sent as untyped JSON, but its branches can have a `site_slug` property.
            let branches = node.items_of("oneOf")?.into_iter().chain(node.items_of("anyOf")?);
            let site = branches.into_iter().any(|branch| has_site_slug(types, &branch).unwrap_or_default());
            return Ok((Body::Whole(wrapped(types, &node, &name)?), site));
        }
    };
    let site = record.property("site_slug").is_some();
    let mut rest = record.properties.iter().filter(|(key, _)| *key != "site_slug");
    let (first, second) = (rest.next(), rest.next());
    if first.is_none() && record.others.is_none() {
        return Ok((Body::None, site));
    }
    if let (Some(("data", data)), None, true) = (first, second, site) {
        let optional = !record.required.contains(&"data");
        if let Some(name) = data_type(types, data, &format!("{id}Data"))? {
            return Ok((Body::Data { name, optional }, site));
        }
    }
    let schema = types.object(&node, record, &name, &["site_slug"])?;
    Ok((Body::Whole(schema.component().map_or(name, str::to_owned)), site))
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

/// Checks that `file` is the only property of an upload, because the runtime sends no other properties.
fn upload(media_type: &Node<'_>) -> Result<()> {
    let schema = media_type.need("schema")?.follow()?;
    let SchemaKind::Object(fields) = schema::kind(&schema)? else {
        return Err(schema.error("the upload is not an object").help("describe its properties"));
    };
    match fields.properties.as_slice() {
        [("file", _)] => Ok(()),
        _ => {
            let error = schema.error("the upload has properties other than `file`");
            Err(error.help("move the other properties to the query, or make the runtime send them"))
        }
    }
}

fn json_result<'a>(types: &mut TypeNames<'a>, operation: &Node<'a>, schema: &Node<'a>, name: &str) -> Result<Output> {
    let node = types.resolved(schema)?;
    match &*types.kind(&node)? {
        SchemaKind::Object(record) if is_envelope(record) => {
            let Some(result) = record.property("result") else { return Ok(empty_result(types, operation, name)) };
            for (key, other) in record.properties.iter().filter(|(key, _)| !ENVELOPE.contains(key)) {
                let warning = other.warning(format!("the property `{key}` next to `result` is left out"));
                let warning = warning.part(&other.pointer).note("calls return only the `result` of a response");
                types.warn(warning.help("if the property is not needed, remove it with an overlay action"));
            }
            let always = record.required.contains(&"result");
            let envelope = if always { Envelope::Always } else { Envelope::OrDefault };
            Ok(Output { name: result_type(types, result, name, always)?, envelope })
        }
        _ => Ok(Output { name: result_type(types, schema, name, true)?, envelope: Envelope::Bare }),
    }
}

/// The properties of an envelope.
const ENVELOPE: [&str; 3] = ["ok", "result", "error_message"];

/// Returns whether an object is an envelope: it has `ok` and a result, or no other properties at all.
fn is_envelope(record: &ObjectSchema<'_>) -> bool {
    let is_bare = || record.properties.iter().all(|(key, _)| ENVELOPE.contains(key));
    record.property("ok").is_some() && (record.property("result").is_some() || is_bare())
}

/// Returns the type of a result. A value that is neither an object nor a union is wrapped in an object with one property. A union is
/// also wrapped, unless the response `always` contains the result, because it has no default value.
fn result_type<'a>(types: &mut TypeNames<'a>, result: &Node<'a>, name: &str, always: bool) -> Result<String> {
    let node = types.resolved(result)?;
    if let Some(known) = types.result_of(&node) {
        return Ok(known);
    }
    let kind = types.kind(&node)?;
    let is_union = matches!(*kind, SchemaKind::Union(_));
    let is_inline = node.pointer == result.pointer || (is_union && !always);
    let name = if is_inline { name.to_owned() } else { names::type_name(&node.key()) };
    let added = match *kind {
        SchemaKind::Union(_) if always => {
            return Ok(types.property(&node, &name)?.schema.component().map_or(name, str::to_owned));
        }
        // An object without known properties becomes an empty struct, to which a later version can add fields.
        SchemaKind::Map(None) => types.add_object(&name, Object::default()),
        SchemaKind::Object(_) => {
            return Ok(types.property(&node, &name)?.schema.component().map_or(name, str::to_owned));
        }
        _ => wrapped(types, &node, &name)?,
    };
    types.remember_result(&node, &added);
    Ok(added)
}

/// Creates an object with one property for a value that is not an object.
fn wrapped<'a>(types: &mut TypeNames<'a>, node: &Node<'a>, name: &str) -> Result<String> {
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

/// Adds an empty result type for an operation whose response has no result.
fn empty_result<'a>(types: &mut TypeNames<'a>, operation: &Node<'a>, name: &str) -> Output {
    let name = add_object(types, operation, "x-rust-result", name, Object::default());
    Output { name, envelope: Envelope::OrDefault }
}

/// Adds an object. If the name is requested by an extension of the operation but is already taken, a warning is recorded.
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
