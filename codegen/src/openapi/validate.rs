//! Whether a document is OpenAPI 3.0 as far as the generator relies on it, before `openapiv3` reads it.
//!
//! `openapiv3` refuses what it doesn't understand without saying where; here every refusal names its pointer.

use std::collections::{BTreeSet, HashMap};

use crate::openapi::node::Node;
use crate::openapi::schema;
use crate::openapi::schema_limits::Limits;
use crate::openapi::walk::METHODS;
use crate::{Diagnostic, Document, Result};

/// Refuses a document that the later stages could not read.
///
/// # Errors
///
/// What is wrong first, with its place in the document.
pub fn validate(document: &Document) -> Result<()> {
    let root = Node::root(&document.value);
    version(&root)?;
    let mut limits = Limits::default();
    if let Some(components) = root.get("components") {
        components.object()?;
    }
    for section in ["schemas", "parameters", "requestBodies", "responses"] {
        let components = root.get("components").map(|components| components.entries_of(section)).transpose()?;
        for (_, place) in components.unwrap_or_default() {
            place.follow()?.object()?;
            if section == "schemas" {
                schema::validate(&place, &mut limits)?;
            }
        }
    }
    let mut seen = HashMap::new();
    for (path, item) in root.path_items()? {
        if !path.starts_with('/') {
            let error = item.error(format!("the path `{path}` does not begin with a slash"));
            return Err(error.help(format!("write `/{path}`")));
        }
        path_item(path, &item.follow()?, &mut seen, &mut limits)?;
    }
    // The generator needs neither, but without them the complete description would not be OpenAPI.
    let info = root.need("info")?;
    for text in ["title", "version"] {
        info.need(text)?.text()?;
    }
    Ok(())
}

fn version(root: &Node<'_>) -> Result<()> {
    let help = "convert it to OpenAPI 3.0.3";
    root.object().map_err(|error| error.help("check that the file is an OpenAPI document"))?;
    if let Some(swagger) = root.get("swagger") {
        return Err(swagger.error("this is a Swagger 2 document, and OpenAPI 3.0 is expected").help(help));
    }
    let version = root.need("openapi").map_err(|error| error.help("check that the file is an OpenAPI document"))?;
    match version.text()? {
        text if text.starts_with("3.0.") => Ok(()),
        text => Err(version.error(format!("this is OpenAPI {text}, and 3.0 or 3.1 is expected")).help(help)),
    }
}

fn path_item(path: &str, item: &Node<'_>, seen: &mut HashMap<String, String>, limits: &mut Limits) -> Result<()> {
    let shared = parameters(item, limits)?;
    for (key, operation) in item.entries()? {
        if METHODS.contains(&key) {
            operation.object()?;
            let own = parameters(&operation, limits)?;
            limits.operation(&operation, shared.len() + own.len())?;
            template(path, &operation, shared.iter().chain(&own))?;
            self::operation(&operation, seen, limits)?;
        } else if !["parameters", "summary", "description", "servers"].contains(&key) && !key.starts_with("x-") {
            let error = operation.error(format!("`{key}` is no HTTP method that OpenAPI knows"));
            return Err(error.help(format!("name one of {}, or begin the key with `x-`", METHODS.join(", "))));
        }
    }
    Ok(())
}

fn operation(operation: &Node<'_>, seen: &mut HashMap<String, String>, limits: &mut Limits) -> Result<()> {
    if let Some(id) = operation.text_of("operationId")?
        && let Some(first) = seen.insert(id.to_owned(), operation.pointer.clone())
    {
        let error = Diagnostic::error(format!("two operations are called `{id}`"))
            .at(format!("{}/operationId", operation.pointer));
        return Err(error.related(format!("{first}/operationId"), "the first").help("rename one of them"));
    }
    for text in ["summary", "description", "x-resource", "x-method", "x-rust-query", "x-rust-result"] {
        operation.text_of(text)?;
    }
    if let Some(retry) = operation.get("x-retry")
        && !["safe", "refused-only"].contains(&retry.text()?)
    {
        let error = retry.error("`x-retry` is neither `safe` nor `refused-only`");
        return Err(error.help("say `safe` if it may be sent again whatever happened, and nothing otherwise"));
    }
    operation.flag_of("deprecated")?;
    for tag in operation.items_of("tags")? {
        tag.text()?;
    }
    if let Some(body) = operation.get("requestBody") {
        media_types(&body.follow()?, limits)?;
    }
    let responses = operation.need("responses")?;
    for (_, response) in responses.entries()?.iter().filter(|(status, _)| !status.starts_with("x-")) {
        media_types(&response.follow()?, limits)?;
    }
    Ok(())
}

