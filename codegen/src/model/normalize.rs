//! Reads the operations and schemas of a complete description: follows references, merges parameters, removes the envelope
//! and `site_slug`, and names every object and enum.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::model::api::{Body, BodyFormat, Envelope, FileArgument, Output, PathArgument, SiteSlug};
use crate::model::bodies::{self, RequestBody};
use crate::model::name_types::TypeNames;
use crate::model::names;
use crate::model::results;
use crate::model::schema::{ComponentKind, Components};
use crate::openapi::isolate::Isolated;
use crate::openapi::node::Node;
use crate::openapi::parameters::placeholders;
use crate::openapi::problem::Problem;
use crate::openapi::schema::SchemaKind;
use crate::openapi::validate::{OPERATION, validate};
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
    /// The name of the component with the query parameters, if the operation has any.
    pub query: Option<String>,
    /// The request body.
    pub body: Body,
    /// The files to upload.
    pub files: Vec<FileArgument>,
    /// The format of the request body.
    pub format: BodyFormat,
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

/// Normalizes the complete description of the API. Parts that can't be expressed in the bindings are left out with a warning.
///
/// # Errors
///
/// Returns an error with the location in the document if the document is not OpenAPI 3.0, is split over several files, or
/// exceeds a limit.
pub fn normalize(document: &mut Document) -> Result<Normalized> {
    isolated(document, unsent)
}

/// Normalizes the complete description of the webhooks, which are requests that the vendor sends.
///
/// # Errors
///
/// Returns the same errors as [`normalize`].
pub fn normalize_webhooks(document: &mut Document) -> Result<Normalized> {
    isolated(document, unread)
}

/// A function that reports a parameter if it is left out of the bindings.
type LeftOut = fn(&Node<'_>, &str) -> Result<Option<Diagnostic>>;

fn isolated(document: &mut Document, left_out: LeftOut) -> Result<Normalized> {
    let mut isolated = Isolated::default();
    let normalized = isolated.repeat(document, |document| match validate(document)? {
        problems if problems.is_empty() => normalized(document, left_out),
        problems => Ok(Err(problems)),
    });
    let warnings = isolated.restore(&mut document.value);
    let mut normalized = normalized?;
    normalized.diagnostics.extend(warnings);
    Ok(normalized)
}

fn normalized(document: &Document, left_out: LeftOut) -> Result<Result<Normalized, Vec<Problem>>> {
    let root = Node::root(&document.value);
    let mut types = TypeNames::new(&root)?;
    let mut ids = names::Names::plain();
    let (mut found, mut used) = (Vec::new(), BTreeSet::new());
    for (path, item) in root.path_items()? {
        let item = item.follow()?;
        for (method, operation) in item.entries()?.into_iter().filter(|(key, _)| METHODS.contains(key)) {
            if let Some(id) = operation.text_of("operationId")? {
                ids.give(id);
            }
            found.push((path, item.clone(), method, operation));
        }
    }
    let (mut operations, mut notes, mut reported, mut problems) = (Vec::new(), Vec::new(), BTreeSet::new(), Vec::new());
    for (path, item, method, operation) in found {
        if let Some(reason) = operation.text_of("x-skip")? {
            notes.push(operation.left_out(format!("the operation is left out: {reason}")));
            continue;
        }
        // If several paths refer to one path item, the ID belongs to the first path.
        let id = match operation.text_of("operationId")?.filter(|id| used.insert(*id)) {
            Some(id) => id.to_owned(),
            None => ids.give(&derived_id(method, path)),
        };
        notes.extend([&item, &operation].into_iter().filter_map(other_servers));
        let parameters = merged_parameters(&item, &operation)?;
        let mut read = || {
            for parameter in &parameters {
                let note = left_out(&parameter.node, &id).map_err(|error| unsupported(error, &operation))?;
                notes.extend(note.filter(|_| reported.insert(parameter.node.pointer.clone())));
            }
            self::operation(&mut types, &parameters, &operation, &id, path)
        };
        match read() {
            Ok(operation) => operations.push(operation),
            Err(problem) => problems.push(problem),
        }
    }
    let (mut components, mut diagnostics, unnamed) = types.finish();
    problems.extend(unnamed);
    if !problems.is_empty() {
        return Ok(Err(problems));
    }
    for name in results_that_may_be_missing(&operations, &components) {
        // The result can be missing entirely, so all of its fields are optional.
        if let Some(ComponentKind::Object(object)) = components.get_mut(&name).map(|it| &mut it.kind) {
            object.required.clear();
        }
    }
    diagnostics.extend(notes);
    let diagnostics = diagnostics.into_iter().map(|diagnostic| document.locate(diagnostic)).collect();
    Ok(Ok(Normalized { components, resources: resources(&root)?, operations, diagnostics }))
}

/// Returns the names of the result types that may be missing from an envelope.
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

/// Creates a problem for an operation that can't be expressed in the bindings.
pub(crate) fn unsupported(error: Diagnostic, operation: &Node<'_>) -> Problem {
    Problem::remove(error, &operation.pointer, OPERATION)
}

fn operation<'a>(
    types: &mut TypeNames<'a>,
    parameters: &[Parameter<'a>],
    operation: &Node<'a>,
    id: &str,
    path: &str,
) -> Result<NormalizedOperation, Problem> {
    let location = |wanted: &str| {
        let is = |parameter: &&Parameter<'a>| parameter.location == wanted;
        parameters.iter().filter(is).cloned().collect::<Vec<_>>()
    };
    let (query, site_in_query) = bodies::query(types, operation, &location("query"), id)?;
    let rest = |types: &mut TypeNames<'a>| {
        let text = |key: &str| Ok::<_, Diagnostic>(operation.text_of(key)?.map(str::to_owned));
        let RequestBody { body, mut files, format, site: site_in_body } = bodies::request(types, operation, id)?;
        let output = results::result(types, operation, id)?;
        let mut arguments = names::Names::arguments();
        for file in &mut files {
            file.name = arguments.give(&file.name);
        }
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
            path_arguments: path_arguments(types, operation, path, &location("path"), arguments)?,
            query,
            body,
            files,
            format,
            output,
            site_slug: match (site_in_query, site_in_body) {
                (true, _) => SiteSlug::Query,
                (false, true) => SiteSlug::Body,
                (false, false) => SiteSlug::None,
            },
            id: id.to_owned(),
        })
    };
    rest(types).map_err(|error| unsupported(error, operation))
}

