//! Warns about operations whose Rust names collide.
//!
//! Generation succeeds, since the second operation gets a name with a number, such as `find_person_2`. However, such a name
//! should not be published, because it depends on the order of the operations.

use std::collections::HashMap;

use crate::Diagnostic;
use crate::model::api::{Api, Operation};
use crate::model::names;
use crate::model::normalize::{Normalized, NormalizedOperation};
use crate::openapi::words;
use crate::source::document::{Document, child};

/// Finds operations with colliding names.
///
/// ```
/// let document = codegen::load("a.yaml", br"
/// openapi: 3.0.3
/// info: {title: Shop, version: v2}
/// paths:
///   /person: {get: {operationId: findPerson, responses: {200: {description: Found.}}}}
///   /people: {get: {operationId: find_person, responses: {200: {description: Found.}}}}
/// ")?;
/// let normalized = codegen::normalize(&mut document.clone())?;
/// let api = codegen::lower(&normalized);
/// let warnings = codegen::name_collisions(&document, &normalized, &api);
/// assert_eq!(warnings[0].line(), Some(6));
/// assert!(warnings[0].to_string().contains("find_person_2"));
/// # Ok::<(), codegen::Diagnostic>(())
/// ```
#[must_use]
pub fn name_collisions(document: &Document, normalized: &Normalized, api: &Api) -> Vec<Diagnostic> {
    let all = methods(normalized, api).into_iter().chain(operations(normalized));
    all.map(|error| document.locate(error)).collect()
}

fn shown(operation: &Operation) -> String {
    format!("{} {}", operation.http, operation.path)
}

/// Finds operations of one resource that would have the same method name.
fn methods(normalized: &Normalized, api: &Api) -> Vec<Diagnostic> {
    let by_id: HashMap<&str, &NormalizedOperation> =
        normalized.operations.iter().map(|operation| (operation.id.as_str(), operation)).collect();
    let mut warnings = Vec::new();
    for resource in &api.resources {
        for operation in &resource.operations {
            let Some(normalized) = by_id.get(operation.id.as_str()) else { continue };
            let wanted = names::snake(normalized.method.as_deref().unwrap_or(&operation.id));
            if operation.method == wanted {
                continue;
            }
            let pages = |other: &Operation| other.paging.as_ref().is_some_and(|paging| paging.method == wanted);
            let is_owner = |other: &&Operation| other.method == wanted || pages(other);
            let Some(owner) = resource.operations.iter().find(is_owner) else { continue };
            let message = format!(
                "the method `{}.{wanted}` belongs to {}; {} becomes `{}`",
                resource.module,
                shown(owner),
                shown(operation),
                operation.method
            );
            let warning = Diagnostic::warning(message).at(normalized.pointer());
            warnings.push(warning.help("rename one of the methods with `x-method` in the overlay"));
        }
    }
    warnings
}

/// Finds operations whose types would have the same prefix.
fn operations(normalized: &Normalized) -> Vec<Diagnostic> {
    let mut first: HashMap<String, &NormalizedOperation> = HashMap::new();
    let mut warnings = Vec::new();
    for operation in &normalized.operations {
        let name = words::type_name(&words::words(&operation.id));
        match first.get(&name) {
            Some(owner) => {
                let message = format!(
                    "`{}` and `{}` both become `{name}` in Rust; the types of the second operation get a number",
                    owner.id, operation.id
                );
                let warning = Diagnostic::warning(message).at(child(&operation.pointer(), "operationId"));
                let help = format!(
                    "name the types of one operation with `x-rust-name`; the first operation is {} {}",
                    owner.http, owner.path
                );
                warnings.push(warning.help(help));
            }
            None => {
                first.insert(name, operation);
            }
        }
    }
    warnings
}
