//! The OpenAPI document of a sandbox.

use serde_json::{Map, Value, json};

use super::examples;
use crate::description::DESCRIPTION;
use crate::shared::Shared;

const ABOUT: &str = "This is a sandbox: it simulates Talkable's API in memory, and sends nothing to Talkable. Choose \
                     **Authorize** and enter the key that the sandbox printed at startup. Never enter a real Talkable key \
                     here.";

/// Returns the description with this sandbox as the server, and with examples for its sites.
pub(super) fn document(shared: &Shared) -> Value {
    let mut document = DESCRIPTION.document.clone();
    let about = format!("{ABOUT}\n\n{}", document["info"]["description"].as_str().unwrap_or_default());
    document["info"]["title"] = "Talkable API in a sandbox".into();
    document["info"]["description"] = about.into();
    // Because the URL has no host, the page sends requests to the origin that it was loaded from.
    document["servers"] = json!([{ "url": format!("{}/", shared.base_path), "description": "This sandbox" }]);
    if let Some(text) = document.pointer_mut("/components/securitySchemes/api_key/description") {
        *text = "The key that the sandbox printed at startup.".into();
    }
    let sites = shared.sites();
    let slug = json!({ "enum": sites.keys().collect::<Vec<_>>(), "example": sites.keys().next() });
    extend(document.pointer_mut("/components/schemas/site_slug"), &slug);
    let schemas = document["components"]["schemas"].clone();
    let set = |part: &mut Value, operation: &str| {
        for_each_parameter(part, &mut |parameter| {
            let name = parameter.get("name").and_then(Value::as_str).unwrap_or_default().to_owned();
            if name == "site_slug" {
                extend(parameter.get_mut("schema"), &slug);
            }
            // Swagger UI logs an error for each list of integers with a format.
            if let Some(Value::Object(items)) = parameter.get_mut("schema").and_then(|schema| schema.get_mut("items")) {
                items.remove("format");
            }
            set_example(
                parameter,
                &schemas,
                sites.values().find_map(|site| examples::parameter(operation, &name, site)),
            );
        });
    };
    set(&mut document["components"], "");
    for (_, item) in document["paths"].as_object_mut().into_iter().flatten() {
        for (_, part) in item.as_object_mut().into_iter().flatten() {
            let id = part["operationId"].as_str().unwrap_or_default().to_owned();
            set(part, &id);
            if let Some(operation) = part.as_object_mut() {
                // The curl samples call the real API.
                operation.remove("x-codeSamples");
            }
            if let Some(body) = part.pointer_mut("/requestBody/content/application~1json/example/site_slug") {
                *body = sites.keys().next().cloned().into();
            }
        }
    }
    document
}

/// Edits all parameters in a part of the document. An object counts as a parameter if it has the members `in` and `schema`.
fn for_each_parameter(part: &mut Value, edit: &mut impl FnMut(&mut Map<String, Value>)) {
    match part {
        Value::Object(members) if members.contains_key("in") && members.contains_key("schema") => edit(members),
        Value::Object(members) => members.values_mut().for_each(|member| for_each_parameter(member, edit)),
        Value::Array(items) => items.iter_mut().for_each(|item| for_each_parameter(item, edit)),
        _ => {}
    }
}

/// Sets the example of a parameter. If an optional parameter has no example that depends on the site, removes the published one,
/// because Swagger UI would fill it in.
fn set_example(parameter: &mut Map<String, Value>, schemas: &Value, example: Option<Value>) {
    let is_optional = parameter.get("required") != Some(&Value::Bool(true));
    if let Some(example) = example {
        parameter.remove("examples");
        parameter.insert("example".to_owned(), example);
    } else if is_optional {
        parameter.remove("example");
        let schema = parameter.get_mut("schema");
        if let Some(schema) = schema {
            let name = schema["$ref"].as_str().and_then(|it| it.strip_prefix("#/components/schemas/"));
            if let Some(target) = name.and_then(|name| schemas.get(name)).filter(|it| it.get("example").is_some()) {
                *schema = target.clone();
            }
        }
        if let Some(schema) = parameter.get_mut("schema").and_then(Value::as_object_mut) {
            schema.remove("example");
        }
    }
}

fn extend(schema: Option<&mut Value>, keywords: &Value) {
    if let (Some(schema), Some(keywords)) = (schema.and_then(Value::as_object_mut), keywords.as_object()) {
        schema.extend(keywords.clone());
    }
}
