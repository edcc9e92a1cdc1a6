//! Checks the parameters of operations against the paths and the supported styles.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::Result;
use crate::openapi::node::Node;
use crate::openapi::problem::{Checker, Problem};
use crate::openapi::schema;
use crate::openapi::validate::OPERATION;
use crate::source::document::child;

/// Checks the parameters of a path item or an operation, and returns the number of remaining parameters. An optional parameter
/// that can't be sent is left out. If a required parameter can't be sent, `operation` is left out, or the whole path item if
/// `operation` is `None`.
pub(crate) fn parameters(owner: &Node<'_>, operation: Option<&Node<'_>>, checker: &mut Checker) -> Result<usize> {
    let mut found = BTreeSet::new();
    for item in checker.keyword(owner, "parameters", owner.parameters()) {
        match parameter(&item, checker)? {
            Ok((location, name)) => {
                if !found.insert((location, name.clone())) {
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
    checker.flags(&parameter, &["required", "deprecated"]);
    checker.texts(&parameter, &["description", "x-rust-field"]);
    let found = (location.to_owned(), name.to_owned());
    match location {
        "query" | "path" => {}
        // Header and cookie parameters are reported by `normalize`, because an overlay action can remove them before that stage.
        "header" | "cookie" => return Ok(Ok(found)),
        other => {
            let error = parameter.error(format!("`{other}` is not a parameter location"));
            return Ok(Err(error.help("use one of path, query, header, cookie")));
        }
    }
    let Some(schema) = parameter.get("schema") else {
        return Ok(Err(match parameter.get("content") {
            Some(content) => content
                .error(format!("the parameter `{name}` is described by `content`, which is not supported"))
                .help("describe it with a `schema`"),
            None => parameter.error(format!("the parameter `{name}` has no `schema`")).help("add a schema"),
        }));
    };
    schema::validate(&schema, checker)?;
    if location == "path" && !parameter.flag_of("required").unwrap_or_default() {
        let error = parameter.error(format!("the path parameter `{name}` is not required"));
        let pointer = child(&parameter.pointer, "required");
        let error = error.help("add `required: true`");
        checker.push(Problem::replace(error, pointer, json!(true), "the argument is required"));
    }
    Ok(style(&parameter, &schema, location, name).map(|()| found))
}

/// Rejects parameter styles and types that the runtime does not support.
fn style(parameter: &Node<'_>, schema: &Node<'_>, location: &str, name: &str) -> Result<()> {
    // A schema that can't be read is ignored here, and reported when the schema itself is checked.
    let kind = schema.unframed().ok().and_then(|schema| schema.text_of("type").ok().flatten());
    if let (Some(kind @ ("object" | "array")), "path") = (kind, location) {
        let error = schema.error(format!("the path parameter `{name}` is an {kind}"));
        return Err(error.help("describe it as a string, a number or a boolean"));
    }
    if let Some(style) = parameter.get("style")
        && !["form", "simple"].contains(&style.text()?)
    {
        let error = style.error(format!("the style `{}` is not supported", style.text()?));
        return Err(
            error.help("if the server accepts the default style, `form`, declare that style with an overlay action")
        );
    }
    match parameter.get("explode") {
        Some(explode) if kind == Some("array") && !parameter.flag_of("explode")? => {
            let error = explode.error("`explode: false` is not supported for an array");
            Err(error.help("if the server accepts repeated parameters, declare `explode: true` with an overlay action"))
        }
        _ => Ok(()),
    }
}

/// Checks a path template, and returns its placeholder names. Returns `None` if the operations of the path have to be left out.
pub(crate) fn template(path: &str, item: &Node<'_>, checker: &mut Checker) -> Option<Vec<String>> {
    let checked = placeholders(path).map_err(|message| (message, "write each placeholder once, between braces".into()));
    let checked = checked.and_then(|placeholders| match path.split_once('?') {
        Some((path, query)) => Err((
            format!("the path contains the query `{query}`"),
            format!("write `{path}`, and declare the query parameters in `parameters`"),
        )),
        None => Ok(placeholders),
    });
    checked
        .map_err(|(message, help)| {
            let error = item.error(message).help(help);
            checker.push(Problem::remove(error, &item.pointer, "all operations of the path are left out"));
        })
        .ok()
}

/// Leaves out path parameters that have no placeholder in the path. `owner` is the path item or operation that declares them.
pub(crate) fn unused(owner: &Node<'_>, placeholders: &[String], checker: &mut Checker) {
    for item in owner.parameters().unwrap_or_default() {
        let Ok(parameter) = item.follow() else { continue };
        let text = |key: &str| parameter.value.get(key).and_then(Value::as_str);
        if let (Some("path"), Some(name)) = (text("in"), text("name"))
            && !placeholders.iter().any(|placeholder| placeholder == name)
        {
            let error = item.error(format!("the path has no placeholder for the parameter `{name}`"));
            let error = error.help(format!("add `{{{name}}}` to the path, or remove the parameter"));
            checker.push(Problem::remove(error, &item.pointer, "the parameter is left out"));
        }
    }
}

/// Returns the placeholder names of a path in the order in which they occur, or a message if the path is malformed.
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
