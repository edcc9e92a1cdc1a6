//! Finds the parts of a document that the generator can't read. Each problem has a location.

use serde_json::{Value, json};

use crate::openapi::media_type::{self, is_json};
use crate::openapi::node::Node;
use crate::openapi::parameters::{self, parameters};
use crate::openapi::problem::{Checker, Problem};
use crate::openapi::servers::ALLOWED_HOSTS;
use crate::openapi::walk::METHODS;
use crate::openapi::{schema, swagger_2};
use crate::source::document::child;
use crate::{Diagnostic, Document, Result};

/// The consequence of a problem that affects a whole operation.
pub(crate) const OPERATION: &str = "the operation is left out";

/// Checks the parts of a document that the later stages read, and returns the problems.
///
/// # Errors
///
/// Returns an error if the document is not OpenAPI 3.0, is split over several files, or exceeds a limit.
pub fn validate(document: &Document) -> Result<Vec<Problem>> {
    let root = Node::root(&document.value);
    version(&root)?;
    let mut checker = Checker::default();
    components(&root, &mut checker)?;
    tags(&root, &mut checker);
    let hosts = root.items_of(ALLOWED_HOSTS).and_then(|hosts| hosts.iter().try_for_each(|host| host.text().map(drop)));
    checker.keyword(&root, ALLOWED_HOSTS, hosts);
    reasons(&root, &mut checker);
    for (path, item) in root.path_items()? {
        reject_split(&item)?;
        siblings(&item, &mut checker);
        let found = if path.starts_with('/') {
            item.follow_object()
                .and_then(|found| if is_path_item(&found) { Ok(found) } else { Err(not_a_path_item(&item)) })
        } else {
            let error = item.error(format!("the path `{path}` does not begin with a slash"));
            Err(error.help(format!("write `/{path}`")))
        };
        match found {
            Ok(found) => path_item(path, &found, &mut checker)?,
            Err(error) => checker.push(Problem::remove(error, &item.pointer, "the path is left out")),
        }
    }
    info(&root, &mut checker);
    Ok(checker.problems)
}

/// Returns whether a node is an entry of `paths` or of `components.pathItems`.
fn is_path_item(node: &Node<'_>) -> bool {
    let name = ["/paths/", "/components/pathItems/"].iter().find_map(|place| node.pointer.strip_prefix(place));
    name.is_some_and(|name| !name.contains('/'))
}

fn not_a_path_item(item: &Node<'_>) -> Diagnostic {
    let error = item.error("the reference does not lead to a path item");
    error.help("refer to an entry of `paths` or of `components.pathItems`")
}

/// Reports operations or parameters next to the `$ref` of a path item, because OpenAPI does not define how they combine with the
/// referenced path item. If there are operations, the reference is ignored. Otherwise, the parameters are ignored.
fn siblings(item: &Node<'_>, checker: &mut Checker) {
    let Some(reference) = item.get("$ref") else { return };
    let help = "copy the referenced path item here, or keep only the reference";
    if let Some(method) = METHODS.iter().find(|key| item.get(key).is_some()) {
        let error = reference.error(format!("the reference is next to `{method}`")).help(help);
        checker.push(Problem::remove(error, reference.pointer, "this reference is ignored"));
    } else if let Some(parameters) = item.get("parameters") {
        let error = parameters.error("`parameters` is next to a reference").help(help);
        checker.push(Problem::remove(error, parameters.pointer, "these parameters are ignored"));
    }
}

/// Checks the `title` and `version`, which are required by OpenAPI but not used in the bindings.
fn info(root: &Node<'_>, checker: &mut Checker) {
    let texts = root.need("info").and_then(|info| {
        info.need("title")?.text()?;
        info.need("version")?.text()
    });
    if let Err(error) = texts {
        let replacement = json!({"title": "", "version": ""});
        checker.push(Problem::replace(error, "/info", replacement, "the complete description is not valid OpenAPI"));
    }
}

