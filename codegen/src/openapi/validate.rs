//! Checks that a document is valid OpenAPI 3.0 in the parts read by the generator. Every error has a location.

use std::collections::{BTreeSet, HashMap};

use crate::openapi::node::Node;
use crate::openapi::schema;
use crate::openapi::schema_limits::Limits;
use crate::openapi::walk::METHODS;
use crate::{Diagnostic, Document, Result};

/// Rejects a document that cannot be read by the later stages.
///
/// # Errors
///
/// Returns the first error, with its location in the document.
pub fn validate(document: &Document) -> Result<()> {
    let root = Node::root(&document.value);
    version(&root)?;
    let mut limits = Limits::default();
    if let Some(components) = root.get("components") {
        components.object()?;
    }
    for section in ["schemas", "parameters", "requestBodies", "responses"] {
        let components = root.get("components").map(|components| components.entries_of(section)).transpose()?;
        for (_, node) in components.unwrap_or_default() {
            node.follow()?.object()?;
            if section == "schemas" {
                schema::validate(&node, &mut limits)?;
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
    // The generator ignores `title` and `version`, but OpenAPI requires them in the complete description.
    let info = root.need("info")?;
    for text in ["title", "version"] {
        info.need(text)?.text()?;
    }
    Ok(())
}

fn version(root: &Node<'_>) -> Result<()> {
    let help = "convert the document to OpenAPI 3.0 or 3.1";
    root.object().map_err(|error| error.help("check that the file is an OpenAPI document"))?;
    if let Some(swagger) = root.get("swagger") {
        return Err(swagger.error("the document is Swagger 2, not OpenAPI 3").help(help));
    }
    let version = root.need("openapi").map_err(|error| error.help("check that the file is an OpenAPI document"))?;
    match version.text()? {
        text if text.starts_with("3.0.") => Ok(()),
        text => Err(version.error(format!("OpenAPI {text} is not supported")).help(help)),
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
            let error = operation.error(format!("`{key}` is not an HTTP method in OpenAPI"));
            return Err(error.help(format!("use one of {}, or start the key with `x-`", METHODS.join(", "))));
        }
    }
    Ok(())
}

fn operation(operation: &Node<'_>, seen: &mut HashMap<String, String>, limits: &mut Limits) -> Result<()> {
    if let Some(id) = operation.text_of("operationId")?
        && let Some(first) = seen.insert(id.to_owned(), operation.pointer.clone())
    {
        let error = Diagnostic::error(format!("two operations have the ID `{id}`"))
            .at(format!("{}/operationId", operation.pointer));
        return Err(error.related(format!("{first}/operationId"), "first occurrence").help("rename one of them"));
    }
    for text in ["summary", "description", "x-resource", "x-method", "x-rust-query", "x-rust-result"] {
        operation.text_of(text)?;
    }
    if let Some(retry) = operation.get("x-retry")
        && !["safe", "refused-only"].contains(&retry.text()?)
    {
        let error = retry.error("`x-retry` is neither `safe` nor `refused-only`");
        return Err(error.help("use `safe` if the operation is idempotent; otherwise remove the key"));
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

/// Checks the parameters of a path item or an operation, and returns their locations and names.
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
            let error = item.error(format!("the parameter `{name}` is declared twice"));
            return Err(error.help("remove one of the declarations"));
        }
        match location.text()? {
            "query" | "path" => {}
            // Header and cookie parameters are reported by `normalize`, because an overlay action can remove them before that
            // stage.
            "header" | "cookie" => continue,
            other => {
                let error = location.error(format!("`{other}` is not a parameter location"));
                return Err(error.help("use one of path, query, header, cookie"));
            }
        }
        let schema = parameter.need("schema").map_err(|error| error.help("add a schema to the parameter"))?;
        schema::validate(&schema, limits)?;
        if location.text()? == "path" {
            path_parameter(&name, &parameter, &schema)?;
        }
        style(&parameter)?;
    }
    Ok(found)
}

/// Rejects a path parameter that is optional, an object or an array.
fn path_parameter(name: &str, parameter: &Node<'_>, schema: &Node<'_>) -> Result<()> {
    if !parameter.flag_of("required")? {
        let error = parameter.error(format!("the path parameter `{name}` is not required"));
        return Err(error.help("add `required: true`"));
    }
    match schema.unframed()?.text_of("type")? {
        Some(kind @ ("object" | "array")) => {
            let error = schema.error(format!("the path parameter `{name}` is an {kind}"));
            Err(error.help("describe it as a string, a number or a boolean"))
        }
        _ => Ok(()),
    }
}

/// Rejects parameter styles that the runtime does not support.
fn style(parameter: &Node<'_>) -> Result<()> {
    let list = parameter.need("schema")?.unframed()?.text_of("type")? == Some("array");
    if let Some(style) = parameter.get("style")
        && !["form", "simple"].contains(&style.text()?)
    {
        let error = style.error(format!("the style `{}` is not supported", style.text()?));
        return Err(error.help("use `form`, the default"));
    }
    match parameter.get("explode") {
        Some(explode) if list && !parameter.flag_of("explode")? => {
            Err(explode.error("`explode: false` is not supported for an array").help("use `explode: true`"))
        }
        _ => Ok(()),
    }
}

/// Compares the placeholders in a path with the declared parameters.
fn template<'p>(
    path: &str,
    operation: &Node<'_>,
    parameters: impl Iterator<Item = &'p (String, String)>,
) -> Result<()> {
    let placeholders = placeholders(path)
        .map_err(|message| operation.error(message).help("write each placeholder once, between braces"))?;
    let declared: BTreeSet<_> =
        parameters.filter(|(location, _)| location == "path").map(|(_, name)| name.as_str()).collect();
    if let Some(missing) = placeholders.iter().find(|name| !declared.contains(name.as_str())) {
        let help = "declare it with `in: path` and `required: true`";
        return Err(operation.error(format!("the path parameter `{missing}` is not declared")).help(help));
    }
    match declared.iter().find(|name| !placeholders.iter().any(|placeholder| placeholder == *name)) {
        Some(name) => {
            let error = operation.error(format!("the path has no placeholder for the parameter `{name}`"));
            Err(error.help(format!("add `{{{name}}}` to the path, or remove the parameter")))
        }
        None => Ok(()),
    }
}

