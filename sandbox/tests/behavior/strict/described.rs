//! Reads a description strictly, and validates HTTP messages against it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use bytes::Bytes;
use percent_encoding::percent_decode_str;
use serde_json::{Map, Value, json};

/// The description of the API.
pub(super) static API: LazyLock<Described> = LazyLock::new(|| Described::new(talkable_sandbox::description()));

/// The description of the webhooks.
pub(super) static WEBHOOKS: LazyLock<Described> = LazyLock::new(|| {
    let text = include_str!("../../../spec/webhooks.yaml");
    Described::new(&serde_yaml::from_str(text).expect("the description is YAML"))
});

/// A request and its response.
#[derive(Clone, Debug)]
pub(super) struct Exchange {
    pub(super) method: String,
    /// The path and the query.
    pub(super) target: String,
    pub(super) content_type: String,
    pub(super) body: Bytes,
    pub(super) status: u16,
    pub(super) response: Bytes,
}

/// A description with JSON Schemas.
pub(super) struct Described {
    document: Value,
}

impl Described {
    pub(super) fn new(description: &Value) -> Self {
        let mut document = description.clone();
        convert(&mut document);
        Self { document }
    }

    /// Returns the ids of all operations.
    pub(super) fn operations(&self) -> impl Iterator<Item = &str> {
        let items = self.document["paths"].as_object().into_iter().flatten();
        let operations = items.flat_map(|(_, item)| item.as_object().into_iter().flatten());
        operations.filter_map(|(_, operation)| operation["operationId"].as_str())
    }

    /// Returns the id of the called operation.
    pub(super) fn operation(&self, exchange: &Exchange) -> Option<&str> {
        self.find(exchange)?.1["operationId"].as_str()
    }

    /// Finds the called operation. Returns its path, its definition and the parameters of its path.
    fn find(&self, exchange: &Exchange) -> Option<(&str, &Value, &Value)> {
        let path = exchange.target.split('?').next().unwrap_or_default();
        let matches = |template: &str| {
            let (mut expected, mut actual) = (template.split('/'), path.split('/'));
            expected.by_ref().all(|step| actual.next().is_some_and(|it| it == step || step.starts_with('{')))
                && actual.next().is_none()
        };
        let paths = self.document["paths"].as_object()?.iter().filter(|(template, _)| matches(template));
        // A path without parameters takes precedence over one with parameters.
        let (template, item) = paths.min_by_key(|(template, _)| template.matches('{').count())?;
        let operation = item.get(exchange.method.to_lowercase())?;
        Some((template, operation, &item["parameters"]))
    }

    /// Returns a message for each violation.
    pub(super) fn violations(&self, exchange: &Exchange) -> Vec<String> {
        let Some((template, operation, shared)) = self.find(exchange) else {
            return vec![format!("{} {} is not described", exchange.method, exchange.target)];
        };
        let mut violations = self.parameter_violations(template, operation, shared, exchange);
        violations.extend(self.body_violations(operation, exchange));
        violations.extend(self.response_violations(operation, exchange));
        let id = operation["operationId"].as_str().unwrap_or_default();
        violations.into_iter().map(|violation| format!("{id}: {violation}")).collect()
    }

    fn parameter_violations(
        &self,
        template: &str,
        operation: &Value,
        shared: &Value,
        exchange: &Exchange,
    ) -> Vec<String> {
        let (path, query) = exchange.target.split_once('?').unwrap_or((&exchange.target, ""));
        let mut in_query: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for (name, text) in form_urlencoded::parse(query.as_bytes()).into_owned() {
            in_query.entry(name).or_default().push(text);
        }
        let in_path = |name: &str| {
            let position = template.split('/').position(|step| step == format!("{{{name}}}"))?;
            let text = percent_decode_str(path.split('/').nth(position)?).decode_utf8().ok()?;
            Some(vec![text.into_owned()])
        };
        let own = operation["parameters"].as_array().into_iter().flatten();
        let mut violations = Vec::new();
        let mut known = BTreeSet::new();
        for parameter in own.chain(shared.as_array().into_iter().flatten()) {
            let parameter = self.resolve(parameter);
            let name = parameter["name"].as_str().unwrap_or_default();
            let texts = match parameter["in"].as_str() {
                Some("query") => in_query.remove(name),
                Some("path") => in_path(name),
                _ => None,
            };
            // An operation's own parameters replace those of its path.
            if !known.insert((name, parameter["in"].to_string())) {
                continue;
            }
            match texts {
                Some(texts) => {
                    let value = self.parsed(&parameter["schema"], &texts);
                    violations.extend(self.invalid(&parameter["schema"], &value).map(|it| format!("{name}{it}")));
                }
                None if parameter["required"] == true => violations.push(format!("{name} is missing")),
                None => {}
            }
        }
        violations.extend(in_query.keys().map(|name| format!("the query parameter {name} is not described")));
        violations
    }