/// Checks `tags` and `x-resources`, which contain the documentation of the resources.
fn tags(root: &Node<'_>, checker: &mut Checker) {
    for key in ["tags", "x-resources"] {
        let resources = match key {
            "tags" => root.items_of(key),
            _ => root.entries_of(key).map(|entries| entries.into_iter().map(|(_, node)| node).collect()),
        };
        for resource in checker.keyword(root, key, resources) {
            let name = || resource.need("name")?.text().map(drop);
            if let Err(error) = if key == "tags" { name() } else { resource.object().map(drop) } {
                checker.push(Problem::remove(error, child("", key), "the resources have no documentation"));
                break;
            }
            checker.texts(&resource, &["description"]);
        }
    }
}

/// Checks `x-error-reasons`, which lists the error reasons with the patterns of their messages.
fn reasons(root: &Node<'_>, checker: &mut Checker) {
    let check = |reason: &Node<'_>| {
        reason.need("name")?.text()?;
        reason.text_of("description")?;
        reason.flag_of("not-found")?;
        reason.need("messages")?.items()?.iter().try_for_each(|message| message.text().map(drop))
    };
    let reasons = root.items_of("x-error-reasons").and_then(|reasons| reasons.iter().try_for_each(check));
    checker.keyword(root, "x-error-reasons", reasons);
}

/// Checks that the reasons for an operation's errors are listed in the document.
fn known_reasons(operation: &Node<'_>) -> Result<()> {
    for reason in operation.items_of("x-error-reasons")? {
        let known = operation.document().items_of("x-error-reasons").unwrap_or_default();
        let name = reason.text()?;
        if !known.iter().any(|known| known.value["name"] == name) {
            let error = reason.error(format!("`x-error-reasons` of the document has no reason `{name}`"));
            return Err(error.help("add the reason there, with the patterns of its messages"));
        }
    }
    Ok(())
}

