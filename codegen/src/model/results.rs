//! Reads the result of an operation from its responses, without the envelope.

use serde_json::Value;

use crate::Result;
use crate::model::api::{Envelope, Output, OutputKind, StatusVariant};
use crate::model::bodies::{add_object, wrapped};
use crate::model::name_types::TypeNames;
use crate::model::names;
use crate::model::normalize::NormalizedOperation;
use crate::model::schema::{ComponentKind, Components, Object};
use crate::openapi::media_type::{self, Media, essence, is_any, is_file, json_of_response};
use crate::openapi::node::Node;
use crate::openapi::responses::{NO_CONTENT, successes};
use crate::openapi::schema::{ObjectSchema, SchemaKind};

/// The body of a successful response.
enum Content<'a> {
    Empty,
    Json(Media<'a>),
    /// Bytes or text, with the media types.
    File(Vec<Media<'a>>),
}

/// Reads the result of an operation from its 2xx responses, or from `default` if it is the only response.
pub(crate) fn result<'a>(types: &mut TypeNames<'a>, operation: &Node<'a>, id: &str) -> Result<Output> {
    let mut contents = Vec::new();
    for (status, response) in successes(operation)? {
        contents.push((status, content(status, &response.follow()?)?));
    }
    if contents.is_empty() {
        let responses = operation.need("responses")?;
        if responses.entries()?.iter().any(|(status, _)| status.starts_with('3')) {
            return Ok(Output { name: "Redirect".to_owned(), kind: OutputKind::Redirect, accept: None });
        }
        let warning =
            responses.warning("the operation has no 2xx response").note("the result of the operation is empty");
        types.warn(warning.help("describe the successful response"));
    }
    if contents.iter().any(|(_, content)| matches!(content, Content::File(_))) {
        return Ok(download(types, &contents));
    }
    let accept = accept(&contents);
    let id = names::type_name(&names::snake(id));
    let wanted = operation.text_of("x-rust-result")?.map(names::type_name);
    let name = wanted.unwrap_or_else(|| format!("{id}Result"));
    let output = match contents.as_slice() {
        [] => empty_result(types, operation, &name),
        [(_, first), rest @ ..] if rest.iter().all(|(_, content)| is_equal(first, content)) => match first {
            Content::Json((_, media)) => {
                for (_, content) in rest {
                    if let Content::Json((_, media)) = content {
                        let node = types.resolved(&media.need("schema")?)?;
                        let kind = types.kind(&node)?;
                        report_envelope(types, &node, &kind)?;
                    }
                }
                json_result(types, operation, &media.need("schema")?, &name)?
            }
            Content::Empty | Content::File(_) => empty_result(types, operation, &name),
        },
        _ => by_status(types, operation, &contents, &name, &id)?,
    };
    Ok(Output { accept, ..output })
}

fn content<'a>(status: &str, response: &Node<'a>) -> Result<Content<'a>> {
    if NO_CONTENT.contains(&status) {
        return Ok(Content::Empty);
    }
    let content = media_type::content(response)?;
    Ok(match json_of_response(&content) {
        _ if content.is_empty() => Content::Empty,
        Some(index) => content.into_iter().nth(index).map_or(Content::Empty, Content::Json),
        None => Content::File(content),
    })
}

/// Returns whether two responses have the same schema.
fn is_equal(one: &Content<'_>, other: &Content<'_>) -> bool {
    match (one, other) {
        (Content::Empty, Content::Empty) => true,
        (Content::Json((_, one)), Content::Json((_, other))) => {
            one.value.get("schema").map(without_annotations) == other.value.get("schema").map(without_annotations)
        }
        _ => false,
    }
}

/// Returns a schema without its description and examples, which don't affect the type.
fn without_annotations(schema: &Value) -> Value {
    let mut schema = schema.clone();
    if let Some(schema) = schema.as_object_mut() {
        schema.retain(|key, _| !["description", "title", "example", "examples"].contains(&key.as_str()));
    }
    schema
}

