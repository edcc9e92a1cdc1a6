//! The response examples of the published document.

use std::error::Error;

use serde_json::{Map, Value};

/// A response example.
#[derive(Clone, Debug)]
pub struct Example {
    /// The `operationId` of the operation.
    pub operation: String,
    /// The `operationId`, the status and the name of the example in the document, separated by spaces.
    pub name: String,
    /// The response body.
    pub body: Value,
}

/// Returns all response examples of the transcribed document, in document order.
///
/// # Errors
///
/// Fails if the document can't be read.
pub fn published() -> Result<Vec<Example>, Box<dyn Error>> {
    let name = "spec/published/v2.yaml";
    let document = codegen::load(name, &std::fs::read(crate::workspace::workspace().join(name))?)?;
    let mut examples = Vec::new();
    for operation in members(&document.value["paths"]).flat_map(|(_, path)| members(path)).map(|(_, value)| value) {
        let Some(id) = operation["operationId"].as_str() else {
            continue;
        };
        for (status, response) in members(&operation["responses"]) {
            for media_type in members(&response["content"]).map(|(_, value)| value) {
                let single = media_type.get("example").map(|body| ("", body));
                let named = members(&media_type["examples"]).map(|(name, example)| (name.as_str(), &example["value"]));
                for (name, body) in single.into_iter().chain(named) {
                    let name = format!("{id} {status} {name}").trim_end().to_owned();
                    examples.push(Example { operation: id.to_owned(), name, body: body.clone() });
                }
            }
        }
    }
    Ok(examples)
}

fn members(value: &Value) -> impl Iterator<Item = (&String, &Value)> {
    value.as_object().into_iter().flat_map(Map::iter)
}
