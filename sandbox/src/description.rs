//! The description of the API, `spec/talkable.yaml`, read once and shared by all sandboxes of a program.

use std::sync::LazyLock;

use axum::http::{Method, StatusCode};
use serde_json::Value;

use crate::validation::{RequestRules, rules};
use answers::Answers;

mod answers;
pub(crate) mod schema;

/// The text of the description.
const TEXT: &str = include_str!("../../spec/talkable.yaml");

pub(crate) static DESCRIPTION: LazyLock<Description> = LazyLock::new(read);

pub(crate) struct Description {
    /// All of it, as JSON.
    pub(crate) document: Value,
    pub(crate) operations: Vec<Operation>,
}

/// One operation, with what is needed to route to it and to judge a request.
pub(crate) struct Operation {
    pub(crate) id: String,
    pub(crate) method: Method,
    /// With parameters in braces: `/api/v2/people/{person_slug}`.
    pub(crate) path: String,
    /// The status of success.
    pub(crate) status: StatusCode,
    pub(crate) rules: RequestRules,
    pub(crate) answers: Answers,
}

impl Description {
    pub(crate) fn operation(&self, id: &str) -> Option<&Operation> {
        self.operations.iter().find(|operation| operation.id == id)
    }
}

fn read() -> Description {
    let document: Value = serde_yaml::from_str(TEXT).expect("the description in spec/ is YAML");
    let operations = paths(&document).map(|(path, method, item, operation)| Operation {
        id: operation["operationId"].as_str().unwrap_or_default().to_owned(),
        method,
        path: path.clone(),
        status: success(operation),
        rules: rules(&document, item, operation),
        answers: Answers::read(&document, operation),
    });
    let operations = operations.collect();
    Description { document, operations }
}

/// Every operation with its path, its method and the path's item.
fn paths(document: &Value) -> impl Iterator<Item = (&String, Method, &Value, &Value)> {
    let paths = document["paths"].as_object().into_iter().flatten();
    paths.flat_map(|(path, item)| {
        let operations = item.as_object().into_iter().flatten();
        operations.filter_map(move |(key, operation)| {
            let method = Method::from_bytes(key.to_ascii_uppercase().as_bytes()).ok()?;
            operation.get("operationId").map(|_| (path, method, item, operation))
        })
    })
}

/// The only status of success that an operation has.
fn success(operation: &Value) -> StatusCode {
    let created = operation["responses"].get("201").is_some();
    if created { StatusCode::CREATED } else { StatusCode::OK }
}

/// The description of the API that all sandboxes answer by, OpenAPI 3.0 as JSON.
pub fn description() -> &'static Value {
    &DESCRIPTION.document
}
