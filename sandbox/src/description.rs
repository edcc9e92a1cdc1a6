//! The API description, `spec/talkable.yaml`, parsed once per process.

use std::sync::{LazyLock, OnceLock};

use axum::http::{Method, StatusCode};
use jsonschema::Validator;
use serde_json::Value;

use crate::validation::RequestRules;
use crate::validation::schema::{json_schema, resolve};

const TEXT: &str = include_str!("../spec/talkable.yaml");

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
    let document: Value = serde_yaml::from_str(TEXT).expect("the description is valid YAML");
    let mut operations = Vec::new();
    for (path, item) in document["paths"].as_object().into_iter().flatten() {
        for (key, operation) in item.as_object().into_iter().flatten() {
            let method = Method::from_bytes(key.to_ascii_uppercase().as_bytes());
            let (Ok(method), Some(id)) = (method, operation["operationId"].as_str()) else {
                continue;
            };
            let is_created = operation["responses"].get("201").is_some();
            operations.push(Operation {
                id: id.to_owned(),
                method,
                path: path.clone(),
                status: if is_created { StatusCode::CREATED } else { StatusCode::OK },
                rules: RequestRules::parse(&document, item, operation),
                responses: ResponseSchemas::parse(&document, operation),
            });
        }
    }
    Description { document, operations }
}

/// Returns the OpenAPI description of the API served by sandboxes.
pub fn description() -> &'static Value {
    &DESCRIPTION.document
}

/// The schemas of an operation's responses, by status such as `200` or `5XX`.
pub(crate) struct ResponseSchemas(Vec<(String, Value, OnceLock<Option<Validator>>)>);

impl ResponseSchemas {
    fn parse(document: &Value, operation: &Value) -> Self {
        let responses = operation["responses"].as_object().into_iter().flatten();
        let schemas = responses.map(|(status, response)| {
            let schema = &resolve(document, response)["content"]["application/json"]["schema"];
            (status.clone(), json_schema(document, schema), OnceLock::new())
        });
        Self(schemas.collect())
    }

    /// Validates a response and returns its violations. A status that is missing from the description counts as a violation.
    pub(crate) fn violations(&self, status: u16, response: &Value) -> Vec<String> {
        let class = format!("{}XX", status / 100);
        let schema = self.0.iter().find(|(key, ..)| *key == status.to_string() || *key == class);
        let Some((_, schema, validator)) = schema else {
            return vec![format!("the description has no status {status}")];
        };
        // The response to a throttled request has no body to validate.
        if response.is_null() && status == 429 {
            return Vec::new();
        }
        // Validators are built on demand, because they are slow to build and only tests use them.
        let build = || jsonschema::draft202012::options().should_validate_formats(true).build(schema).ok();
        let Some(validator) = validator.get_or_init(build) else {
            return vec![format!("the schema for status {status} is invalid")];
        };
        let describe = |error: jsonschema::ValidationError<'_>| format!("{}: {error}", error.instance_path());
        validator.iter_errors(response).map(describe).collect()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn finds_violations_of_the_description() {
        let find = DESCRIPTION.operation("findLoyaltyMember").unwrap();
        let response = |points| json!({ "ok": true, "result": { "loyalty_member": { "email": "a@example.com", "points_balance": points } } });
        assert!(find.responses.violations(200, &response(json!(1))).is_empty());
        assert_eq!(find.responses.violations(200, &response(json!("1"))).len(), 1);
        assert_eq!(find.responses.violations(200, &json!({ "ok": true })).len(), 1);
        assert_eq!(find.responses.violations(201, &response(json!(1))), ["the description has no status 201"]);
        assert!(find.responses.violations(503, &json!({ "ok": false })).is_empty());
    }
}
