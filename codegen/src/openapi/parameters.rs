//! Checks the parameters of operations against the paths and the supported styles.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::Result;
use crate::openapi::media_type::is_json;
use crate::openapi::node::Node;
use crate::openapi::problem::{Checker, Problem};
use crate::openapi::validate::OPERATION;
use crate::openapi::{schema, swagger_2};
use crate::source::document::child;

/// Checks the parameters of a path item or an operation, and returns the number of remaining parameters. An optional parameter
/// that can't be sent is left out. If a required parameter can't be sent, `operation` is left out, or the whole path item if
/// `operation` is `None`.
pub(crate) fn parameters(owner: &Node<'_>, operation: Option<&Node<'_>>, checker: &mut Checker) -> Result<usize> {
    let mut found = BTreeSet::new();
    let items = checker.keyword(owner, "parameters", owner.parameters());
    for item in items.into_iter().filter(|item| !swagger_2::is_body(item)) {
        match parameter(&item, checker)? {
            Ok(key) => {
                let name = key.1.clone();
                if !found.insert(key) {
                    let error = item.error(format!("the parameter `{name}` is declared twice"));
                    let error = error.help("remove one of the declarations");
                    checker.push(Problem::remove(error, &item.pointer, "this declaration is left out"));
                }
            }
            Err(error) => {
                let required = item.follow().and_then(|item| item.flag_of("required")).unwrap_or_default();
                checker.push(match (required, operation) {
                    (false, _) => Problem::remove(error, &item.pointer, "the parameter is left out"),
                    (true, Some(operation)) => Problem::remove(error, &operation.pointer, OPERATION),
                    (true, None) => Problem::remove(error, &owner.pointer, "all operations of the path are left out"),
                });
            }
        }
    }
    Ok(found.len())
}

/// Checks one parameter, and returns its location and name. The inner error means that the parameter can't be sent.
fn parameter(item: &Node<'_>, checker: &mut Checker) -> Result<Result<(String, String)>> {
    let head = || {
        let parameter = item.follow()?;
        let (name, location) = (parameter.need("name")?.text()?, parameter.need("in")?.text()?);
        Ok((parameter, location, name))
    };
    let (parameter, location, name) = match head() {
        Ok(head) => head,
        Err(error) => return Ok(Err(error)),
    };
    checker.flags(&parameter, &["required", "deprecated", "explode"]);
    checker.texts(&parameter, &["description", "style", "x-rust-field"]);
    match location {
        "query" | "path" | "header" => {}
        // Cookies are reported by `normalize`, because an overlay action can remove them before that stage.
        "cookie" => return Ok(Ok((location.to_owned(), name.to_owned()))),
        "querystring" => {
            let error = parameter.error("`querystring` is a parameter location of OpenAPI 3.2, which is not supported");
            return Ok(Err(error.help("declare each parameter of the query with `in: query`")));
        }
        other => {
            let error = parameter.error(format!("`{other}` is not a parameter location"));
            return Ok(Err(error.help("use one of path, query, header, cookie")));
        }
    }
    match schema_of(&parameter) {
        Ok(Some(schema)) => schema::validate(&schema, checker)?,
        Ok(None) => swagger_2::schema(&parameter, checker),
        Err(error) => return Ok(Err(error)),
    }
    if location == "path" && !parameter.flag_of("required").unwrap_or_default() {
        let error = parameter.error(format!("the path parameter `{name}` is not required"));
        let pointer = child(&parameter.pointer, "required");
        let error = error.help("add `required: true`");
        checker.push(Problem::replace(error, pointer, json!(true), "the argument is required"));
    }
    // The names of headers are case-insensitive.
    let key = if location == "header" { name.to_ascii_lowercase() } else { name.to_owned() };
    Ok(match location {
        "path" => path_style(&parameter, name),
        "query" => {
            query_style(&parameter, checker);
            Ok(())
        }
        _ => Ok(()),
    }
    .map(|()| (location.to_owned(), key)))
}

/// Returns the schema of a parameter. If the parameter has `content`, this is the schema of its JSON media type.
pub(crate) fn schema_of<'a>(parameter: &Node<'a>) -> Result<Option<Node<'a>>> {
    if let Some(schema) = parameter.get("schema") {
        return Ok(Some(schema));
    }
    let content = parameter.entries_of("content")?;
    let Some((name, media_type)) = content.first() else { return Ok(None) };
    if !is_json(name) {
        let error = media_type.error(format!("`{name}` is not a supported media type for a parameter"));
        return Err(error.help("describe the parameter with a `schema`"));
    }
    media_type.need("schema").map(Some)
}

/// Rejects the types and styles that a path argument can't have.
fn path_style(parameter: &Node<'_>, name: &str) -> Result<()> {
    // A schema that can't be read is ignored here, and reported when the schema itself is checked.
    let schema = parameter.get("schema").and_then(|schema| schema.unframed().ok());
    let kind = schema.as_ref().and_then(|schema| schema.text_of("type").ok().flatten());
    if let (Some(kind @ ("object" | "array")), Some(schema)) = (kind, &schema) {
        let error = schema.error(format!("the path parameter `{name}` is an {kind}"));
        return Err(error.help("describe it as a string, a number or a boolean"));
    }
    match parameter.get("style") {
        Some(style) if ["label", "matrix"].contains(&style.text().unwrap_or_default()) => {
            let error = style.error(format!("the style `{}` is not supported", style.text()?));
            Err(error.help("if the server accepts the default style, `simple`, declare it with an overlay action"))
        }
        _ => Ok(()),
    }
}

