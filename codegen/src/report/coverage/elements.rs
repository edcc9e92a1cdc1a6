//! Reads the operations of a document, and looks up each of their elements in the bindings.

use std::collections::{BTreeSet, HashMap, HashSet};

use super::fields::{Context, Elements};
use super::places::{Found, Lookup, Place};
use super::reasons::Reasons;
use super::samples::samples;
use super::{Element, ElementKind, Usage};
use crate::Result;
use crate::model::api::{Header, HeaderSource, Operation, OutputKind, Resource};
use crate::openapi::media_type::{self, json_of_response, of_request};
use crate::openapi::node::Node;
use crate::openapi::parameters::schema_of;
use crate::openapi::reach::Reach;
use crate::openapi::responses::{examples, is_error};
use crate::openapi::walk::METHODS;
use crate::report::stages::Stages;
use crate::source::document::child;

/// Collects the elements of a published document.
pub(super) struct Reader<'a> {
    elements: Elements<'a>,
    root: Node<'a>,
    /// The operations in the bindings, by method and path.
    bound: HashMap<(&'a str, &'a str), (&'a Resource, &'a Operation)>,
    /// The pointers to response media types that have no schema, and the pointers to their examples, from which schemas are
    /// inferred.
    read: HashSet<String>,
}

/// The operation that is being read.
struct Current<'a> {
    node: Node<'a>,
    bound: &'a Operation,
    owner: String,
}

/// Returns all elements of a document.
pub(super) fn elements(stages: &Stages) -> Result<Vec<Element>> {
    let bound = stages.bindings.api.operations();
    let bound = bound.map(|(resource, it)| ((it.http.as_str(), it.path.as_str()), (resource, it))).collect();
    let mut reader = Reader {
        elements: Elements::new(stages, Reasons::new(stages)?),
        root: Node::root(&stages.repaired.document.value),
        bound,
        read: HashSet::new(),
    };
    let operations = reader.operations();
    for (pointer, usage) in samples(reader.root.value, &reader.read, &reader.elements.reasons) {
        reader.elements.add(ElementKind::Example, &pointer, "", "", usage);
    }
    reader.components(operations);
    Ok(reader.elements.finish())
}

impl<'a> Reader<'a> {
    fn is_webhooks(&self) -> bool {
        self.elements.bindings().is_webhooks()
    }