fn media_types(body: &Node<'_>, limits: &mut Limits) -> Result<()> {
    body.object()?;
    if !limits.is_new(body) {
        return Ok(());
    }
    for (_, media_type) in body.entries_of("content")? {
        media_type.object()?;
        if let Some(schema) = media_type.get("schema") {
            schema::validate(&schema, limits)?;
        }
        for (_, example) in media_type.entries_of("examples")? {
            example.follow()?.object()?;
        }
    }
    Ok(())
}

/// The parameters of a path item or an operation, as their place and name.
fn parameters(owner: &Node<'_>, limits: &mut Limits) -> Result<BTreeSet<(String, String)>> {
    let mut found = BTreeSet::new();
    for item in owner.items_of("parameters")? {
        let parameter = item.follow()?;
        let name = parameter.need("name")?.text()?.to_owned();
        let location = parameter.need("in")?;
        for flag in ["required", "deprecated"] {
            parameter.flag_of(flag)?;
        }
        for text in ["description", "x-rust-field"] {
            parameter.text_of(text)?;
        }
        if !found.insert((location.text()?.to_owned(), name.clone())) {
            let error = item.error(format!("the parameter `{name}` is there twice"));
            return Err(error.help("keep one of the two"));
        }
        match location.text()? {
            "query" | "path" => {}
            // No call sends these; `normalize` tells of them, for an action of the overlay may still take them away.
            "header" | "cookie" => continue,
            other => {
                let error = location.error(format!("`{other}` is no place that OpenAPI knows for a parameter"));
                return Err(error.help("name one of path, query, header, cookie"));
            }
        }
        let schema = parameter.need("schema").map_err(|error| error.help("give the parameter a schema"))?;
        schema::validate(&schema, limits)?;
        if location.text()? == "path" {
            path_parameter(&name, &parameter, &schema)?;
        }
        style(&parameter)?;
    }
    Ok(found)
}

/// Refuses a path parameter that may be absent, or that is more than one text.
fn path_parameter(name: &str, parameter: &Node<'_>, schema: &Node<'_>) -> Result<()> {
    if !parameter.flag_of("required")? {
        let error = parameter.error(format!("the path parameter `{name}` is not required"));
        return Err(error.help("add `required: true`"));
    }
    match schema.unframed()?.text_of("type")? {
        Some(kind @ ("object" | "array")) => {
            let error = schema.error(format!("the path parameter `{name}` is of type {kind}, and a path holds text"));
            Err(error.help("let it be a text, a number or a flag"))
        }
        _ => Ok(()),
    }
}

/// Refuses the ways of writing a parameter that the runtime doesn't know.
fn style(parameter: &Node<'_>) -> Result<()> {
    let list = parameter.need("schema")?.unframed()?.text_of("type")? == Some("array");
    if let Some(style) = parameter.get("style")
        && !["form", "simple"].contains(&style.text()?)
    {
        let error = style.error(format!("the style `{}` is not supported", style.text()?));
        return Err(error.help("let it be `form`, which is what is meant where none stands"));
    }
    match parameter.get("explode") {
        Some(explode) if list && !parameter.flag_of("explode")? => {
            Err(explode.error("a list in one query parameter is not supported").help("let `explode` be true"))
        }
        _ => Ok(()),
    }
}

/// Compares the placeholders of a path with its parameters.
fn template<'p>(
    path: &str,
    operation: &Node<'_>,
    parameters: impl Iterator<Item = &'p (String, String)>,
) -> Result<()> {
    let placeholders = placeholders(path)
        .map_err(|message| operation.error(message).help("write each placeholder once, and between two braces"))?;
    let declared: BTreeSet<_> =
        parameters.filter(|(location, _)| location == "path").map(|(_, name)| name.as_str()).collect();
    if let Some(missing) = placeholders.iter().find(|name| !declared.contains(name.as_str())) {
        let help = "declare it, with `in: path` and `required: true`";
        return Err(operation.error(format!("the path parameter `{missing}` is not declared")).help(help));
    }
    match declared.iter().find(|name| !placeholders.iter().any(|placeholder| placeholder == *name)) {
        Some(name) => {
            let error = operation.error(format!("the path has no place for the parameter `{name}`"));
            Err(error.help(format!("add `{{{name}}}` to the path, or remove the parameter")))
        }
        None => Ok(()),
    }
}

