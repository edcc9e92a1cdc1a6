//! Validates responses against the description.

use std::sync::OnceLock;

use jsonschema::Validator;
use serde_json::{Value, json};

use crate::validation::schema::{json_schema, resolve};

/// The schemas of an operation's responses, by status such as `200` or `5XX`.
pub(crate) struct ResponseSchemas(Vec<(String, Value, OnceLock<Option<Validator>>)>);

impl ResponseSchemas {
    pub(super) fn parse(document: &Value, operation: &Value) -> Self {
        let responses = operation["responses"].as_object().into_iter().flatten();
        let schemas = responses.map(|(status, response)| {
            let schema = &resolve(document, response)["content"]["application/json"]["schema"];
            (status.clone(), with_numeric_ids(json_schema(document, schema)), OnceLock::new())
        });
        Self(schemas.collect())
    }

    /// Validates a response and returns its violations. A status that is missing from the description counts as a violation.
    pub(crate) fn violations(&self, status: u16, response: &Value) -> Vec<String> {
        let class = format!("{}XX", status / 100);
        let schema = self.0.iter().find(|(key, ..)| *key == status.to_string() || *key == class);
        let Some((_, schema, validator)) = schema else {
            return vec![format!("status {status} is not described")];
        };
        // The response to a throttled request has no body to validate.
        if response.is_null() && status == 429 {
            return Vec::new();
        }
        // Validators are built on demand, because they are slow to build and only tests use them.
        let build = || jsonschema::draft7::options().should_validate_formats(true).build(schema).ok();
        let Some(validator) = validator.get_or_init(build) else {
            return vec![format!("the schema for status {status} is invalid")];
        };
        let describe = |error: jsonschema::ValidationError<'_>| format!("{}: {error}", error.instance_path());
        validator.iter_errors(response).map(describe).collect()
    }
}

/// Allows integers for the `id` format, since some API responses contain numeric ids.
fn with_numeric_ids(schema: Value) -> Value {
    match schema {
        Value::Object(mut keywords) => {
            if keywords.get("format") == Some(&"id".into()) {
                keywords.insert("type".to_owned(), json!(["string", "integer"]));
            }
            keywords.into_iter().map(|(keyword, value)| (keyword, with_numeric_ids(value))).collect()
        }
        Value::Array(items) => items.into_iter().map(with_numeric_ids).collect(),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::description::DESCRIPTION;

    #[test]
    fn finds_violations_of_the_description() {
        let find = DESCRIPTION.operation("findLoyaltyMember").unwrap();
        let response = |points| json!({ "ok": true, "result": { "loyalty_member": { "email": "a@example.com", "points_balance": points } } });
        assert!(find.responses.violations(200, &response(json!(1))).is_empty());
        assert_eq!(find.responses.violations(200, &response(json!("1"))).len(), 1);
        assert_eq!(find.responses.violations(200, &json!({ "ok": true })).len(), 1);
        assert_eq!(find.responses.violations(201, &response(json!(1))), ["status 201 is not described"]);
        assert!(find.responses.violations(503, &json!({ "ok": false })).is_empty());
    }
}
