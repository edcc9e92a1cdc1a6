//! Parameters that the API's document does not contain.

use std::collections::BTreeMap;

use reqwest::Method;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::body::Body;
use super::{Request, body, path};
use crate::operation::Encoding;

/// The parameters that a caller cannot set, each with the reason.
const RESERVED: [(&str, &str); 3] = [
    ("site_slug", "the client sets the site; help: use `Client::for_site`"),
    ("api_key", "the client sets the credentials"),
    ("_method", "the operation determines the method"),
];

impl Request {
    /// Adds a query parameter. Only a parameter whose name ends with `[]` can occur more than once.
    pub(crate) fn add_query(&mut self, name: &str, value: &str) {
        let start = format!("{}=", path::encode(name));
        let pair = format!("{start}{}", path::encode(value));
        let is_set = !name.ends_with("[]") && self.query.split('&').any(|other| other.starts_with(&start));
        match reserved(name) {
            Some(reason) => self.reject("extra_query", reason),
            None if is_set => self.reject("extra_query", "the parameter is already set"),
            None => self.push_query(Ok(pair)),
        }
    }

    /// Adds a field to the `data` object of the body, or to the body if it has no `data` object.
    pub(crate) fn add_field(&mut self, name: &str, value: &impl Serialize) {
        match reserved(name).map_or(Ok(()), Err).and_then(|()| self.with_field(name, value)) {
            Ok(json) => self.body = Body::Text(json.into()),
            Err(reason) => self.reject("extra_body", reason),
        }
    }

    fn with_field(&self, name: &str, value: &impl Serialize) -> Result<String, &'static str> {
        if self.operation.method == Method::GET {
            return Err("a GET request has no body");
        }
        let site = self.site_in_body();
        let json = match &self.body {
            Body::Multipart(_) | Body::File(_) => return Err("an upload has no JSON body"),
            _ if self.operation.encoding != Encoding::Json => return Err("a form has no JSON body"),
            body => body
                .text(site, Encoding::Json)
                .unwrap_or_else(|| body::data(site, None::<()>).unwrap_or_default().into()),
        };
        let json = str::from_utf8(&json).map_err(|_| "the body is not UTF-8")?;
        let field =
            serde_json::to_string(name).and_then(|name| Ok(format!("{name}:{}", serde_json::to_string(value)?)));
        let field = field.map_err(|_| "does not serialize as JSON")?;
        if !self.operation.has_data {
            return insert(json, name, &field);
        }
        // The `data` object is the last field of the body.
        match serde_json::from_str(json) {
            Ok(Data { data: Some(data) }) => {
                let start = json.strip_suffix('}').and_then(|json| json.strip_suffix(data.get()));
                Ok(format!("{}{}}}", start.ok_or("`data` is not the last field")?, insert(data.get(), name, &field)?))
            }
            _ => insert(json, "data", &format!("\"data\":{{{field}}}")),
        }
    }
}

#[derive(Deserialize)]
struct Data<'a> {
    #[serde(borrow, default)]
    data: Option<&'a RawValue>,
}

/// Returns the reason why a caller cannot set a parameter, if there is one. Servers read `name[key]` as a part of the parameter
/// `name`.
pub(super) fn reserved(name: &str) -> Option<&'static str> {
    if name.is_empty() {
        return Some("the name must not be empty");
    }
    let name = name.split('[').next().unwrap_or_default();
    let (_, reason) = RESERVED.iter().find(|(reserved, _)| name.eq_ignore_ascii_case(reserved))?;
    Some(reason)
}

/// Inserts a serialized field into a serialized object. Keeps the text of all other fields, and thereby all digits of numbers.
fn insert(object: &str, name: &str, field: &str) -> Result<String, &'static str> {
    let fields: BTreeMap<String, &RawValue> = serde_json::from_str(object).map_err(|_| "the body is not an object")?;
    if fields.contains_key(name) {
        return Err("the field is already set");
    }
    let start = object.trim_end().strip_suffix('}').unwrap_or_default();
    Ok(format!("{start}{}{field}}}", if fields.is_empty() { "" } else { "," }))
}