    fn lookup(&self, data: bool) -> Lookup<'a> {
        Lookup { bindings: self.elements.bindings(), data }
    }

    /// Reads all operations, and returns the pointers to them and to the parameters of their paths.
    fn operations(&mut self) -> Vec<String> {
        let mut pointers = Vec::new();
        for (path, place) in self.root.path_items().unwrap_or_default() {
            let Ok(item) = place.follow() else { continue };
            let operations = item.entries().unwrap_or_default();
            for (method, node) in operations.into_iter().filter(|(key, _)| METHODS.contains(key)) {
                pointers.extend([node.pointer.clone(), child(&item.pointer, "parameters")]);
                self.operation(path, method, &item, node);
            }
        }
        pointers
    }

    fn operation(&mut self, path: &'a str, method: &str, item: &Node<'a>, node: Node<'a>) {
        let http = method.to_uppercase();
        let id = node.text_of("operationId").ok().flatten();
        let owner = id.map_or_else(|| format!("{http} {path}"), str::to_owned);
        let kind = if self.is_webhooks() { ElementKind::Webhook } else { ElementKind::Operation };
        let bound = self.bound.get(&(http.as_str(), path)).copied().and_then(|(resource, bound)| {
            let event = self.elements.bindings().events.iter().find(|event| event.id == bound.id);
            match (self.is_webhooks(), event) {
                (true, event) => Some((bound, format!("webhook::Event::{}", event?.variant))),
                (false, _) => Some((bound, format!("client.{}().{}", resource.module, bound.method))),
            }
        });
        let Some((bound, used)) = bound else {
            let usage = self.elements.missing(&node.pointer);
            return self.elements.add(kind, &node.pointer, &owner, "", usage);
        };
        self.elements.add(kind, &node.pointer, &owner, "", Usage::Used(used));
        let current = Current { node, bound, owner };
        self.parameters(item, &current);
        self.request(&current);
        self.responses(&current);
    }

    fn parameters(&mut self, item: &Node<'a>, current: &Current<'a>) {
        let mut seen = BTreeSet::new();
        let places = [&current.node, item].map(|owner| owner.parameters().unwrap_or_default());
        for place in places.into_iter().flatten() {
            let head = place.follow().and_then(|node| Ok((node.need("name")?.text()?, node.need("in")?.text()?, node)));
            let (name, found, schema) = match &head {
                Ok((name, location, node)) => {
                    (*name, self.parameter(name, location, current), schema_of(node).ok().flatten())
                }
                Err(_) => ("", None, None),
            };
            let is_overridden = head.is_ok_and(|(name, location, _)| !seen.insert((location, name)));
            let usage = match (&found, is_overridden) {
                (_, true) => Usage::LeftOut("another declaration of the parameter has precedence".to_owned()),
                (Some(Ok(found)), _) => Usage::Used(found.used.clone()),
                (Some(Err(reason)), _) => Usage::LeftOut(reason.clone()),
                (None, _) => self.elements.missing(&place.pointer),
            };
            if let (Some(Ok(found)), Some(schema), Usage::Used(_)) = (found, schema, &usage)
                && !found.places.is_empty()
            {
                let context =
                    Context { kind: ElementKind::Parameter, owner: &current.owner, prefix: &format!("{name}.") };
                self.elements.schema(schema, found.places, context);
            }
            self.elements.add(ElementKind::Parameter, &place.pointer, &current.owner, name, usage);
        }
    }

    /// Finds a parameter in the bindings. The error is the reason for which it is left out.
    fn parameter(&self, name: &str, location: &str, current: &Current<'a>) -> Option<Result<Found<'a>, String>> {
        match location {
            "path" if current.bound.path.contains(&format!("{{{name}}}")) => {
                Some(Ok(Found { used: "a method argument".to_owned(), ..Found::default() }))
            }
            "query" => self.lookup(false).query(current.bound, name).map(Ok),
            "header" | "cookie" if self.is_webhooks() => {
                Some(Err(format!("webhook events have no {location} parameters")))
            }
            "header" => {
                let is_same = |header: &&Header| header.name.eq_ignore_ascii_case(name);
                let used = match current.bound.headers.iter().find(is_same)?.source {
                    HeaderSource::Argument { .. } => "a method argument",
                    HeaderSource::Constant(_) => "sent by the client",
                    HeaderSource::Optional => "Call::header",
                };
                Some(Ok(Found { used: used.to_owned(), ..Found::default() }))
            }
            _ => None,
        }
    }

    fn request(&mut self, current: &Current<'a>) {
        let body = current.node.get("requestBody").and_then(|body| body.follow().ok());
        let content = body.map(|body| media_type::content(&body).unwrap_or_default()).unwrap_or_default();
        let read = of_request(&content).map(|(index, _)| index);
        for (index, (name, media)) in content.iter().enumerate() {
            if read != Some(index) {
                let usage = Usage::LeftOut("the body is sent as another media type".to_owned());
                self.elements.add(ElementKind::RequestField, &media.pointer, &current.owner, name, usage);
            } else if let Some(schema) = media.get("schema") {
                let context = Context { kind: ElementKind::RequestField, owner: &current.owner, prefix: "" };
                self.elements.schema(schema, vec![Place::Request(current.bound)], context);
            }
        }
    }

    fn responses(&mut self, current: &Current<'a>) {
        let responses = current.node.get("responses");
        let mut responses = responses.map(|node| node.entries().unwrap_or_default()).unwrap_or_default();
        responses.retain(|(status, _)| !status.starts_with("x-"));
        let is_only = responses.len() == 1;
        let kind = current.bound.output.kind;
        for (status, response) in responses {
            let is_redirect = kind == OutputKind::Redirect && status.starts_with('3');
            let success = status.starts_with('2') || (is_only && status == "default") || is_redirect;
            let content = response.follow().and_then(|response| media_type::content(&response)).unwrap_or_default();
            let is_json = !is_redirect && !["204", "205"].contains(&status);
            let read = json_of_response(&content).filter(|_| is_json);
            let usage = match (success, read) {
                (true, _) if is_redirect || (kind == OutputKind::Download && !content.is_empty()) => {
                    Usage::Used(current.bound.output.name.clone())
                }
                (false, _) => Usage::LeftOut("error responses have no types; `ApiError` contains the body".to_owned()),
                (true, Some(_)) => Usage::Used(current.bound.output.name.clone()),
                (true, None) if content.is_empty() => Usage::Used("the response has no body".to_owned()),
                (true, None) if ["204", "205"].contains(&status) => {
                    Usage::LeftOut("responses with this status have no body".to_owned())
                }
                (true, None) => self.elements.missing(&response.pointer),
            };
            self.elements.add(ElementKind::Response, &response.pointer, &current.owner, status, usage);
            for (index, (name, media)) in content.iter().enumerate() {
                if Some(index) == read {
                    self.response(status, success, media, current);
                } else if read.is_some() {
                    let (shown, reason) = (format!("{status} {name}"), "another media type of the response is read");
                    let usage = Usage::LeftOut(reason.to_owned());
                    self.elements.add(ElementKind::Response, &media.pointer, &current.owner, &shown, usage);
                }
            }
        }
    }

    /// Reads the media type of a response.
    fn response(&mut self, status: &str, success: bool, media: &Node<'a>, current: &Current<'a>) {
        let prefix = format!("{status} ");
        let context = Context { kind: ElementKind::ResponseField, owner: &current.owner, prefix: &prefix };
        let places = |lookup: Lookup<'a>, success: bool| {
            if success { lookup.response(current.bound, status) } else { vec![Place::Error] }
        };
        if let Some(schema) = media.get("schema") {
            return self.elements.schema(schema, places(self.lookup(false), success), context);
        }
        self.read.insert(media.pointer.clone());
        for example in examples(media) {
            let is_error = is_error(example.value);
            let places = places(self.lookup(true), success && !is_error);
            // The examples of a response shared by several operations are looked up only once.
            if self.read.insert(example.pointer.clone()) {
                self.elements.example(&example, child(&media.pointer, "schema"), places, context);
            }
        }
    }

    /// Lists the components to which no operation refers.
    fn components(&mut self, operations: Vec<String>) {
        let mut reach = Reach::default();
        let mut waiting = operations;
        while !waiting.is_empty() {
            reach.extend(self.root.value, waiting);
            // A base has no references to its subtypes, so they are added separately.
            let reached = self.elements.subtypes.iter().filter(|(base, _)| reach.0.contains(*base));
            let subtypes = reached.flat_map(|(_, subtypes)| subtypes).map(|subtype| subtype.pointer.clone());
            waiting = subtypes.filter(|subtype| !reach.0.contains(subtype)).collect();
        }
        let sections = self.root.get("components").and_then(|components| components.entries().ok()).unwrap_or_default();
        for (section, components) in sections.into_iter().filter(|(section, _)| *section != "securitySchemes") {
            for (name, place) in components.entries().unwrap_or_default() {
                if !reach.0.contains(&place.pointer) {
                    let usage = Usage::LeftOut("no operation refers to the component".to_owned());
                    self.elements.add(ElementKind::Component, &place.pointer, section, name, usage);
                }
            }
        }
    }
}
