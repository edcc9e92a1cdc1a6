//! Reads the operations and schemas of a complete description: follows references, merges parameters, removes the envelope
//! and `site_slug`, and names every object and enum.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use crate::model::api::{
    Body, BodyFormat, CallExample, FileArgument, Header, Output, PathArgument, QueryStyle, Reason, SiteSlug,
};
use crate::model::bodies::{self, RequestBody};
use crate::model::headers::{headers, unsent};
use crate::model::name_types::{Named, TypeNames};
use crate::model::names;
use crate::model::path::path_arguments;
use crate::model::query::{Query, query};
use crate::model::results;
use crate::model::root;
use crate::model::schema::Components;
use crate::openapi::example;
use crate::openapi::isolate::Isolated;
use crate::openapi::node::Node;
use crate::openapi::problem::Problem;
use crate::openapi::servers::{Server, own_server, unused_hosts};
use crate::openapi::validate::{OPERATION, validate};
use crate::openapi::walk::METHODS;
use crate::source::document::child;
use crate::{Diagnostic, Document, Result};

/// A normalized description, which is the input of the later stages.
#[derive(Clone, Debug, Default)]
pub struct Normalized {
    /// The schemas that become types.
    pub components: Components,
    /// The type name of each of these schemas, by pointer.
    pub type_names: BTreeMap<String, String>,
    /// The names and descriptions of resources: first those in `x-resources`, then the tags.
    pub resources: Vec<(String, Option<String>)>,
    /// The operations, in document order.
    pub operations: Vec<NormalizedOperation>,
    /// The known error reasons (`x-error-reasons`).
    pub reasons: Vec<Reason>,
    /// Diagnostics about names that were already taken, schemas that become untyped JSON, and parameters that are left out.
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
    /// The names of the known error reasons (`x-error-reasons`).
    pub reasons: Vec<String>,
    /// The first line of the documentation.
    pub summary: Option<String>,
    /// The rest of the documentation.
    pub description: Option<String>,
    /// Whether the document marks the operation as deprecated.
    pub deprecated: bool,
    /// The server, if it differs from the document's.
    pub server: Option<Server>,
    /// The path arguments, in path order.
    pub path_arguments: Vec<PathArgument>,
    /// The header parameters, in document order.
    pub headers: Vec<Header>,
    /// The name of the component with the query parameters, if the operation has any.
    pub query: Option<String>,
    /// The query parameters that are not written as `name=value`, with their styles.
    pub query_styles: Vec<(String, QueryStyle)>,
    /// The request body.
    pub body: Body,
    /// The files to upload.
    pub files: Vec<FileArgument>,
    /// The format of the request body.
    pub format: BodyFormat,
    /// The result.
    pub output: Output,
    /// The location of `site_slug` in the request.
    pub site_slug: SiteSlug,
    /// The values in an example of a call.
    pub example: CallExample,
}

impl NormalizedOperation {
    /// Returns the pointer to the operation.
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
    isolated(document, Kind::Api)
}

/// Normalizes the complete description of the webhooks, which are requests that the vendor sends.
///
/// # Errors
///
/// Returns the same errors as [`normalize`].
pub fn normalize_webhooks(document: &mut Document) -> Result<Normalized> {
    isolated(document, Kind::Webhooks)
}

/// The requests that a document describes.
#[derive(Clone, Copy, Debug)]
enum Kind {
    /// The requests that clients send.
    Api,
    /// The requests that the vendor sends.
    Webhooks,
}

impl Kind {
    /// Returns a note if a parameter is left out of the bindings, or an error if its operation is left out.
    fn left_out(self, parameter: &Node<'_>, id: &str) -> Result<Option<Diagnostic>> {
        match self {
            Self::Api => unsent(parameter, id),
            Self::Webhooks => unread(parameter, id),
        }
    }

    /// Returns the server of an operation if it differs from the document's.
    fn server(self, item: &Node<'_>, operation: &Node<'_>) -> Result<Option<Server>> {
        match self {
            Self::Api => own_server(item, operation),
            Self::Webhooks => Ok(None),
        }
    }
}

fn isolated(document: &mut Document, kind: Kind) -> Result<Normalized> {
    let mut isolated = Isolated::default();
    let normalized = isolated.repeat(document, |document| match validate(document)? {
        problems if problems.is_empty() => normalized(document, kind),
        problems => Ok(Err(problems)),
    });
    let warnings = isolated.restore(&mut document.value);
    let mut normalized = normalized?;
    normalized.diagnostics.extend(warnings);
    Ok(normalized)
}

