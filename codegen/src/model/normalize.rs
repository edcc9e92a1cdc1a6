//! From the complete description to the same in few forms, typed by `openapiv3`: references followed, parameters merged,
//! the envelope and the name of the site taken out, and every object and enum under a name of its own.

use std::collections::BTreeSet;

use openapiv3::OpenAPI;
use serde_json::{Map, Value, json};

use crate::model::api::{Body, Envelope, Output, PathArgument, SiteSlug};
use crate::model::bodies;
use crate::model::name_types::{Hoist, Hoisted};
use crate::model::names;
use crate::openapi::node::Node;
use crate::openapi::schema::Kind;
use crate::openapi::validate::{self, validate};
use crate::openapi::walk::METHODS;
use crate::source::large_stack::on_large_stack;
use crate::{Diagnostic, Document, Result};

/// A description in the few forms that the later stages read.
#[derive(Clone, Debug)]
pub struct Normalized {
    /// The named schemas and the tags; it has no paths.
    pub openapi: OpenAPI,
    /// In the order of the document.
    pub operations: Vec<NormalizedOperation>,
    /// Names that could not be given, schemas that become untyped JSON, and parameters that are left out.
    pub diagnostics: Vec<Diagnostic>,
}

/// An operation in the forms of [`Normalized`].
#[derive(Clone, Debug)]
pub struct NormalizedOperation {
    /// The operationId, or the name that a rule gives instead.
    pub id: String,
    /// The HTTP method, in capitals.
    pub http: String,
    /// The path with its placeholders.
    pub path: String,
    /// Tags, words and extensions; parameters, body and responses are below instead.
    pub about: openapiv3::Operation,
    /// The arguments in the path, in the order of the path.
    pub path_arguments: Vec<PathArgument>,
    /// The name of the schema of the query.
    pub query: Option<String>,
    /// What is sent as body.
    pub body: Body,
    /// What comes back.
    pub output: Output,
    /// Where the site is named.
    pub site_slug: SiteSlug,
}

/// Brings a complete description into the forms that the later stages read.
///
/// # Errors
///
/// Whatever makes a description unreadable or ambiguous, with its place in the document.
pub fn normalize(document: &Document) -> Result<Normalized> {
    located(document, unsent)
}

/// The same for the description of the webhooks, where the vendor sends and the site answers.
///
/// # Errors
///
/// As [`normalize`].
pub fn normalize_webhooks(document: &Document) -> Result<Normalized> {
    located(document, unread)
}

