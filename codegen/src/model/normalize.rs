//! Reads the operations and schemas of a complete description: follows references, merges parameters, removes the envelope
//! and `site_slug`, and names every object and enum.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::model::api::{Body, Envelope, Output, PathArgument, SiteSlug};
use crate::model::bodies;
use crate::model::name_types::TypeNames;
use crate::model::names;
use crate::model::schema::{ComponentKind, Components};
use crate::openapi::node::Node;
use crate::openapi::schema::SchemaKind;
use crate::openapi::validate::{self, validate};
use crate::openapi::walk::METHODS;
use crate::source::document::child;
use crate::{Diagnostic, Document, Result};

/// A normalized description, which is the input of the later stages.
#[derive(Clone, Debug, Default)]
pub struct Normalized {
    /// The schemas that become types.
    pub components: Components,
    /// The names and descriptions of resources: first those in `x-resources`, then the tags.
    pub resources: Vec<(String, Option<String>)>,
    /// The operations, in document order.
    pub operations: Vec<NormalizedOperation>,
    /// Diagnostics about names that were taken, schemas that become untyped JSON, and parameters that are left out.
    pub diagnostics: Vec<Diagnostic>,
}

/// An operation of a [`Normalized`] description.
#[derive(Clone, Debug)]
pub struct NormalizedOperation {
    /// The `operationId`, or a name derived from the method and the path.
    pub id: String,
    /// The HTTP method in uppercase.
    pub http: String,
    /// The path with its placeholders.
    pub path: String,
    /// The name of the resource, from `x-resource` or the first tag.
    pub resource: Option<String>,
    /// The name of the Rust method (`x-method`).
    pub method: Option<String>,
    /// The retry class (`x-retry`).
    pub retry: Option<String>,
    /// The first line of the documentation.
    pub summary: Option<String>,
    /// The rest of the documentation.
    pub description: Option<String>,
    /// Whether the document marks the operation as deprecated.
    pub deprecated: bool,
    /// The path arguments, in path order.
    pub path_arguments: Vec<PathArgument>,
    /// The component with the query parameters.
    pub query: Option<String>,
    /// The request body.
    pub body: Body,
    /// The result.
    pub output: Output,
    /// The part of the request that contains `site_slug`.
    pub site_slug: SiteSlug,
}

impl NormalizedOperation {
    /// Returns the pointer of the operation.
    pub(crate) fn pointer(&self) -> String {
        child(&child("/paths", &self.path), &self.http.to_lowercase())
    }
}

/// Normalizes the complete description of the API.
///
/// # Errors
///
/// Returns an error with the location in the document if the description is malformed or ambiguous.
pub fn normalize(document: &Document) -> Result<Normalized> {
    located(document, unsent)
}

/// Normalizes the complete description of the webhooks, which are requests that the vendor sends.
///
/// # Errors
///
/// Returns the same errors as [`normalize`].
pub fn normalize_webhooks(document: &Document) -> Result<Normalized> {
    located(document, unread)
}