/// Returns the accepted media types, unless the only one is `application/json`.
fn accept(contents: &[(&str, Content<'_>)]) -> Option<String> {
    let mut accepted: Vec<String> = Vec::new();
    for (_, content) in contents {
        let names = match content {
            Content::Empty => Vec::new(),
            // The client decodes this response as JSON, so it accepts only JSON, even if the document permits any media type.
            Content::Json((name, _)) if is_any(name) => vec!["application/json".to_owned()],
            Content::Json((name, _)) => vec![essence(name)],
            Content::File(media_types) => media_types.iter().map(|(name, _)| essence(name)).collect(),
        };
        for name in names {
            if !accepted.contains(&name) {
                accepted.push(name);
            }
        }
    }
    (!accepted.is_empty() && accepted != ["application/json"]).then(|| accepted.join(", "))
}

/// Returns the result of an operation whose responses are bytes or text. Warns about responses with fields, which are not decoded.
fn download(types: &mut TypeNames<'_>, contents: &[(&str, Content<'_>)]) -> Output {
    for (_, content) in contents {
        let media_types = match content {
            Content::Empty => &[],
            Content::Json(media) => std::slice::from_ref(media),
            Content::File(media_types) => media_types.as_slice(),
        };
        for (name, media) in media_types.iter().filter(|(_, media)| !is_file(media)) {
            let warning = media.warning(format!("the fields of the `{name}` response are not decoded"));
            let warning = warning.part(&media.pointer).note("calls return the body as bytes");
            types.warn(warning.help("describe all 2xx responses as JSON if the fields are needed"));
        }
    }
    Output { name: "Download".to_owned(), kind: OutputKind::Download, accept: accept(contents) }
}

/// Adds an enum with a variant for each status.
fn by_status<'a>(
    types: &mut TypeNames<'a>,
    operation: &Node<'a>,
    contents: &[(&str, Content<'a>)],
    name: &str,
    id: &str,
) -> Result<Output> {
    let mut variants = Vec::new();
    for (status, content) in contents {
        let (variant, statuses) = variant(status);
        let value = match content {
            Content::Json((_, media)) => {
                let output = json_result(types, operation, &media.need("schema")?, &format!("{id}{variant}"))?;
                output.envelope().map(|envelope| (output.name, envelope))
            }
            Content::Empty | Content::File(_) => None,
        };
        variants.push(StatusVariant { name: variant, statuses, value });
    }
    // The first variant that covers a status is decoded, so a range must follow the individual statuses.
    variants.sort_by_key(|variant| variant.statuses.0 != variant.statuses.1);
    let name = types.add_by_status(name, variants);
    Ok(Output { name, kind: OutputKind::ByStatus, accept: None })
}

/// Returns the name of the variant for a status or a range such as `2XX`, and the first and the last status.
fn variant(status: &str) -> (String, (u16, u16)) {
    let number: Option<u16> = status.parse().ok();
    let name = match number {
        Some(200) => "Ok",
        Some(201) => "Created",
        Some(202) => "Accepted",
        Some(203) => "NonAuthoritative",
        Some(204) => "NoContent",
        Some(205) => "ResetContent",
        Some(206) => "PartialContent",
        Some(207) => "MultiStatus",
        Some(number) => return (format!("Status{number}"), (number, number)),
        None => "Success",
    };
    (name.to_owned(), number.map_or((200, 299), |number| (number, number)))
}

fn json_result<'a>(types: &mut TypeNames<'a>, operation: &Node<'a>, schema: &Node<'a>, name: &str) -> Result<Output> {
    let node = types.resolved(schema)?;
    let kind = types.kind(&node)?;
    let Some(record) = envelope(&kind) else {
        return Ok(Output::json(result_type(types, schema, name, true)?, Envelope::Bare));
    };
    report_envelope(types, &node, &kind)?;
    let Some(result) = record.property("result") else { return Ok(empty_result(types, operation, name)) };
    let always = record.required.contains(&"result");
    let envelope = if always { Envelope::Always } else { Envelope::OrDefault };
    Ok(Output::json(result_type(types, result, name, always)?, envelope))
}

/// The properties of an envelope.
const ENVELOPE: [&str; 3] = ["ok", "result", "error_message"];