fn normalized(document: &Document, kind: Kind) -> Result<Result<Normalized, Vec<Problem>>> {
    let root = Node::root(&document.value);
    let mut types = TypeNames::new(&root)?;
    let mut ids = names::Names::plain();
    let mut used = BTreeSet::new();
    let found = found_operations(&root)?;
    for (.., operation) in &found {
        if let Some(id) = operation.text_of("operationId")? {
            ids.give(id);
        }
    }
    let (mut operations, mut notes, mut problems) = (Vec::new(), Vec::new(), Vec::new());
    let mut left_out = LeftOut::default();
    for (path, item, method, operation) in found {
        if let Some(reason) = operation.text_of("x-skip")? {
            notes.push(operation.left_out(format!("the operation is left out: {reason}")));
            continue;
        }
        // Paths that refer to the same path item share its `operationId`. Only the first of them keeps it.
        let id = match operation.text_of("operationId")?.filter(|id| used.insert(*id)) {
            Some(id) => id.to_owned(),
            None => ids.give(&derived_id(method, path)),
        };
        let mut sent = || {
            let all = merged_parameters(&item, &operation)?;
            Ok::<_, Diagnostic>((left_out.remove(all, kind, &id)?, kind.server(&item, &operation)?))
        };
        let read = sent().map_err(|error| unsupported(error, &operation)).and_then(|(parameters, server)| {
            let operation = self::operation(&mut types, &parameters, &operation, &id, path)?;
            Ok(NormalizedOperation { server, ..operation })
        });
        match read {
            Ok(operation) => operations.push(operation),
            Err(problem) => problems.push(problem),
        }
    }
    let Named { mut components, type_names, mut diagnostics, problems: unnamed } = types.finish();
    problems.extend(unnamed);
    if !problems.is_empty() {
        return Ok(Err(problems));
    }
    results::make_optional(&operations, &mut components);
    notes.extend(unused_hosts(&root, operations.iter().filter_map(|operation| operation.server.as_ref())));
    diagnostics.extend(notes.into_iter().chain(left_out.notes));
    let diagnostics = diagnostics.into_iter().map(|diagnostic| document.locate(diagnostic)).collect();
    Ok(Ok(Normalized {
        components,
        type_names,
        resources: root::resources(&root)?,
        operations,
        reasons: root::reasons(&root)?,
        diagnostics,
    }))
}

/// An operation, with its path, its path item and its method.
type Found<'a> = (&'a str, Node<'a>, &'a str, Node<'a>);

/// Returns all operations, in document order.
fn found_operations<'a>(root: &Node<'a>) -> Result<Vec<Found<'a>>> {
    let mut found = Vec::new();
    for (path, item) in root.path_items()? {
        let item = item.follow()?;
        let operations = item.entries()?.into_iter().filter(|(key, _)| METHODS.contains(key));
        found.extend(operations.map(|(method, operation)| (path, item.clone(), method, operation)));
    }
    Ok(found)
}

/// Creates a problem that leaves out an operation, because the bindings can't express it.
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
    let Query { name: query, site: site_in_query, styles: query_styles, example: query_example } =
        query(types, operation, &location("query"), id)?;
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
            server: None,
            http: operation.key().to_uppercase(),
            path: path.to_owned(),
            resource: text("x-resource")?.or_else(|| first_tag.map(str::to_owned)),
            method: text("x-method")?,
            retry: text("x-retry")?,
            reasons: root::texts(operation, "x-error-reasons")?,
            summary: text("summary")?,
            description: text("description")?,
            deprecated: operation.flag_of("deprecated")?,
            path_arguments: path_arguments(types, operation, id, path, &location("path"), &mut arguments)?,
            headers: headers(types, &location("header"), &mut arguments)?,
            query,
            query_styles,
            body,
            files,
            format,
            output,
            site_slug: match (site_in_query, site_in_body) {
                (true, _) => SiteSlug::Query,
                (false, true) => SiteSlug::Body,
                (false, false) => SiteSlug::None,
            },
            example: CallExample { query: query_example, body: example::of_body(operation).cloned() },
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
        // The names of headers are case-insensitive.
        let key = if location == "header" { name.to_ascii_lowercase() } else { name.to_owned() };
        if seen.insert((location, key)) {
            merged.push(Parameter { location, name, node, item: item.pointer.clone() });
        }
    }
    Ok(merged)
}

/// The notes about the parameters that are left out.
#[derive(Debug, Default)]
struct LeftOut {
    notes: Vec<Diagnostic>,
    /// The index of each parameter's note, by the pointer to the parameter. Several operations can share a parameter.
    known: HashMap<String, usize>,
}

impl LeftOut {
    /// Returns the parameters of an operation without those that are left out.
    fn remove<'a>(&mut self, parameters: Vec<Parameter<'a>>, kind: Kind, id: &str) -> Result<Vec<Parameter<'a>>> {
        let mut kept = Vec::new();
        for parameter in parameters {
            let Some(note) = kind.left_out(&parameter.node, id)? else {
                kept.push(parameter);
                continue;
            };
            let note = note.part(&parameter.item);
            let index = *self.known.entry(parameter.node.pointer).or_insert(self.notes.len());
            match self.notes.get_mut(index) {
                Some(known) => known.add_parts(note),
                None => self.notes.push(note),
            }
        }
        Ok(kept)
    }
}

/// Reports a header or cookie parameter of a webhook, because webhook types contain only the fields of the form-encoded body.
fn unread(parameter: &Node<'_>, id: &str) -> Result<Option<Diagnostic>> {
    let (name, location) = (parameter.need("name")?.text()?, parameter.need("in")?);
    let place = location.text()?;
    if !["header", "cookie"].contains(&place) {
        return Ok(None);
    }
    let note = location.left_out(format!(
        "the {place} parameter `{name}` of `{id}` is left out: events contain only the body of a webhook"
    ));
    Ok(Some(note.help("if the parameter is needed, read it from the request")))
}

/// Derives the name of an operation without `operationId` from its method and the words in its path.
fn derived_id(method: &str, path: &str) -> String {
    let words: Vec<_> = path.split(['/', '{', '}']).filter(|word| !word.is_empty()).collect();
    format!("{method}_{}", names::snake(&words.join("_")))
}