/// A function that reports a parameter if it is left out of the bindings.
type LeftOut = fn(&Node<'_>, &str) -> Result<Option<Diagnostic>>;

fn located(document: &Document, left_out: LeftOut) -> Result<Normalized> {
    validate(document).and_then(|()| normalized(document, left_out)).map_err(|error| document.locate(error))
}

fn normalized(document: &Document, left_out: LeftOut) -> Result<Normalized> {
    let root = Node::root(&document.value);
    let mut types = TypeNames::new(&root)?;
    let mut ids = names::Names::plain();
    let mut found = Vec::new();
    for (path, item) in root.path_items()? {
        let item = item.follow()?;
        for (method, operation) in item.entries()?.into_iter().filter(|(key, _)| METHODS.contains(key)) {
            if let Some(id) = operation.text_of("operationId")? {
                ids.give(id);
            }
            found.push((path, item.clone(), method, operation));
        }
    }
    let (mut operations, mut notes, mut reported) = (Vec::new(), Vec::new(), BTreeSet::new());
    for (path, item, method, operation) in found {
        let id = match operation.text_of("operationId")? {
            Some(id) => id.to_owned(),
            None => ids.give(&derived_id(method, path)),
        };
        let parameters = merged_parameters(&item, &operation)?;
        for parameter in &parameters {
            notes.extend(left_out(parameter, &id)?.filter(|_| reported.insert(parameter.pointer.clone())));
        }
        operations.push(self::operation(&mut types, &parameters, &operation, id, path)?);
    }
    let (mut components, mut diagnostics) = types.finish()?;
    for operation in operations.iter().filter(|operation| operation.output.envelope == Envelope::OrDefault) {
        // The result can be missing entirely, so all of its fields are optional.
        if let Some(ComponentKind::Object(object)) = components.get_mut(&operation.output.name).map(|it| &mut it.kind) {
            object.required.clear();
        }
    }
    diagnostics.extend(notes);
    let diagnostics = diagnostics.into_iter().map(|diagnostic| document.locate(diagnostic)).collect();
    Ok(Normalized { components, resources: resources(&root)?, operations, diagnostics })
}

fn operation<'a>(
    types: &mut TypeNames<'a>,
    parameters: &[Node<'a>],
    operation: &Node<'a>,
    id: String,
    path: &str,
) -> Result<NormalizedOperation> {
    let location = |wanted: &str| {
        let is = |node: &&Node<'a>| node.value.get("in").and_then(Value::as_str) == Some(wanted);
        parameters.iter().filter(is).cloned().collect::<Vec<_>>()
    };
    let text = |key: &str| Ok::<_, Diagnostic>(operation.text_of(key)?.map(str::to_owned));
    let (query, site_in_query) = bodies::query(types, operation, &location("query"), &id)?;
    let (body, site_in_body) = bodies::request(types, operation, &id)?;
    let output = bodies::result(types, operation, &id)?;
    let first_tag = operation.items_of("tags")?.first().map(Node::text).transpose()?;
    Ok(NormalizedOperation {
        http: operation.key().to_uppercase(),
        path: path.to_owned(),
        resource: text("x-resource")?.or_else(|| first_tag.map(str::to_owned)),
        method: text("x-method")?,
        retry: text("x-retry")?,
        summary: text("summary")?,
        description: text("description")?,
        deprecated: operation.flag_of("deprecated")?,
        path_arguments: path_arguments(types, path, &location("path"))?,
        query,
        body,
        output,
        site_slug: match (site_in_query, site_in_body) {
            (true, _) => SiteSlug::Query,
            (false, true) => SiteSlug::Body,
            (false, false) => SiteSlug::None,
        },
        id,
    })
}

/// Merges the parameters of an operation with those of its path item. The operation's parameters have precedence.
fn merged_parameters<'a>(item: &Node<'a>, operation: &Node<'a>) -> Result<Vec<Node<'a>>> {
    let mut merged: Vec<Node<'a>> = Vec::new();
    let mut seen = BTreeSet::new();
    for node in operation.items_of("parameters")?.iter().chain(&item.items_of("parameters")?) {
        let node = node.follow()?;
        if seen.insert((node.need("in")?.text()?, node.need("name")?.text()?)) {
            merged.push(node);
        }
    }
    Ok(merged)
}

/// Reports a header or cookie parameter, because calls don't send such parameters. Returns an error if the parameter is required.
fn unsent(parameter: &Node<'_>, id: &str) -> Result<Option<Diagnostic>> {
    /// Header parameters that must be ignored according to OpenAPI.
    const IGNORED: [&str; 3] = ["accept", "authorization", "content-type"];
    let Some((name, place, location)) = header_or_cookie(parameter)? else { return Ok(None) };
    let ignored = place == "header" && IGNORED.contains(&name.to_ascii_lowercase().as_str());
    if parameter.flag_of("required")? && !ignored {
        let error =
            location.error(format!("`{id}` requires the parameter `{name}` in the {place}, but calls don't send it"));
        return Err(error.help("if the API works without it, remove the parameter with an overlay action"));
    }
    let note = location.left_out(format!("the parameter `{name}` in the {place} is left out: calls don't send it"));
    Ok(Some(note.help("if the parameter is needed, make the runtime send it")))
}

/// Reports a header or cookie parameter of a webhook, because webhook types contain only the fields of the form-encoded body.
fn unread(parameter: &Node<'_>, id: &str) -> Result<Option<Diagnostic>> {
    let Some((name, place, location)) = header_or_cookie(parameter)? else { return Ok(None) };
    let note = location
        .left_out(format!("the parameter `{name}` in the {place} of `{id}` is left out: events do not contain it"));
    Ok(Some(note.help("if the parameter is needed, read it from the request")))
}

/// Returns the name of a header or cookie parameter, its location (`header` or `cookie`), and the node of `in`.
fn header_or_cookie<'a>(parameter: &Node<'a>) -> Result<Option<(&'a str, &'a str, Node<'a>)>> {
    let (name, location) = (parameter.need("name")?.text()?, parameter.need("in")?);
    let place = location.text()?;
    Ok(["header", "cookie"].contains(&place).then_some((name, place, location)))
}

fn path_arguments<'a>(types: &mut TypeNames<'a>, path: &str, parameters: &[Node<'a>]) -> Result<Vec<PathArgument>> {
    let mut names = names::Names::arguments();
    let mut arguments = Vec::new();
    for placeholder in validate::placeholders(path).map_err(Diagnostic::error)? {
        let is = |node: &&Node<'_>| node.value.get("name").and_then(Value::as_str) == Some(placeholder.as_str());
        let (mut number, mut doc) = (false, None);
        if let Some(parameter) = parameters.iter().find(is) {
            let schema = types.resolved(&parameter.need("schema")?)?;
            number = matches!(*types.kind(&schema)?, SchemaKind::Scalar("integer"));
            doc = parameter.text_of("description")?.or(schema.text_of("description")?).map(str::to_owned);
        }
        arguments.push(PathArgument { name: names.give(&names::snake(&placeholder)), number, doc });
    }
    Ok(arguments)
}

/// Lists the documented resources. `x-resources` comes first, since it has precedence over tags.
fn resources(root: &Node<'_>) -> Result<Vec<(String, Option<String>)>> {
    let mut resources = Vec::new();
    for (name, resource) in root.entries_of("x-resources")? {
        resources.push((name.to_owned(), resource.text_of("description")?.map(str::to_owned)));
    }
    for tag in root.items_of("tags")? {
        let description = tag.text_of("description")?.map(str::to_owned);
        resources.push((tag.need("name")?.text()?.to_owned(), description));
    }
    Ok(resources)
}

/// Derives the name of an operation without `operationId` from its method and the words in its path.
fn derived_id(method: &str, path: &str) -> String {
    let words: Vec<_> = path.split(['/', '{', '}']).filter(|word| !word.is_empty()).collect();
    format!("{method}_{}", names::snake(&words.join("_")))
}
