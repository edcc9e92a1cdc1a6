//! Reads the header parameters of an operation.

use serde_json::Value;

use crate::model::api::{Header, HeaderSource, Type};
use crate::model::name_types::TypeNames;
use crate::model::names::{self, Names};
use crate::model::normalize::Parameter;
use crate::openapi::node::Node;
use crate::openapi::schema::SchemaKind;
use crate::{Diagnostic, Result};

/// The headers that the client sets itself.
const SENT: [&str; 8] = [
    "accept",
    "accept-encoding",
    "authorization",
    "connection",
    "content-length",
    "content-type",
    "host",
    "user-agent",
];

/// Other headers that callers can't set, because they change the destination, the method or the framing of the request.
const RESERVED: [&str; 17] = [
    "content-encoding",
    "expect",
    "forwarded",
    "http2-settings",
    "keep-alive",
    "proxy-authorization",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "x-forwarded-host",
    "x-http-method",
    "x-http-method-override",
    "x-method-override",
    "x-original-url",
    "x-rewrite-url",
];

/// Reports a parameter that calls don't send. Returns an error if the parameter is required.
pub(crate) fn unsent(parameter: &Node<'_>, id: &str) -> Result<Option<Diagnostic>> {
    let (name, location) = (parameter.need("name")?.text()?, parameter.need("in")?);
    let place = location.text()?;
    let header = name.to_ascii_lowercase();
    let reason = match place {
        "cookie" => "calls send no cookies",
        "header" if SENT.contains(&header.as_str()) || is_credential(parameter, &header)? => {
            return Ok(Some(
                location.left_out(format!("the header parameter `{name}` is left out: the client sends it")),
            ));
        }
        "header" if RESERVED.contains(&header.as_str()) => "callers can't set this header",
        "header" if !is_header_name(name) => "this is not a valid header name",
        _ => return Ok(None),
    };
    if parameter.flag_of("required")? {
        let error = location.error(format!("`{id}` requires the {place} parameter `{name}`, but {reason}"));
        return Err(error.help("if the API works without it, remove the parameter with an overlay action"));
    }
    Ok(Some(location.left_out(format!("the {place} parameter `{name}` is left out: {reason}"))))
}

/// Returns whether a string is a token (RFC 9110, section 5.6.2).
fn is_header_name(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte))
}

/// Returns whether a security scheme sends its API key in the given header.
fn is_credential(parameter: &Node<'_>, header: &str) -> Result<bool> {
    let Some(components) = parameter.document().get("components") else { return Ok(false) };
    Ok(components.entries_of("securitySchemes")?.iter().any(|(_, scheme)| {
        let text = |key: &str| scheme.value.get(key).and_then(Value::as_str);
        text("in") == Some("header") && text("name").is_some_and(|name| name.eq_ignore_ascii_case(header))
    }))
}

/// Reads the header parameters. A required header is an argument, unless its schema allows only one value. An optional header is
/// only documented, because callers can add any header to a call.
pub(crate) fn headers<'a>(
    types: &mut TypeNames<'a>,
    parameters: &[Parameter<'a>],
    arguments: &mut Names,
) -> Result<Vec<Header>> {
    let mut headers = Vec::new();
    for Parameter { name, node, .. } in parameters {
        let mut doc = node.text_of("description")?.map(str::to_owned);
        let (mut ty, mut constant) = (Type::Text, None);
        if let Some(schema) = node.get("schema") {
            let schema = types.resolved(&schema)?;
            doc = doc.or(schema.text_of("description")?.map(str::to_owned));
            match &*types.kind(&schema)? {
                SchemaKind::Scalar("integer") => ty = Type::Integer,
                SchemaKind::Scalar("boolean") => ty = Type::Boolean,
                SchemaKind::Enum(values) => constant = only(values),
                _ => {}
            }
        }
        let source = match constant {
            _ if !node.flag_of("required")? => HeaderSource::Optional,
            Some(value) => HeaderSource::Constant(value),
            None => HeaderSource::Argument { name: arguments.give(&names::snake(name)), ty },
        };
        headers.push(Header { name: (*name).to_owned(), source, doc });
    }
    Ok(headers)
}

/// Returns the only value, if a header can contain it.
fn only(values: &[String]) -> Option<String> {
    let [value] = values else { return None };
    value.bytes().all(|byte| byte == b' ' || byte.is_ascii_graphic()).then(|| value.clone())
}
