//! Names that two places of a document want: both get one, and the maintainer is told which of them got another.
//!
//! Nothing fails over a name. But `find_person_2` is no name to publish, and which of two operations has the better one depends
//! on their order; so every clash is a warning, with both places.

use std::collections::HashMap;

use crate::Diagnostic;
use crate::model::api::{Api, Operation};
use crate::model::names;
use crate::model::normalize::{Normalized, NormalizedOperation};
use crate::openapi::words;
use crate::source::document::{Document, child};

/// All clashes of names in a document, located.
///
/// ```
/// let document = codegen::load("a.yaml", br"
/// openapi: 3.0.3
/// info: {title: Shop, version: v2}
/// paths:
///   /person: {get: {operationId: findPerson, responses: {200: {description: Found.}}}}
///   /people: {get: {operationId: find_person, responses: {200: {description: Found.}}}}
/// ")?;
/// let normalized = codegen::normalize(&document)?;
/// let api = codegen::lower(&normalized);
/// let clashes = codegen::clashes(&document, &normalized, &api);
/// assert_eq!(clashes[0].line(), Some(6));
/// assert!(clashes[0].to_string().contains("find_person_2"));
/// # Ok::<(), codegen::Diagnostic>(())
/// ```
#[must_use]
pub fn clashes(document: &Document, normalized: &Normalized, api: &Api) -> Vec<Diagnostic> {
    let all = methods(normalized, api).into_iter().chain(operations(normalized));
    all.map(|error| document.locate(error)).collect()
}

fn place(path: &str, http: &str) -> String {
    child(&child("/paths", path), &http.to_lowercase())
}

fn shown(operation: &Operation) -> String {
    format!("{} {}", operation.http, operation.path)
}

/// Operations of one resource that want the same method.
fn methods(normalized: &Normalized, api: &Api) -> Vec<Diagnostic> {
    let about: HashMap<&str, &NormalizedOperation> =
        normalized.operations.iter().map(|operation| (operation.id.as_str(), operation)).collect();
    let mut clashes = Vec::new();
    for resource in &api.resources {
        for operation in &resource.operations {
            let wanted = about.get(operation.id.as_str()).and_then(|about| about.method.as_deref());
            let wanted = names::snake(wanted.unwrap_or(&operation.id));
            if operation.method == wanted {
                continue;
            }
            let pages = |other: &Operation| other.paging.as_ref().is_some_and(|paging| paging.method == wanted);
            let is_owner = |other: &&Operation| other.method == wanted || pages(other);
            let Some(owner) = resource.operations.iter().find(is_owner) else { continue };
            let message = format!(
                "the method `{}.{wanted}` is that of {}; {} is called `{}`",
                resource.module,
                shown(owner),
                shown(operation),
                operation.method
            );
            let error = Diagnostic::warning(message).at(place(&operation.path, &operation.http));
            clashes.push(error.help("give one of them another name by `x-method` in the overlay"));
        }
    }
    clashes
}

/// Operations of different resources whose types would begin alike.
fn operations(normalized: &Normalized) -> Vec<Diagnostic> {
    let mut first: HashMap<String, &NormalizedOperation> = HashMap::new();
    let mut clashes = Vec::new();
    for operation in &normalized.operations {
        let name = words::type_name(&words::words(&operation.id));
        match first.get(&name) {
            Some(owner) => {
                let message = format!(
                    "`{}` and `{}` are both `{name}` in Rust; the types of the second have a number in their names",
                    owner.id, operation.id
                );
                let error =
                    Diagnostic::warning(message).at(child(&place(&operation.path, &operation.http), "operationId"));
                let help = format!("name its types by `x-rust-name`; the first is {} {}", owner.http, owner.path);
                clashes.push(error.help(help));
            }
            None => {
                first.insert(name, operation);
            }
        }
    }
    clashes
}
