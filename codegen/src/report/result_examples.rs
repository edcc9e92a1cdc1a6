//! Finds the examples of results in an API document.

use serde_json::Value;

use crate::describe::{DocumentKind, Inputs};
use crate::model::api::{Envelope, Operation};
use crate::openapi::node::Node;
use crate::openapi::responses::{json_successes, success_examples};
use crate::pipeline::Progress;
use crate::source::large_stack::on_large_stack;
use crate::{Document, Result};

/// An example of a successful JSON response.
#[derive(Clone, Debug, PartialEq)]
pub struct ResultExample {
    /// The operationId.
    pub operation: String,
    /// The name of the result type.
    pub result: String,
    /// The envelope around the result.
    pub envelope: Envelope,
    /// The pointer to the example.
    pub pointer: String,
    /// The response, including its envelope.
    pub value: Value,
}

/// Returns the examples of all results in the repaired API document. Skips examples of errors, and operations whose result type
/// depends on the status.
///
/// # Errors
///
/// Returns an error if a document is invalid, in the same cases as [`generate`](crate::generate).
pub fn result_examples(inputs: &Inputs<'_>) -> Result<Vec<ResultExample>> {
    on_large_stack(|| {
        let mut progress = Progress::new(inputs, DocumentKind::Api);
        progress.run("load", "repair")?;
        let repaired = progress.described.document.clone();
        progress.run("infer", "lower")?;
        let operations = progress.api.operations();
        Ok(operations.flat_map(|(_, operation)| of_operation(&repaired, operation)).collect())
    })
}

fn of_operation(document: &Document, operation: &Operation) -> Vec<ResultExample> {
    let Some(envelope) = operation.output.envelope() else { return Vec::new() };
    let method = operation.http.to_lowercase();
    let node = Node::root(&document.value).get("paths").and_then(|paths| paths.get(&operation.path));
    let node = node.and_then(|item| item.follow().ok()?.get(&method));
    let media = node.map(|node| json_successes(&node)).unwrap_or_default();
    media
        .iter()
        .flat_map(success_examples)
        .map(|example| ResultExample {
            operation: operation.id.clone(),
            result: operation.output.name.clone(),
            envelope,
            value: example.value.clone(),
            pointer: example.pointer,
        })
        .collect()
}
