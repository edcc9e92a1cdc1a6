//! Requests are held against the description, and a wrong one is refused in the API's own kind of sentence.
//!
//! The API takes more than its description says: numbers as texts, dates without an offset, tags as a list. `lenient` widens
//! the schemas by what its clients are known to send.

use jsonschema::Validator;
use serde_json::{Map, Value, json};

use crate::answer::Refusal;
use crate::description::schema::{resolve, standalone};

mod formats;
mod lenient;
mod parameters;
mod wording;

pub(crate) use formats::{day, is_email, is_identifier, moment};
pub(crate) use lenient::MOST_PROPERTIES;
pub(crate) use parameters::Parameter;
pub(crate) use wording::NOT_AN_IDENTIFIER;

/// What an operation asks of a request.
pub(crate) struct RequestRules {
    pub(crate) query: Vec<Parameter>,
    /// Whether the body is a form with a file.
    pub(crate) takes_file: bool,
    arguments: Validator,
    body: Option<BodyRules>,
    /// What is asked of each row of a batch.
    row: Option<Validator>,
}

/// What an operation asks of a body in JSON.
enum BodyRules {
    Single(Validator),
    /// One of several, chosen by the value of a property.
    Chosen {
        by: String,
        among: Vec<(String, Validator)>,
    },
}

/// Reads the rules of an operation from the description.
pub(crate) fn rules(document: &Value, item: &Value, operation: &Value) -> RequestRules {
    let lists = [&item["parameters"], &operation["parameters"]];
    let declared = lists.into_iter().filter_map(Value::as_array).flatten().map(|entry| resolve(document, entry));
    let query: Vec<Parameter> =
        declared.filter(|entry| entry["in"] == "query").map(|entry| Parameter::read(document, entry)).collect();
    let content = &operation["requestBody"]["content"]["application/json"];
    let strict = STRICT.iter().any(|id| operation["operationId"] == **id);
    let row = content.pointer("/schema/properties/data/items").map(|schema| body_validator(document, schema, false));
    let body = content.get("schema").map(|schema| body_rules(document, schema, strict));
    let takes_file = operation["requestBody"]["content"].get("multipart/form-data").is_some();
    RequestRules { takes_file, arguments: validator(&parameters::schema(&query)), query, body, row }
}

/// The operations that refuse fields they don't know.
const STRICT: &[&str] = &["updatePerson"];

fn body_rules(document: &Value, schema: &Value, strict: bool) -> BodyRules {
    let (Some(by), Some(schemas)) = (schema["discriminator"]["propertyName"].as_str(), schema["oneOf"].as_array())
    else {
        return BodyRules::Single(body_validator(document, schema, strict));
    };
    let named = schemas.iter().filter_map(|schema| {
        let name = schema["properties"][by]["enum"][0].as_str()?;
        Some((name.to_owned(), body_validator(document, schema, strict)))
    });
    BodyRules::Chosen { by: by.to_owned(), among: named.collect() }
}

fn body_validator(document: &Value, schema: &Value, strict: bool) -> Validator {
    let mut schema = lenient::widen(standalone(document, schema));
    // A batch is taken whatever its rows are. They are judged one by one.
    if let Some(data) = schema.pointer_mut("/properties/data").and_then(Value::as_object_mut) {
        data.remove("items");
    }
    if strict {
        schema = json!({ "allOf": [schema, { "properties": { "data": lenient::closed(&schema) } }] });
    }
    validator(&schema)
}

fn validator(schema: &Value) -> Validator {
    // The schemas are the project's own.
    formats::known(jsonschema::draft7::options()).build(schema).expect("the schemas of the description are valid")
}

impl RequestRules {
    /// Whether a row of a batch is as it has to be.
    pub(crate) fn fits_row(&self, row: &Value) -> bool {
        self.row.as_ref().is_none_or(|rules| rules.is_valid(row))
    }

    /// Judges the query and the body of a request, which the API doesn't tell apart.
    pub(crate) fn judge(&self, arguments: &Map<String, Value>) -> Result<(), Refusal> {
        let arguments = Value::Object(arguments.clone());
        if let Some(error) = self.arguments.iter_errors(&arguments).next() {
            return Err(wording::of_argument(&error));
        }
        let validator = match &self.body {
            None => return Ok(()),
            Some(BodyRules::Single(validator)) => validator,
            Some(BodyRules::Chosen { by, among }) => {
                let chosen = among.iter().find(|(name, _)| arguments[by] == **name);
                let names = || among.iter().map(|(name, _)| name.as_str());
                &chosen.ok_or_else(|| wording::must_be_within(by, names()))?.1
            }
        };
        // What is missing is said before what is wrong.
        let mut errors: Vec<_> = validator.iter_errors(&arguments).collect();
        errors.sort_by_key(wording::rank);
        errors.first().map_or(Ok(()), |error| Err(wording::of_body(error)))
    }
}
