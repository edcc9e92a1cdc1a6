//! The fields of a response, and why each is required or may be missing.

use std::collections::{BTreeSet, VecDeque};

use super::binding::{Bound, Said, declared_in};
use super::{FieldReason, RecordType, Stages};
use crate::Result;
use crate::describe::infer::REQUIRED;
use crate::describe::infer::shape;
use crate::model::api::{self, Envelope, Operation, Shape, Type};
use crate::openapi::node::Node;
use crate::openapi::schema::{Kind, kind, resolved};
use crate::source::document::child;

/// The types of an operation's response, the result first, each once.
pub(super) fn records(
    stages: &Stages,
    bound: &Bound,
    operation: &Operation,
    said: &Said<'_>,
    modules: &[(String, String)],
) -> Result<Vec<RecordType>> {
    let root = Node::root(&stages.complete.document.value);
    let mut waiting = VecDeque::new();
    if let Some(place) = result(&root, operation)? {
        waiting.push_back((operation.output.name.clone(), place));
    }
    let (mut seen, mut found) = (BTreeSet::new(), Vec::new());
    while let Some((name, place)) = waiting.pop_front() {
        if !seen.insert(name.clone()) {
            continue;
        }
        let Some(Shape::Record(record)) = bound.type_item(&name).map(|item| &item.shape) else { continue };
        let place = resolved(&place)?;
        let optional = operation.output.envelope == Envelope::OrDefault && name == operation.output.name;
        let owner = Owner { stages, said, pointer: &place.pointer, optional };
        let mut fields = Vec::new();
        for field in &record.fields {
            // What is a type of its own only in Rust stands in the place of its only field.
            let inner = match kind(&place)? {
                Kind::Record(schema) if !record.transparent => schema.property(&field.wire).cloned(),
                _ => Some(place.clone()).filter(|_| record.transparent),
            };
            fields.push(reason(field, &owner)?);
            if let (Some(inner), Some(ty)) = (inner, named(&field.ty)) {
                waiting.push_back((ty.to_owned(), content(&inner)?));
            }
        }
        let file = declared_in(modules, &name);
        found.push(RecordType { name, pointer: place.pointer.clone(), file, fields });
    }
    Ok(found)
}

/// The schema of what a call yields.
fn result<'a>(root: &Node<'a>, operation: &Operation) -> Result<Option<Node<'a>>> {
    let item = root.need("paths")?.need(&operation.path)?.follow()?;
    let responses = item.need(&operation.http.to_lowercase())?.need("responses")?;
    for (_, response) in responses.entries()?.into_iter().filter(|(status, _)| status.starts_with('2')) {
        for (media_type, media) in response.follow()?.entries_of("content")? {
            let Some(schema) = media.get("schema").filter(|_| media_type.contains("json")) else { continue };
            if operation.output.envelope == Envelope::Bare {
                return Ok(Some(schema));
            }
            if let Kind::Record(record) = kind(&resolved(&schema)?)? {
                return Ok(record.property("result").cloned());
            }
        }
    }
    Ok(None)
}

/// The named type in a type.
fn named(ty: &Type) -> Option<&str> {
    match ty {
        Type::Named(name) => Some(name),
        Type::List(inner) | Type::Map(inner) | Type::Boxed(inner) | Type::Optional(inner) => named(inner),
        _ => None,
    }
}

/// What a schema holds, inside lists and maps.
fn content<'a>(place: &Node<'a>) -> Result<Node<'a>> {
    let mut here = resolved(place)?;
    while let Kind::List(inner) | Kind::Map(Some(inner)) = kind(&here)? {
        here = resolved(&inner)?;
    }
    Ok(here)
}

/// The record whose fields are looked at.
struct Owner<'a> {
    stages: &'a Stages,
    said: &'a Said<'a>,
    pointer: &'a str,
    /// Whether all of it may be missing.
    optional: bool,
}

impl Owner<'_> {
    /// Whether a field is required in a document.
    fn requires(&self, document: &serde_json::Value, key: &str) -> Result<bool> {
        let mut place = Node::root(document);
        for step in self.pointer.split('/').skip(1) {
            let step = step.replace("~1", "/").replace("~0", "~");
            let index = step.parse::<usize>().ok().filter(|_| place.value.is_array());
            let next = match index {
                Some(index) => place.items()?.into_iter().nth(index),
                None => place.get(&step),
            };
            let Some(next) = next else { return Ok(false) };
            place = next;
        }
        Ok(matches!(kind(&place)?, Kind::Record(record) if record.required.contains(&key)))
    }

    /// The field as the examples show it, if the record was inferred.
    fn seen(&self, key: &str) -> Option<&shape::Field> {
        self.inferred()?.fields.get(key)
    }

    fn inferred(&self) -> Option<&shape::Record> {
        let name = self.pointer.strip_prefix("/components/schemas/")?;
        self.stages.learned.records.types.get(name)
    }
}

fn reason(field: &api::Field, owner: &Owner<'_>) -> Result<FieldReason> {
    let optional = !field.required || field.nullable;
    let ty = if optional { format!("Option<{}>", field.ty) } else { field.ty.to_string() };
    let before = owner.requires(&owner.stages.inferred.value, &field.wire)?;
    let after = owner.requires(&owner.stages.complete.document.value, &field.wire)?;
    let overlay = |what: &str| {
        let place = format!("{}/required", owner.pointer);
        let field = child(&format!("{}/properties", owner.pointer), &field.wire);
        let lines = owner.said.lines(&place).or_else(|| owner.said.lines(&field));
        format!("the overlay {what}{}", lines.map(|lines| format!(", {lines}")).unwrap_or_default())
    };
    let why = match (before, after) {
        _ if field.flatten => vec!["holds the fields that the document doesn't know".to_owned()],
        (false, true) => vec![overlay("requires it")],
        (true, false) => vec![overlay("doesn't require it")],
        (true, true) if owner.optional => vec!["the whole result may be missing".to_owned()],
        (true, true) => vec![required_by(field, owner)],
        (false, false) => optional_by(field, owner, &overlay),
    };
    Ok(FieldReason { wire: field.wire.clone(), ty, required: !optional, why })
}

fn required_by(field: &api::Field, owner: &Owner<'_>) -> String {
    match owner.seen(&field.wire) {
        None => "the document requires it",
        Some(_) if REQUIRED.contains(&field.wire.as_str()) => "an identity by rule, and in every example",
        Some(_) => "the only object of the result, and in every example",
    }
    .to_owned()
}

fn optional_by(field: &api::Field, owner: &Owner<'_>, overlay: &dyn Fn(&str) -> String) -> Vec<String> {
    let Some(seen) = owner.seen(&field.wire) else {
        return match owner.inferred() {
            Some(_) => vec![overlay("added it and doesn't require it")],
            None if field.nullable => vec!["the document says that it may be null".to_owned()],
            None => vec!["the document doesn't require it".to_owned()],
        };
    };
    let mut why = Vec::new();
    if seen.optional {
        why.push("absent in an example".to_owned());
    }
    if seen.shape.nullable {
        why.push("null in an example".to_owned());
    }
    if field.nullable && !seen.shape.nullable {
        why.push(overlay("says that it may be null"));
    }
    if !REQUIRED.contains(&field.wire.as_str()) {
        why.push("not an identity, by rule".to_owned());
    }
    why
}
