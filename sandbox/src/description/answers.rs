//! What the description says about the answers of an operation.

use std::sync::OnceLock;

use jsonschema::Validator;
use serde_json::{Value, json};

use super::schema::{resolve, standalone};

/// The answers of an operation by their statuses.
pub(crate) struct Answers {
    /// A status, or `5XX`, and the schema.
    schemas: Vec<(String, Value, OnceLock<Option<Validator>>)>,
}

impl Answers {
    pub(super) fn read(document: &Value, operation: &Value) -> Self {
        let responses = operation["responses"].as_object().into_iter().flatten();
        let schemas = responses.map(|(status, response)| {
            let schema = &resolve(document, response)["content"]["application/json"]["schema"];
            (status.clone(), with_numbers_as_ids(standalone(document, schema)), OnceLock::new())
        });
        Self { schemas: schemas.collect() }
    }

    /// What is wrong with an answer; a status that isn't described is wrong, too.
    pub(crate) fn faults(&self, status: u16, answer: &Value) -> Vec<String> {
        let class = format!("{}XX", status / 100);
        let found = self.schemas.iter().find(|(known, ..)| *known == status.to_string() || *known == class);
        let Some((_, schema, validator)) = found else {
            return vec![format!("status {status} is not described")];
        };
        // Throttled requests are answered without a body.
        if answer.is_null() && status == 429 {
            return Vec::new();
        }
        // Only tests look at answers, so the rules are prepared when one does.
        let build = || jsonschema::draft7::options().should_validate_formats(true).build(schema).ok();
        let Some(validator) = validator.get_or_init(build) else {
            return vec![format!("the schema of status {status} is invalid")];
        };
        let at_place = |error: jsonschema::ValidationError<'_>| format!("{}: {error}", error.instance_path());
        validator.iter_errors(answer).map(at_place).collect()
    }
}

/// What is called an id is written as a number by some answers.
fn with_numbers_as_ids(schema: Value) -> Value {
    match schema {
        Value::Object(mut keywords) => {
            if keywords.get("format") == Some(&"id".into()) {
                keywords.insert("type".to_owned(), json!(["string", "integer"]));
            }
            keywords.into_iter().map(|(keyword, value)| (keyword, with_numbers_as_ids(value))).collect()
        }
        Value::Array(items) => items.into_iter().map(with_numbers_as_ids).collect(),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::description::DESCRIPTION;

    #[test]
    fn answers_that_are_not_described_are_found() {
        let find = DESCRIPTION.operation("findLoyaltyMember").unwrap();
        let answer = |points| json!({ "ok": true, "result": { "loyalty_member": { "email": "a@example.com", "points_balance": points } } });
        assert!(find.answers.faults(200, &answer(json!(1))).is_empty());
        assert_eq!(find.answers.faults(200, &answer(json!("1"))).len(), 1);
        assert_eq!(find.answers.faults(200, &json!({ "ok": true })).len(), 1);
        assert_eq!(find.answers.faults(201, &answer(json!(1))), ["status 201 is not described"]);
        assert!(find.answers.faults(503, &json!({ "ok": false })).is_empty());
    }
}