/// What there is to say of a parameter of an operation.
type Unused = fn(&Node<'_>, &str) -> Result<Option<Diagnostic>>;

fn located(document: &Document, unused: Unused) -> Result<Normalized> {
    validate(document).and_then(|()| normalized(document, unused)).map_err(|error| document.locate(error))
}

fn normalized(document: &Document, unused: Unused) -> Result<Normalized> {
    let root = Node::root(&document.value);
    let mut hoist = Hoist::new(&root)?;
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
    let (mut operations, mut left_out, mut told) = (Vec::new(), Vec::new(), BTreeSet::new());
    for (path, item, method, operation) in found {
        let id = match operation.text_of("operationId")? {
            Some(id) => id.to_owned(),
            None => ids.give(&derived_id(method, path)),
        };
        let parameters = merged_parameters(&item, &operation)?;
        for parameter in &parameters {
            left_out.extend(unused(parameter, &id)?.filter(|_| told.insert(parameter.pointer.clone())));
        }
        operations.push(self::operation(&mut hoist, &parameters, &operation, id, path)?);
    }
    let Hoisted { mut components, mut diagnostics } = hoist.finish()?;
    diagnostics.extend(left_out);
    let diagnostics = diagnostics.into_iter().map(|diagnostic| document.locate(diagnostic)).collect();
    for operation in operations.iter().filter(|operation| operation.output.envelope == Envelope::OrDefault) {
        // Where the whole result may be missing, so may each of its fields.
        if let Some(component) = components.get_mut(&operation.output.name).and_then(Value::as_object_mut) {
            component.insert("required".to_owned(), json!([]));
        }
    }
    Ok(Normalized { openapi: typed(&root, components)?, operations, diagnostics })
}

fn operation<'a>(
    hoist: &mut Hoist<'a>,
    parameters: &[Node<'a>],
    operation: &Node<'a>,
    id: String,
    path: &str,
) -> Result<NormalizedOperation> {
    let in_place = |wanted: &str| {
        let is = |place: &&Node<'a>| place.value.get("in").and_then(Value::as_str) == Some(wanted);
        parameters.iter().filter(is).cloned().collect::<Vec<_>>()
    };
    let (query, site_in_query) = bodies::query(hoist, operation, &in_place("query"), &id)?;
    let (body, site_in_body) = bodies::request(hoist, operation, &id)?;
    let output = bodies::answer(hoist, operation, &id)?;
    Ok(NormalizedOperation {
        http: operation.key().to_uppercase(),
        path: path.to_owned(),
        about: about(operation)?,
        path_arguments: path_arguments(hoist, path, &in_place("path"))?,
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

/// The parameters of an operation and of its path; the operation's own win.
fn merged_parameters<'a>(item: &Node<'a>, operation: &Node<'a>) -> Result<Vec<Node<'a>>> {
    let mut merged: Vec<Node<'a>> = Vec::new();
    let mut seen = BTreeSet::new();
    for place in operation.items_of("parameters")?.iter().chain(&item.items_of("parameters")?) {
        let place = place.follow()?;
        if seen.insert((place.need("in")?.text()?, place.need("name")?.text()?)) {
            merged.push(place);
        }
    }
    Ok(merged)
}

/// What there is to say of a parameter that no call sends: one in a header or a cookie.
fn unsent(parameter: &Node<'_>, id: &str) -> Result<Option<Diagnostic>> {
    /// The headers that OpenAPI describes elsewhere; a parameter of that name is to be ignored.
    const ELSEWHERE: [&str; 3] = ["accept", "authorization", "content-type"];
    let Some((name, place, location)) = aside(parameter)? else { return Ok(None) };
    let ignored = place == "header" && ELSEWHERE.contains(&name.to_ascii_lowercase().as_str());
    if parameter.flag_of("required")? && !ignored {
        let error =
            location.error(format!("`{id}` requires the parameter `{name}` in the {place}, and no call sends it"));
        return Err(error.help("if the call works without it, remove the parameter by an overlay action"));
    }
    let error = location.left_out(format!("the parameter `{name}` is left out: no call sends it in the {place}"));
    Ok(Some(error.help("if it is needed, let the runtime send it")))
}

/// The name of a parameter in a header or a cookie, which of the two that is, and where it says so; none if it is elsewhere.
fn aside<'a>(parameter: &Node<'a>) -> Result<Option<(&'a str, &'a str, Node<'a>)>> {
    let (name, location) = (parameter.need("name")?.text()?, parameter.need("in")?);
    let place = location.text()?;
    Ok(["header", "cookie"].contains(&place).then_some((name, place, location)))
}

/// What there is to say of a parameter of a webhook that is in a header or a cookie: its type has what the form holds.
fn unread(parameter: &Node<'_>, id: &str) -> Result<Option<Diagnostic>> {
    let Some((name, place, location)) = aside(parameter)? else { return Ok(None) };
    let error =
        location.left_out(format!("the parameter `{name}` in the {place} of `{id}` is left out: no event has it"));
    Ok(Some(error.help("if it is needed, read it from the request")))
}

fn path_arguments<'a>(hoist: &mut Hoist<'a>, path: &str, parameters: &[Node<'a>]) -> Result<Vec<PathArgument>> {
    let mut names = names::Names::arguments();
    let mut arguments = Vec::new();
    for placeholder in validate::placeholders(path).map_err(Diagnostic::error)? {
        let parameter = parameters.iter().find(|place| place.value.get("name") == Some(&json!(placeholder)));
        let (mut number, mut doc) = (false, None);
        if let Some(parameter) = parameter {
            let schema = hoist.resolved(&parameter.need("schema")?)?;
            number = matches!(*hoist.kind(&schema)?, Kind::Scalar("integer"));
            doc = parameter.text_of("description")?.or(schema.text_of("description")?).map(str::to_owned);
        }
        arguments.push(PathArgument { name: names.give(&names::snake(&placeholder)), number, doc });
    }
    Ok(arguments)
}

/// What an operation says about itself, as `openapiv3` models it.
fn about(operation: &Node<'_>) -> Result<openapiv3::Operation> {
    let words = ["tags", "summary", "description", "deprecated"];
    let said = operation.object()?.iter().filter(|(key, _)| words.contains(&key.as_str()) || key.starts_with("x-"));
    let mut about: Map<String, Value> = said.map(|(key, value)| (key.clone(), value.clone())).collect();
    about.insert("responses".to_owned(), json!({}));
    serde_json::from_value(Value::Object(about)).map_err(|error| operation.error(error.to_string()))
}

/// The components as `openapiv3` models them.
fn typed(root: &Node<'_>, components: Map<String, Value>) -> Result<OpenAPI> {
    let mut tags = Vec::new();
    // What is said of a resource by its own name comes before what a tag of that name says.
    for (name, resource) in
        root.get("x-resources").map(|resources| resources.entries()).transpose()?.unwrap_or_default()
    {
        tags.push(json!({"name": name, "description": resource.text_of("description")?}));
    }
    for tag in root.items_of("tags")? {
        tags.push(json!({"name": tag.need("name")?.text()?, "description": tag.text_of("description")?}));
    }
    let title = root.get("info").and_then(|info| info.text_of("title").ok().flatten()).unwrap_or_default();
    let openapi = json!({
        "openapi": "3.0.3",
        "info": {"title": title, "version": ""},
        "tags": tags,
        "paths": {},
        "components": {"schemas": components},
    });
    let typed = on_large_stack(|| serde_json::from_value(openapi).map_err(|error| error.to_string()));
    typed.map_err(|error| root.error(format!("the schemas are not OpenAPI's: {error}")))
}

/// The name of an operation that has none: what its method does, and to which part of the path.
fn derived_id(method: &str, path: &str) -> String {
    let words: Vec<_> = path.split(['/', '{', '}']).filter(|word| !word.is_empty()).collect();
    format!("{method}_{}", names::snake(&words.join("_")))
}