fn version(root: &Node<'_>) -> Result<()> {
    let help = "convert the document to OpenAPI 3.0, 3.1 or 3.2";
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

/// Rejects a reference to a path item or an operation in another file. A reference to a schema in another file is accepted, but
/// the values of the schema become untyped.
fn reject_split(node: &Node<'_>) -> Result<()> {
    match node.value.get("$ref").and_then(Value::as_str) {
        Some(target) if !target.starts_with('#') => {
            let error =
                node.error(format!("the document is split over several files: the definition is in `{target}`"));
            Err(error.help("bundle the files into one document, for example with `redocly bundle`"))
        }
        _ => Ok(()),
    }
}

fn components(root: &Node<'_>, checker: &mut Checker) -> Result<()> {
    let Some(components) = root.get("components") else { return Ok(()) };
    if let Err(error) = components.object() {
        checker.push(Problem::remove(error, &components.pointer, "all components are left out"));
        return Ok(());
    }
    for section in ["schemas", "parameters", "requestBodies", "responses"] {
        for (_, node) in checker.keyword(&components, section, components.entries_of(section)) {
            if section == "schemas" {
                schema::validate(&node, checker)?;
            } else if let Err(error) = node.follow_object() {
                checker.push(Problem::remove(error, &node.pointer, "this component is left out"));
            }
        }
    }
    Ok(())
}

fn path_item(path: &str, item: &Node<'_>, checker: &mut Checker) -> Result<()> {
    let Some(placeholders) = parameters::template(path, item, checker) else { return Ok(()) };
    let shared = parameters(item, None, checker)?;
    for (key, operation) in item.entries()? {
        if METHODS.contains(&key) {
            reject_split(&operation)?;
            if let Err(error) = operation.object() {
                checker.push(Problem::remove(error, &operation.pointer, OPERATION));
                continue;
            }
            swagger_2::body(item, &operation, checker);
            let own = parameters(&operation, Some(&operation), checker)?;
            checker.limits.operation(&operation, shared + own)?;
            parameters::match_with_path(path, &placeholders, item, &operation, checker);
            self::operation(&operation, checker)?;
        } else if !["parameters", "summary", "description", "servers"].contains(&key) && !key.starts_with("x-") {
            let error = operation.error(format!("`{key}` is not an HTTP method in OpenAPI"));
            let error = error.help(format!("use one of {}, or start the key with `x-`", METHODS.join(", ")));
            checker.push(Problem::remove(error, &operation.pointer, "this key is ignored"));
        }
    }
    Ok(())
}

fn operation(operation: &Node<'_>, checker: &mut Checker) -> Result<()> {
    let id = checker.keyword(operation, "operationId", operation.text_of("operationId"));
    if let Some(id) = id
        && let Some(first) = checker.first_with_id(id, operation)
    {
        let pointer = child(&operation.pointer, "operationId");
        let error = Diagnostic::error(format!("two operations have the ID `{id}`")).at(&pointer);
        let error =
            error.related(format!("{first}/operationId"), "first occurrence").help("rename one of the operations");
        checker.push(Problem::remove(error, pointer, "the method is named after the path"));
    }
    checker.texts(
        operation,
        &["summary", "description", "x-resource", "x-method", "x-rust-query", "x-rust-result", "x-skip"],
    );
    if let Some(retry) = operation.get("x-retry")
        && !retry.text().is_ok_and(|retry| ["safe", "refused-only"].contains(&retry))
    {
        let error = retry.error("`x-retry` is neither `safe` nor `refused-only`");
        let error = error.help("use `safe` if the operation is idempotent; otherwise remove the key");
        checker.push(Problem::remove(error, &retry.pointer, "this key is ignored"));
    }
    let reasons = known_reasons(operation);
    checker.keyword(operation, "x-error-reasons", reasons);
    checker.flags(operation, &["deprecated"]);
    let tags = operation.items_of("tags").and_then(|tags| tags.iter().try_for_each(|tag| tag.text().map(drop)));
    checker.keyword(operation, "tags", tags);
    if let Some(body) = operation.get("requestBody") {
        match body.follow_object() {
            Ok(body) => media_types(&body, checker)?,
            Err(error) => checker.push(Problem::remove(error, &operation.pointer, OPERATION)),
        }
    }
    match operation.need("responses").and_then(|responses| responses.entries()) {
        Ok(entries) => {
            for (_, response) in entries.iter().filter(|(status, _)| !status.starts_with("x-")) {
                match response.follow_object() {
                    Ok(response) => {
                        swagger_2::response(&response, checker);
                        media_types(&response, checker)?;
                    }
                    Err(error) => {
                        let any = json!({"description": "", "content": {"application/json": {"schema": {}}}});
                        checker.push(Problem::replace(error, &response.pointer, any, "the response is untyped JSON"));
                    }
                }
            }
        }
        Err(error) => {
            let pointer = child(&operation.pointer, "responses");
            checker.push(Problem::replace(error, pointer, json!({}), "the operation has an empty result"));
        }
    }
    Ok(())
}

/// Checks the media types of a request body or a response.
fn media_types(body: &Node<'_>, checker: &mut Checker) -> Result<()> {
    if !checker.limits.is_new(body) {
        return Ok(());
    }
    for (name, media_type) in checker.keyword(body, "content", media_type::content(body)) {
        if let Err(error) = media_type.object() {
            let any = json!({"schema": {}});
            checker.push(Problem::replace(error, &media_type.pointer, any, "the body is untyped JSON"));
            continue;
        }
        match media_type.get("schema") {
            Some(schema) => schema::validate(&schema, checker)?,
            None if is_json(name) => {
                let error = media_type.error("the body has no schema").help("add a schema");
                checker.push(Problem::untyped(error, child(&media_type.pointer, "schema")));
            }
            None => {}
        }
        for (_, example) in checker.keyword(&media_type, "examples", media_type.entries_of("examples")) {
            if let Err(error) = example.follow_object() {
                checker.push(Problem::remove(error, &example.pointer, "the example is left out"));
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn first(value: Value) -> (String, String) {
        let warning = match validate(&Document::new("a.yaml", value)) {
            Ok(problems) => problems.into_iter().next().expect("the document has a problem").warning,
            Err(error) => error,
        };
        (warning.to_string(), warning.pointer.as_deref().unwrap_or_default().to_owned())
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
            (json!({"openapi": "4.0.0", "paths": {}}), "OpenAPI 4.0.0", "/openapi"),
            (json!({"openapi": 3.0, "paths": {}}), "expected a string", "/openapi"),
            (json!({"info": {}}), "`openapi` is missing", ""),
            (json!({"openapi": "3.0.3"}), "`paths` is missing", ""),
            (json!({"openapi": "3.0.3", "paths": []}), "expected an object, found an array", "/paths"),
            (
                json!({"openapi": "3.0.3", "paths": {"/a": {"$ref": "a.yaml"}}}),
                "split over several files",
                "/paths/~1a",
            ),
        ] {
            let error = validate(&Document::new("a.yaml", value)).unwrap_err();
            assert!(error.to_string().contains(complaint), "{error}");
            assert_eq!(error.pointer.as_deref(), Some(pointer), "{error}");
        }
    }

    #[test]
    fn reports_malformed_paths() {
        for (paths, complaint, pointer) in [
            (json!({"a": {}}), "slash", "/paths/a"),
            (json!({"/a": {"gte": {}}}), "not an HTTP method", "/paths/~1a/gte"),
            (json!({"/a": []}), "expected an object", "/paths/~1a"),
            (json!({"/{b": {}}), "unclosed brace", "/paths/~1{b"),
            (json!({"/a?b={c}": {}}), "contains the query `b={c}`", "/paths/~1a?b={c}"),
        ] {
            let (message, node) = first(json!({"openapi": "3.0.3", "paths": paths}));
            assert!(message.contains(complaint), "{message}");
            assert_eq!(node, pointer, "{message}");
        }
    }

    #[test]
    fn reports_malformed_operations() {
        let path_id = json!({"name": "id", "in": "path", "required": true, "schema": {"type": "integer"}});
        for (path, operation, complaint) in [
            ("/a", json!({"responses": {}, "parameters": [path_id]}), "no placeholder for the parameter `id`"),
            ("/a", json!({"parameters": [{"in": "query"}]}), "`name` is missing"),
            (
                "/a",
                json!({"parameters": [{"name": "x", "in": "body", "schema": {}}]}),
                "`body` is not a parameter location",
            ),
            ("/a", json!({"parameters": [{"name": "x", "in": "query"}]}), "the parameter has no `schema`"),
            ("/a", json!({}), "`responses` is missing"),
            ("/a", json!({"responses": {}, "summary": 4}), "expected a string, found the number 4"),
            ("/a", json!({"responses": {}, "deprecated": "no"}), "expected true or false"),
            ("/a", json!({"responses": {}, "x-retry": "always"}), "neither `safe`"),
            ("/a", json!({"responses": {}, "x-error-reasons": ["lost"]}), "has no reason `lost`"),
            ("/a", json!({"responses": {}, "x-error-reasons": "lost"}), "expected an array"),
        ] {
            let (message, _) = first(with(path, &operation));
            assert!(message.contains(complaint), "{message}");
        }
    }

    #[test]
    fn reports_duplicate_operation_ids() {
        let operation = json!({"operationId": "find", "responses": {}});
        let value = json!({"openapi": "3.0.3", "paths": {"/a": {"get": operation}, "/b": {"get": operation}}});
        let problem = validate(&Document::new("a.yaml", value)).unwrap().remove(0).warning;
        assert_eq!(problem.message, "two operations have the ID `find`");
        assert_eq!(problem.pointer.as_deref(), Some("/paths/~1b/get/operationId"));
        assert_eq!(problem.related[0].pointer, "/paths/~1a/get/operationId");
    }
}