/// Returns the envelope if a schema of the given kind is one. An envelope has the property `ok`, and it either has `result` or
/// describes no properties except those in [`ENVELOPE`].
fn envelope<'k, 'a>(kind: &'k SchemaKind<'a>) -> Option<&'k ObjectSchema<'a>> {
    let SchemaKind::Object(record) = kind else { return None };
    let is_bare =
        || next_to_result(record).next().is_none() && record.others.as_ref().is_none_or(|it| !it.value.is_object());
    (record.property("ok").is_some() && (record.property("result").is_some() || is_bare())).then_some(record)
}

fn next_to_result<'r, 'a>(record: &'r ObjectSchema<'a>) -> impl Iterator<Item = &'r (&'a str, Node<'a>)> {
    record.properties.iter().filter(|(key, _)| !ENVELOPE.contains(key))
}

/// Reports the properties next to `result` in an envelope, which calls don't return, and the parts of an `allOf` that the envelope
/// leaves out.
fn report_envelope<'a>(types: &mut TypeNames<'a>, node: &Node<'a>, kind: &SchemaKind<'a>) -> Result<()> {
    let Some(record) = envelope(kind) else { return Ok(()) };
    types.report(node, kind)?;
    let properties = next_to_result(record).map(|(key, node)| (format!("the property `{key}`"), "is", node));
    let others = record.others.iter().filter(|others| others.value.is_object());
    let others = others.map(|node| ("the additional properties".to_owned(), "are", node));
    for (subject, verb, node) in properties.chain(others) {
        let warning = node.warning(format!("{subject} next to `result` {verb} left out")).part(&node.pointer);
        let warning = warning.note("calls return only the `result` of a response");
        types.warn(warning.help("if the property is not needed, remove it with an overlay action"));
    }
    Ok(())
}

/// Returns the type of a result. Any value other than an object or a union is wrapped in an object with one property. A union is
/// also wrapped if the result can be missing (`always` is false), because a union has no default value.
fn result_type<'a>(types: &mut TypeNames<'a>, result: &Node<'a>, name: &str, always: bool) -> Result<String> {
    let node = types.resolved(result)?;
    if let Some(known) = types.result_of(&node) {
        return Ok(known);
    }
    let kind = types.kind(&node)?;
    let is_wrapped_union = !always && matches!(*kind, SchemaKind::Union(_));
    let is_inline = node.pointer == result.pointer || is_wrapped_union;
    let name = if is_inline { name.to_owned() } else { names::type_name(&node.key()) };
    let added = match *kind {
        SchemaKind::Object(_) | SchemaKind::Union(_) if !is_wrapped_union => {
            return Ok(types.property(&node, &name)?.schema.name_or(name));
        }
        // An object without known properties becomes an empty struct, to which a later version can add fields.
        SchemaKind::Map(None) => types.add_object(&name, Object::default()),
        _ => wrapped(types, &node, &name)?,
    };
    types.remember_result(&node, &added);
    Ok(added)
}

/// Adds an empty result type for an operation whose response has no result.
fn empty_result<'a>(types: &mut TypeNames<'a>, operation: &Node<'a>, name: &str) -> Output {
    let name = add_object(types, operation, "x-rust-result", name, Object::default());
    Output::json(name, Envelope::OrDefault)
}

/// Makes all fields of a result optional if the result can be missing, because a missing result is decoded as the default value.
pub(crate) fn make_optional(operations: &[NormalizedOperation], components: &mut Components) {
    for name in results_that_may_be_missing(operations, components) {
        if let Some(ComponentKind::Object(object)) = components.get_mut(&name).map(|it| &mut it.kind) {
            object.required.clear();
        }
    }
}

/// Returns the names of the result types whose value may be missing from the envelope.
fn results_that_may_be_missing(operations: &[NormalizedOperation], components: &Components) -> Vec<String> {
    let outputs = operations.iter().map(|operation| &operation.output);
    let direct = outputs.filter_map(|output| Some((&output.name, output.envelope()?)));
    let by_status = components.values().flat_map(|component| match &component.kind {
        ComponentKind::ByStatus(variants) => variants.as_slice(),
        _ => &[],
    });
    let by_status = by_status.filter_map(|variant| variant.value.as_ref()).map(|(name, envelope)| (name, *envelope));
    let results = direct.chain(by_status).filter(|(_, envelope)| *envelope == Envelope::OrDefault);
    results.map(|(name, _)| name.clone()).collect()
}
