//! Validates requests against the description, and reports errors with the API's messages.
//!
//! The API accepts more than its description allows, for example numbers as strings, times without a UTC offset, and tags
//! as a list. The `schema` module widens the schemas accordingly.

use jsonschema::Validator;
use serde_json::{Map, Value, json};

use crate::call::ApiError;
use formats::validator;
use schema::{closed, json_schema, resolve, widen};

mod formats;
mod messages;
pub(crate) mod schema;

pub(crate) use formats::{is_email, is_identifier, parse_date, parse_time};
pub(crate) use messages::{NOT_AN_IDENTIFIER, capitalized};
pub(crate) use schema::MAX_CUSTOM_PROPERTIES;

/// The rules for an operation's requests.
pub(crate) struct RequestRules {
    pub(crate) query: Vec<Parameter>,
    /// Whether the body is a form with a file.
    pub(crate) takes_file: bool,
    arguments: Validator,
    /// The property whose value selects the validator of the body, if there is more than one validator.
    discriminator: Option<String>,
    /// The validators of the body, by discriminator value. Without a discriminator, there is at most one, and its name is
    /// empty.
    bodies: Vec<(String, Validator)>,
    /// The validator for each row of a batch.
    row: Option<Validator>,
}

/// The operations that reject unknown fields.
const STRICT: &[&str] = &["updatePerson"];

impl RequestRules {
    pub(crate) fn parse(document: &Value, item: &Value, operation: &Value) -> Self {
        let lists = [&item["parameters"], &operation["parameters"]];
        let declared = lists.into_iter().filter_map(Value::as_array).flatten().map(|entry| resolve(document, entry));
        let query: Vec<Parameter> =
            declared.filter(|entry| entry["in"] == "query").map(|entry| Parameter::parse(document, entry)).collect();
        let content = &operation["requestBody"]["content"]["application/json"];
        let is_strict = STRICT.iter().any(|id| operation["operationId"] == **id);
        let row = resolve(document, &content["schema"]).pointer("/properties/data/items");
        let row = row.map(|schema| body_validator(document, schema, false));
        let (discriminator, bodies) = body_rules(document, &content["schema"], is_strict);
        let takes_file = operation["requestBody"]["content"].get("multipart/form-data").is_some();
        Self { takes_file, arguments: validator(&query_schema(&query)), query, discriminator, bodies, row }
    }

    pub(crate) fn accepts_row(&self, row: &Value) -> bool {
        self.row.as_ref().is_none_or(|validator| validator.is_valid(row))
    }

    pub(crate) fn validate(&self, arguments: &Map<String, Value>) -> Result<(), ApiError> {
        let arguments = Value::Object(arguments.clone());
        if let Some(error) = self.arguments.iter_errors(&arguments).next() {
            return Err(messages::query_error(&error));
        }
        let body = match &self.discriminator {
            None => self.bodies.first(),
            Some(property) => {
                let names = || self.bodies.iter().map(|(name, _)| name.as_str());
                let body = self.bodies.iter().find(|(name, _)| arguments[property] == **name);
                Some(body.ok_or_else(|| messages::must_be_within(property, names()))?)
            }
        };
        let Some((_, validator)) = body else {
            return Ok(());
        };
        let error = validator.iter_errors(&arguments).min_by_key(messages::rank);
        error.map_or(Ok(()), |error| Err(messages::body_error(&error)))
    }
}

/// Returns the name of the discriminator, if there is one, and the validators by discriminator value.
fn body_rules(document: &Value, schema: &Value, is_strict: bool) -> (Option<String>, Vec<(String, Validator)>) {
    let schema = resolve(document, schema);
    let (Some(property), Some(schemas)) =
        (schema["discriminator"]["propertyName"].as_str(), schema["oneOf"].as_array())
    else {
        let single = schema.is_object().then(|| (String::new(), body_validator(document, schema, is_strict)));
        return (None, single.into_iter().collect());
    };
    let bodies = schemas.iter().filter_map(|schema| {
        let schema = resolve(document, schema);
        let name = resolve(document, &schema["properties"][property])["enum"][0].as_str()?;
        Some((name.to_owned(), body_validator(document, schema, is_strict)))
    });
    (Some(property.to_owned()), bodies.collect())
}

fn body_validator(document: &Value, schema: &Value, is_strict: bool) -> Validator {
    let mut schema = widen(json_schema(document, schema));
    // The API accepts a batch with invalid rows, so each row is validated on its own.
    if let Some(data) = schema.pointer_mut("/properties/data").and_then(Value::as_object_mut) {
        data.remove("items");
    }
    if is_strict {
        schema = json!({ "allOf": [schema, { "properties": { "data": closed(&schema) } }] });
    }
    validator(&schema)
}

pub(crate) struct Parameter {
    /// The name of the parameter. The name of a list ends in brackets, as in `campaign_ids[]`.
    pub(crate) name: String,
    is_required: bool,
    schema: Value,
}

/// Combines the schemas of the parameters into one.
fn query_schema(parameters: &[Parameter]) -> Value {
    // The `site_slug` is checked elsewhere, because a missing site has its own error message.
    let required = parameters.iter().filter(|parameter| parameter.is_required && parameter.name != "site_slug");
    let required: Vec<&str> = required.map(|parameter| parameter.name.as_str()).collect();
    let properties: Map<String, Value> =
        parameters.iter().map(|parameter| (parameter.name.clone(), parameter.schema.clone())).collect();
    json!({ "properties": properties, "required": required })
}

impl Parameter {
    fn parse(document: &Value, declared: &Value) -> Self {
        Self {
            name: declared["name"].as_str().unwrap_or_default().to_owned(),
            is_required: declared["required"] == true,
            schema: widen(json_schema(document, &declared["schema"])),
        }
    }

    /// Finds the parameter's value in a query. The brackets in the name of a list are optional, and the list's items
    /// can be separated by commas.
    pub(crate) fn value(&self, pairs: &[(String, String)]) -> Option<Value> {
        let bare = self.name.strip_suffix("[]").unwrap_or(&self.name);
        let mut texts =
            pairs.iter().filter(|(name, _)| *name == self.name || name == bare).map(|(_, text)| text.as_str());
        let Some(items) = self.schema.get("items") else {
            return texts.next_back().map(|text| typed(&self.schema, text));
        };
        let all: Vec<&str> = texts.flat_map(|text| text.split(',')).collect();
        (!all.is_empty()).then(|| all.into_iter().map(|text| typed(items, text)).collect())
    }
}

/// Parses a number if the schema requires one. Invalid numbers remain strings, and are rejected later.
fn typed(schema: &Value, text: &str) -> Value {
    // A list of types begins with the declared type.
    let kind = schema["type"].as_str().or_else(|| schema["type"][0].as_str());
    let number = match kind {
        Some("integer") => text.parse::<i64>().ok().map(Value::from),
        Some("number") => text.parse::<f64>().ok().map(Value::from),
        _ => None,
    };
    number.unwrap_or_else(|| text.into())
}