    fn body_violations(&self, operation: &Value, exchange: &Exchange) -> Vec<String> {
        let body = self.resolve(&operation["requestBody"]);
        if exchange.body.is_empty() {
            return if body["required"] == true { vec!["the body is missing".to_owned()] } else { Vec::new() };
        }
        let media_type = exchange.content_type.split(';').next().unwrap_or_default();
        let Some(content) = body["content"].get(media_type) else {
            return vec![format!("the media type {media_type} is not described")];
        };
        let value = if media_type == "multipart/form-data" {
            multipart(&exchange.body)
        } else {
            match serde_json::from_slice(&exchange.body) {
                Ok(value) => value,
                Err(error) => return vec![format!("the body is not JSON: {error}")],
            }
        };
        self.invalid(&content["schema"], &value).map(|violation| format!("body{violation}")).collect()
    }

    fn response_violations(&self, operation: &Value, exchange: &Exchange) -> Vec<String> {
        let (status, class) = (exchange.status.to_string(), format!("{}XX", exchange.status / 100));
        let responses = &operation["responses"];
        let Some(response) = responses.get(&status).or_else(|| responses.get(&class)) else {
            return vec![format!("the status {status} is not described")];
        };
        let schema = &self.resolve(response)["content"]["application/json"]["schema"];
        match serde_json::from_slice(&exchange.response) {
            Ok(value) if schema.is_object() => {
                self.invalid(schema, &value).map(|violation| format!("response {status}{violation}")).collect()
            }
            Err(error) if schema.is_object() => vec![format!("the response is not JSON: {error}")],
            _ if exchange.response.is_empty() => Vec::new(),
            _ => vec![format!("the response {status} has a body, which is not described")],
        }
    }

    /// Validates the form of a webhook, and the values in its fields.
    pub(super) fn form_violations(&self, form: &BTreeMap<String, String>) -> Vec<String> {
        let kind = form.get("type").map(String::as_str).unwrap_or_default();
        let items = self.document["paths"].as_object().into_iter().flatten();
        let mut contents = items.map(|(_, item)| &self.resolve(&item["post"]["requestBody"])["content"]);
        let content = contents.find(|content| {
            let properties = &self.resolve(&content["application/json"]["schema"])["properties"];
            let schema = properties["type"].pointer("/allOf/0").unwrap_or(&properties["type"]);
            self.resolve(schema)["enum"][0] == kind
        });
        let Some(content) = content else {
            return vec![format!("the webhook {kind} is not described")];
        };
        let decoded = form.iter().map(|(name, text)| match name.as_str() {
            "payload" | "extras" => (name.clone(), serde_json::from_str(text).unwrap_or_else(|_| json!(text))),
            _ => (name.clone(), json!(text)),
        });
        let decoded = Value::Object(decoded.collect());
        let schemas = [("application/x-www-form-urlencoded", json!(form)), ("application/json", decoded)];
        let violations =
            schemas.iter().flat_map(|(media_type, value)| self.invalid(&content[media_type]["schema"], value));
        violations.map(|violation| format!("{kind}{violation}")).collect()
    }

    /// Parses a parameter. A text that doesn't have the type in the schema remains a string.
    fn parsed(&self, schema: &Value, texts: &[String]) -> Value {
        let schema = self.resolve(schema);
        let parse = |schema: &Value, text: &String| match schema["type"].as_str() {
            Some("integer" | "number" | "boolean") => serde_json::from_str(text).unwrap_or_else(|_| json!(text)),
            _ => json!(text),
        };
        if schema["type"] == "array" {
            return texts.iter().map(|text| parse(self.resolve(&schema["items"]), text)).collect();
        }
        match texts {
            [text] => parse(schema, text),
            // A repeated parameter is not valid unless it is a list.
            _ => json!(texts),
        }
    }

    /// Returns the violations of a schema, each with the pointer to the invalid value.
    fn invalid(&self, schema: &Value, value: &Value) -> impl Iterator<Item = String> {
        let schema = json!({ "allOf": [schema], "components": { "schemas": self.document["components"]["schemas"] } });
        let validator = jsonschema::draft202012::options().should_validate_formats(true).build(&schema);
        let validator = validator.expect("the schema is valid");
        let violations = validator.iter_errors(value).map(|error| format!("{}: {error}", error.instance_path()));
        violations.collect::<Vec<_>>().into_iter()
    }

    fn resolve<'a>(&'a self, value: &'a Value) -> &'a Value {
        let reference = value["$ref"].as_str().and_then(|reference| reference.strip_prefix('#'));
        reference.and_then(|pointer| self.document.pointer(pointer)).unwrap_or(value)
    }
}

/// Converts the schemas to JSON Schema in place. Without a type in the same schema, `nullable` has no effect.
fn convert(node: &mut Value) {
    match node {
        Value::Object(entries) => {
            if entries.get("nullable") == Some(&Value::Bool(true)) && entries.get("type").is_some_and(Value::is_string)
            {
                entries["type"] = json!([entries["type"].take(), "null"]);
            }
            entries.values_mut().for_each(convert);
        }
        Value::Array(items) => items.iter_mut().for_each(convert),
        _ => {}
    }
}

/// Returns the names of the parts of a form, with the contents of files replaced by a placeholder.
fn multipart(body: &[u8]) -> Value {
    let text = String::from_utf8_lossy(body);
    let names = text.split("form-data; name=\"").skip(1).filter_map(|part| part.split('"').next());
    Value::Object(names.map(|name| (name.to_owned(), json!("content"))).collect::<Map<_, _>>())
}