/// Removes a style that OpenAPI does not define for query parameters.
fn query_style(parameter: &Node<'_>, checker: &mut Checker) {
    const STYLES: [&str; 4] = ["form", "spaceDelimited", "pipeDelimited", "deepObject"];
    if let Some(style) = parameter.get("style")
        && let Ok(text) = style.text()
        && !STYLES.contains(&text)
    {
        let error = style.error(format!("`{text}` is not a style of query parameters"));
        let error = error.help(format!("use one of {}", STYLES.join(", ")));
        checker.push(Problem::remove(error, style.pointer, "the default style, `form`, is used"));
    }
}

/// Checks a path template, and returns its placeholder names. Returns `None` if the operations of the path have to be left out.
pub(crate) fn template(path: &str, item: &Node<'_>, checker: &mut Checker) -> Option<Vec<String>> {
    let checked = placeholders(path).map_err(|message| (message, "write each placeholder once, between braces".into()));
    let checked = checked.and_then(|placeholders| match split(path) {
        (_, query) if query.bytes().all(|byte| byte.is_ascii_graphic() && !b"\"<>{}".contains(&byte)) => {
            Ok(placeholders)
        }
        (path, query) => Err((
            format!("the path contains the query `{query}`, which has a placeholder or is not percent-encoded"),
            format!("write `{path}`, and declare the query parameters in `parameters`"),
        )),
    });
    checked
        .map_err(|(message, help)| {
            let error = item.error(message).help(help);
            checker.push(Problem::remove(error, &item.pointer, "all operations of the path are left out"));
        })
        .ok()
}

/// Splits a path into the part before its query, and the query. Some documents distinguish several operations of one path by a
/// fragment, which is not sent.
pub(crate) fn split(path: &str) -> (&str, &str) {
    let path = path.split_once('#').map_or(path, |(path, _)| path);
    path.split_once('?').unwrap_or((path, ""))
}

/// Pairs the parameters of an operation with the placeholders of its path. A parameter without a placeholder is left out. However,
/// if there is exactly one such parameter and exactly one placeholder without a parameter, the parameter is renamed. A query
/// parameter that the path already sets is also left out.
pub(crate) fn match_with_path(
    path: &str,
    placeholders: &[String],
    item: &Node<'_>,
    operation: &Node<'_>,
    checker: &mut Checker,
) {
    let own = operation.parameters().unwrap_or_default();
    let items: Vec<_> = own.into_iter().chain(item.parameters().unwrap_or_default()).collect();
    let declared = |location: &str| -> Vec<_> {
        let named = items.iter().filter_map(|item| {
            let parameter = item.follow().ok()?;
            let text = |key: &str| parameter.value.get(key).and_then(Value::as_str);
            (text("in") == Some(location)).then_some((item, text("name")?))
        });
        named.collect()
    };
    let fixed = split(path).1.split('&').filter(|pair| !pair.is_empty());
    let fixed: Vec<_> = fixed.map(|pair| pair.split_once('=').map_or(pair, |(key, _)| key)).collect();
    for (item, name) in declared("query").into_iter().filter(|(_, name)| fixed.contains(name)) {
        let error = item.error(format!("the path already contains the query parameter `{name}`"));
        let error = error.help("remove the parameter, or remove the query from the path");
        checker.push(Problem::remove(error, &item.pointer, "the parameter is left out"));
    }
    let declared = declared("path");
    let undeclared: Vec<_> = placeholders.iter().filter(|it| declared.iter().all(|(_, name)| name != it)).collect();
    let unused: Vec<_> = declared.iter().filter(|(_, name)| !placeholders.iter().any(|it| it == name)).collect();
    let is_pair = undeclared.len() == 1 && unused.len() == 1;
    for (item, name) in unused {
        let error = item.error(format!("the path has no placeholder for the parameter `{name}`"));
        checker.push(match (undeclared.first(), item.value) {
            (Some(placeholder), Value::Object(entries)) if is_pair && !entries.contains_key("$ref") => {
                let mut renamed = entries.clone();
                renamed.insert("name".to_owned(), json!(placeholder));
                let consequence = format!("it is used for the placeholder `{placeholder}`");
                let error = error.help(format!("name the parameter `{placeholder}`"));
                Problem::replace(error, &item.pointer, renamed.into(), &consequence)
            }
            _ => {
                let error = error.help(format!("add `{{{name}}}` to the path, or remove the parameter"));
                Problem::remove(error, &item.pointer, "the parameter is left out")
            }
        });
    }
}

/// Returns the placeholder names of a path in the order in which they occur, or a message if the path is malformed.
pub(crate) fn placeholders(path: &str) -> Result<Vec<String>, String> {
    let mut names = Vec::new();
    let mut rest = split(path).0;
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