/// Returns the placeholder names of a path, in path order.
pub(crate) fn placeholders(path: &str) -> Result<Vec<String>, String> {
    let mut names = Vec::new();
    let mut rest = path;
    while let Some((_, after)) = rest.split_once('{') {
        let Some((name, tail)) = after.split_once('}') else {
            return Err(format!("the path `{path}` has an unclosed brace"));
        };
        if names.iter().any(|known| known == name) {
            return Err(format!("the path `{path}` has the placeholder `{name}` twice"));
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
    fn rejects_unsupported_documents() {
        for (value, complaint, pointer) in [
            (json!(null), "expected an object", ""),
            (json!("<html>"), "expected an object", ""),
            (json!({"swagger": "2.0"}), "Swagger 2", "/swagger"),
            (json!({"openapi": "3.2.0", "paths": {}}), "OpenAPI 3.2.0", "/openapi"),
            (json!({"openapi": 3.0, "paths": {}}), "expected a string", "/openapi"),
            (json!({"info": {}}), "`openapi` is missing", ""),
            (json!({"openapi": "3.0.3"}), "`paths` is missing", ""),
            (json!({"openapi": "3.0.3", "paths": []}), "expected an object, found an array", "/paths"),
            (json!({"openapi": "3.0.3", "paths": {"a": {}}}), "slash", "/paths/a"),
            (json!({"openapi": "3.0.3", "paths": {"/a": {"gte": {}}}}), "not an HTTP method", "/paths/~1a/gte"),
        ] {
            let (message, node) = refusal(value);
            assert!(message.contains(complaint), "{message}");
            assert_eq!(node, pointer, "{message}");
        }
    }

    #[test]
    fn rejects_malformed_operations() {
        let path_id = json!({"name": "id", "in": "path", "required": true, "schema": {"type": "integer"}});
        for (path, operation, complaint) in [
            ("/a/{id}", json!({"responses": {}}), "`id` is not declared"),
            ("/a", json!({"responses": {}, "parameters": [path_id]}), "no placeholder for the parameter `id`"),
            ("/a", json!({"parameters": [{"in": "query"}]}), "`name` is missing"),
            (
                "/a",
                json!({"parameters": [{"name": "x", "in": "body", "schema": {}}]}),
                "`body` is not a parameter location",
            ),
            ("/a", json!({"parameters": [{"name": "x", "in": "query"}]}), "`schema` is missing"),
            ("/a", json!({}), "`responses` is missing"),
            ("/a", json!({"responses": {}, "summary": 4}), "expected a string, found the number 4"),
            ("/a", json!({"responses": {}, "deprecated": "no"}), "expected true or false"),
            ("/a", json!({"responses": {}, "x-retry": "always"}), "neither `safe`"),
            ("/a/{b", json!({"responses": {}}), "unclosed brace"),
        ] {
            let (message, _) = refusal(with(path, &operation));
            assert!(message.contains(complaint), "{message}");
        }
    }

    #[test]
    fn rejects_duplicate_operation_ids() {
        let operation = json!({"operationId": "find", "responses": {}});
        let value = json!({"openapi": "3.0.3", "paths": {"/a": {"get": operation}, "/b": {"get": operation}}});
        let error = validate(&Document::new("a.yaml", value)).unwrap_err();
        assert_eq!(error.message, "two operations have the ID `find`");
        assert_eq!(error.pointer.as_deref(), Some("/paths/~1b/get/operationId"));
        assert_eq!(error.related[0].pointer, "/paths/~1a/get/operationId");
    }
}