/// The names between braces, in the order of the path.
pub(crate) fn placeholders(path: &str) -> Result<Vec<String>, String> {
    let mut names = Vec::new();
    let mut rest = path;
    while let Some((_, after)) = rest.split_once('{') {
        let Some((name, tail)) = after.split_once('}') else {
            return Err(format!("the path `{path}` opens a brace that it doesn't close"));
        };
        if names.iter().any(|known| known == name) {
            return Err(format!("the path `{path}` has two places for `{name}`"));
        }
        names.push(name.to_owned());
        rest = tail;
    }
    Ok(names)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn refusal(value: Value) -> (String, String) {
        let error = validate(&Document::new("a.yaml", value)).unwrap_err();
        (error.to_string(), error.pointer.as_deref().unwrap_or_default().to_owned())
    }

    fn with(path: &str, operation: &Value) -> Value {
        json!({"openapi": "3.0.3", "paths": {path: {"get": operation}}})
    }

    #[test]
    fn documents_of_other_kinds() {
        for (value, complaint, pointer) in [
            (json!(null), "expected an object", ""),
            (json!("<html>"), "expected an object", ""),
            (json!({"swagger": "2.0"}), "Swagger 2", "/swagger"),
            (json!({"openapi": "3.2.0", "paths": {}}), "OpenAPI 3.2.0", "/openapi"),
            (json!({"openapi": 3.0, "paths": {}}), "expected a text", "/openapi"),
            (json!({"info": {}}), "`openapi` is missing", ""),
            (json!({"openapi": "3.0.3"}), "`paths` is missing", ""),
            (json!({"openapi": "3.0.3", "paths": []}), "expected an object, found a list", "/paths"),
            (json!({"openapi": "3.0.3", "paths": {"a": {}}}), "slash", "/paths/a"),
            (json!({"openapi": "3.0.3", "paths": {"/a": {"gte": {}}}}), "no HTTP method", "/paths/~1a/gte"),
        ] {
            let (message, place) = refusal(value);
            assert!(message.contains(complaint), "{message}");
            assert_eq!(place, pointer, "{message}");
        }
    }

    #[test]
    fn operations() {
        let path_id = json!({"name": "id", "in": "path", "required": true, "schema": {"type": "integer"}});
        for (path, operation, complaint) in [
            ("/a/{id}", json!({"responses": {}}), "`id` is not declared"),
            ("/a", json!({"responses": {}, "parameters": [path_id]}), "no place for the parameter `id`"),
            ("/a", json!({"parameters": [{"in": "query"}]}), "`name` is missing"),
            ("/a", json!({"parameters": [{"name": "x", "in": "body", "schema": {}}]}), "`body` is no place"),
            ("/a", json!({"parameters": [{"name": "x", "in": "query"}]}), "`schema` is missing"),
            ("/a", json!({}), "`responses` is missing"),
            ("/a", json!({"responses": {}, "summary": 4}), "expected a text, found the number 4"),
            ("/a", json!({"responses": {}, "deprecated": "no"}), "expected true or false"),
            ("/a", json!({"responses": {}, "x-retry": "always"}), "neither `safe`"),
            ("/a/{b", json!({"responses": {}}), "doesn't close"),
        ] {
            let (message, _) = refusal(with(path, &operation));
            assert!(message.contains(complaint), "{message}");
        }
    }

    #[test]
    fn one_name_for_two_operations() {
        let operation = json!({"operationId": "find", "responses": {}});
        let value = json!({"openapi": "3.0.3", "paths": {"/a": {"get": operation}, "/b": {"get": operation}}});
        let error = validate(&Document::new("a.yaml", value)).unwrap_err();
        assert_eq!(error.message, "two operations are called `find`");
        assert_eq!(error.pointer.as_deref(), Some("/paths/~1b/get/operationId"));
        assert_eq!(error.related[0].pointer, "/paths/~1a/get/operationId");
    }
}