/// A parameter of an operation.
#[derive(Clone, Debug)]
pub(crate) struct Parameter<'a> {
    /// The location: `query`, `path`, `header` or `cookie`.
    location: &'a str,
    pub(crate) name: &'a str,
    pub(crate) node: Node<'a>,
    /// The pointer to the item in `parameters`, which can be a reference to `node`.
    pub(crate) item: String,
}

/// Merges the parameters of an operation with those of its path item. The operation's parameters have precedence.
fn merged_parameters<'a>(item: &Node<'a>, operation: &Node<'a>) -> Result<Vec<Parameter<'a>>> {
    let mut merged = Vec::new();
    let mut seen = BTreeSet::new();
    for item in operation.parameters()?.iter().chain(&item.parameters()?) {
        let node = item.follow()?;
        let (location, name) = (node.need("in")?.text()?, node.need("name")?.text()?);
        if seen.insert((location, name)) {
            merged.push(Parameter { location, name, node, item: item.pointer.clone() });
        }
    }
    Ok(merged)
}

/// Warns about servers of a path item or an operation, because calls always use the base URL of the client.
fn other_servers(node: &Node<'_>) -> Option<Diagnostic> {
    let warning = node.get("servers")?.warning("these `servers` are left out: calls use the base URL of the client");
    Some(warning.help("if another server is required, skip the operation with `x-skip`"))
}

/// Reports a header or cookie parameter, because calls don't send such parameters. Returns an error if the parameter is required.
fn unsent(parameter: &Node<'_>, id: &str) -> Result<Option<Diagnostic>> {
    /// Header parameters that must be ignored according to OpenAPI.
    const IGNORED: [&str; 3] = ["accept", "authorization", "content-type"];
    let Some((name, place, location)) = header_or_cookie(parameter)? else { return Ok(None) };
    let name_in_lowercase = name.to_ascii_lowercase();
    let ignored = place == "header"
        && (IGNORED.contains(&name_in_lowercase.as_str()) || is_credential(parameter, &name_in_lowercase)?);
    if parameter.flag_of("required")? && !ignored {
        let error = location.error(format!("`{id}` requires the {place} parameter `{name}`, but calls don't send it"));
        return Err(error.help("if the API works without it, remove the parameter with an overlay action"));
    }
    let note = location.left_out(format!("the {place} parameter `{name}` is left out: calls don't send it"));
    Ok(Some(note.help("if the parameter is needed, make the runtime send it")))
}

/// Returns whether a security scheme sends its API key in the given header.
fn is_credential(parameter: &Node<'_>, header: &str) -> Result<bool> {
    let Some(components) = parameter.document().get("components") else { return Ok(false) };
    Ok(components.entries_of("securitySchemes")?.iter().any(|(_, scheme)| {
        let text = |key: &str| scheme.value.get(key).and_then(Value::as_str);
        text("in") == Some("header") && text("name").is_some_and(|name| name.eq_ignore_ascii_case(header))
    }))
}

/// Reports a header or cookie parameter of a webhook, because webhook types contain only the fields of the form-encoded body.
fn unread(parameter: &Node<'_>, id: &str) -> Result<Option<Diagnostic>> {
    let Some((name, place, location)) = header_or_cookie(parameter)? else { return Ok(None) };
    let note = location.left_out(format!(
        "the {place} parameter `{name}` of `{id}` is left out: events contain only the body of a webhook"
    ));
    Ok(Some(note.help("if the parameter is needed, read it from the request")))
}

/// Returns the name of a header or cookie parameter, its location (`header` or `cookie`), and the node of `in`.
fn header_or_cookie<'a>(parameter: &Node<'a>) -> Result<Option<(&'a str, &'a str, Node<'a>)>> {
    let (name, location) = (parameter.need("name")?.text()?, parameter.need("in")?);
    let place = location.text()?;
    Ok(["header", "cookie"].contains(&place).then_some((name, place, location)))
}

fn path_arguments<'a>(
    types: &mut TypeNames<'a>,
    operation: &Node<'a>,
    path: &str,
    parameters: &[Parameter<'a>],
    mut names: names::Names,
) -> Result<Vec<PathArgument>> {
    let mut arguments = Vec::new();
    for placeholder in placeholders(path).map_err(|message| operation.error(message))? {
        let (mut number, mut doc) = (false, None);
        if let Some(Parameter { node: parameter, .. }) = parameters.iter().find(|it| it.name == placeholder) {
            let schema = types.resolved(&parameter.need("schema")?)?;
            number = matches!(*types.kind(&schema)?, SchemaKind::Scalar("integer"));
            doc = parameter.text_of("description")?.or(schema.text_of("description")?).map(str::to_owned);
        } else {
            let warning = operation.warning(format!("the path parameter `{placeholder}` is not declared"));
            types
                .warn(warning.note("the argument is a string").help("declare it with `in: path` and `required: true`"));
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
