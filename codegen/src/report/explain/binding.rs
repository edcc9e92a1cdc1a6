//! What became of an operation in Rust, and who decided it: the overlay, the document, or a rule.

use std::collections::BTreeMap;

use super::{Action, Argument, Binding, Explained, Reasoned, Stages, records};
use crate::emit::{Module, emit};
use crate::model::api::{Api, Operation, Resource, Shape, TypeItem};
use crate::model::lower::lower;
use crate::model::normalize::Normalized;
use crate::model::types::types;
use crate::source::document::child;
use crate::{Diagnostic, Result};

/// The bindings of a complete description, as data.
#[derive(Debug)]
pub(crate) struct Bound {
    pub(crate) normalized: Normalized,
    pub(crate) api: Api,
    types: BTreeMap<String, TypeItem>,
}

impl Bound {
    pub(crate) fn new(normalized: Normalized) -> Result<Self> {
        let api = lower(&normalized);
        let types = types(&normalized)?.into_iter().map(|item| (item.name.clone(), item)).collect();
        Ok(Self { normalized, api, types })
    }

    pub(crate) fn type_item(&self, name: &str) -> Option<&TypeItem> {
        self.types.get(name)
    }

    /// The operation at a method and path, and its resource.
    pub(crate) fn operation(&self, http: &str, path: &str) -> Option<(&Resource, &Operation)> {
        self.operations().find(|(_, operation)| operation.http == http && operation.path == path)
    }

    /// All operations, each with its resource.
    pub(crate) fn operations(&self) -> impl Iterator<Item = (&Resource, &Operation)> {
        self.api.resources.iter().flat_map(|resource| resource.operations.iter().map(move |it| (resource, it)))
    }

    /// The modules in which the types and methods stand.
    fn modules(&self) -> Vec<(String, String)> {
        let text = |module: Module| (module.path, module.tokens.to_string());
        emit(&self.api, self.types.values().cloned().collect()).into_iter().map(text).collect()
    }
}

/// Tells what became of an operation.
pub(super) fn binding(stages: &Stages, bound: &Bound, explained: &Explained, actions: &[Action]) -> Result<Binding> {
    let Some((resource, operation)) = bound.operation(&explained.http, &explained.path) else {
        return Err(Diagnostic::error("the operation has no method in Rust").at(&explained.spot.pointer));
    };
    let said = Said { stages, actions, pointer: &explained.spot.pointer };
    let modules = bound.modules();
    let records = records::records(stages, bound, operation, &said, &modules)?;
    let mut files: Vec<String> = vec![file_of(&modules, &format!("fn {} ", operation.method), &resource.module)];
    files.extend(
        operation
            .query
            .iter()
            .map(String::as_str)
            .chain(operation.body.type_name())
            .map(|name| declared_in(&modules, name)),
    );
    files.extend(records.iter().map(|record| record.file.clone()));
    files.sort();
    files.dedup();
    files.retain(|file| !file.is_empty());
    let tag = match bound.normalized.operations.iter().find(|known| known.id == operation.id) {
        Some(known) if known.resource.is_some() => "the first tag of the operation",
        _ => "the operation has no tag",
    };
    let retry = match operation.http.as_str() {
        "GET" => "a GET changes nothing",
        _ => "only a GET may be sent twice unless the overlay says so",
    };
    Ok(Binding {
        resource: said.or(resource.module.clone(), "x-resource", tag),
        method: said.or(operation.method.clone(), "x-method", "the operationId"),
        retry: said.or(if operation.retry_safe { "safe" } else { "refused-only" }.to_owned(), "x-retry", retry),
        arguments: arguments(bound, operation),
        records,
        files,
    })
}

/// What the overlay says about one operation.
#[derive(Debug)]
pub(super) struct Said<'a> {
    stages: &'a Stages,
    actions: &'a [Action],
    pointer: &'a str,
}

impl Said<'_> {
    /// The lines of the overlay that changed a place, something in it, or something around it.
    pub(super) fn lines(&self, pointer: &str) -> Option<String> {
        let touches = |changed: &str| {
            let within = |one: &str, other: &str| {
                one.strip_prefix(other).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
            };
            within(changed, pointer) || within(pointer, changed)
        };
        let actions = self.actions.iter().filter(|action| action.changes.iter().any(|change| touches(&change.pointer)));
        let mut lines: Vec<String> = actions.filter_map(|action| Some(action.line?.to_string())).collect();
        lines.dedup();
        (!lines.is_empty()).then(|| format!("{}:{}", self.stages.overlay.name, lines.join(", ")))
    }

    /// A decision that an extension of the operation makes, and else a rule.
    fn or(&self, value: String, extension: &str, rule: &str) -> Reasoned {
        let place = child(self.pointer, extension);
        let why = match self.lines(&place) {
            Some(lines) => format!("`{extension}` of the overlay, {lines}"),
            None if self.stages.complete.document.value.pointer(&place).is_some() => {
                format!("`{extension}` of the document")
            }
            None => format!("by rule: {rule}"),
        };
        Reasoned { value, why }
    }
}

fn arguments(bound: &Bound, operation: &Operation) -> Vec<Argument> {
    let path = operation.path_arguments.iter().map(|argument| Argument {
        owner: "path".to_owned(),
        name: argument.name.clone(),
        ty: if argument.number { "i64" } else { "&str" }.to_owned(),
        required: true,
    });
    let inputs = operation.query.as_deref().into_iter().chain(operation.body.type_name());
    let mut arguments: Vec<Argument> = path.collect();
    for item in inputs.filter_map(|name| bound.type_item(name)) {
        match &item.shape {
            Shape::Record(record) => arguments.extend(record.fields.iter().map(|field| Argument {
                owner: item.name.clone(),
                name: field.name.clone(),
                ty: field.ty.to_string(),
                required: field.required,
            })),
            Shape::Tagged(tagged) => arguments.extend(tagged.variants.iter().map(|(variant, ty)| Argument {
                owner: item.name.clone(),
                name: variant.name.clone(),
                ty: ty.clone(),
                required: false,
            })),
            Shape::Enum(_) => {}
        }
    }
    arguments
}

/// The file that declares a type.
pub(super) fn declared_in(modules: &[(String, String)], name: &str) -> String {
    let declares = |kind: &str| {
        let found = file_of(modules, &format!("pub {kind} {name} "), "");
        (!found.is_empty()).then_some(found)
    };
    declares("struct").or_else(|| declares("enum")).unwrap_or_default()
}

/// The first file in a folder that has a text.
fn file_of(modules: &[(String, String)], text: &str, folder: &str) -> String {
    let found = modules.iter().find(|(path, tokens)| path.starts_with(folder) && tokens.contains(text));
    found.map(|(path, _)| path.clone()).unwrap_or_default()
}
