//! The API description, `spec/talkable.yaml`, parsed once per process.

use std::sync::LazyLock;

use axum::http::{Method, StatusCode};
use serde_json::Value;

use crate::validation::RequestRules;
use responses::ResponseSchemas;

mod responses;

const TEXT: &str = include_str!("../../spec/talkable.yaml");

pub(crate) static DESCRIPTION: LazyLock<Description> = LazyLock::new(parse);

pub(crate) struct Description {
    pub(crate) document: Value,
    pub(crate) operations: Vec<Operation>,
}

pub(crate) struct Operation {
    pub(crate) id: String,
    pub(crate) method: Method,
    /// The path, with parameters in braces: `/api/v2/people/{person_slug}`.
    pub(crate) path: String,
    /// The status of successful responses.
    pub(crate) status: StatusCode,
    pub(crate) rules: RequestRules,
    pub(crate) responses: ResponseSchemas,
}

impl Description {
    pub(crate) fn operation(&self, id: &str) -> Option<&Operation> {
        self.operations.iter().find(|operation| operation.id == id)
    }
}

fn parse() -> Description {
    let document: Value = serde_yaml::from_str(TEXT).expect("the description in spec/ is valid YAML");
    let operations = operations(&document).map(|(path, method, item, operation)| Operation {
        id: operation["operationId"].as_str().unwrap_or_default().to_owned(),
        method,
        path: path.clone(),
        status: if operation["responses"].get("201").is_some() { StatusCode::CREATED } else { StatusCode::OK },
        rules: RequestRules::parse(&document, item, operation),
        responses: ResponseSchemas::parse(&document, operation),
    });
    let operations = operations.collect();
    Description { document, operations }
}

/// Iterates over all operations, each with its path, method and path item.
fn operations(document: &Value) -> impl Iterator<Item = (&String, Method, &Value, &Value)> {
    let paths = document["paths"].as_object().into_iter().flatten();
    paths.flat_map(|(path, item)| {
        let operations = item.as_object().into_iter().flatten();
        operations.filter_map(move |(key, operation)| {
            let method = Method::from_bytes(key.to_ascii_uppercase().as_bytes()).ok()?;
            operation.get("operationId").map(|_| (path, method, item, operation))
        })
    })
}

/// Returns the OpenAPI description of the API served by sandboxes.
pub fn description() -> &'static Value {
    &DESCRIPTION.document
}
