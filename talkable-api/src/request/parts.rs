//! Splits a request into its arguments, and restores them.

use std::collections::BTreeMap;

use percent_encoding::percent_decode_str;
use serde_json::value::RawValue;

use super::body::Body;
use super::{Request, extra, path};
use crate::error::InvalidError;
use crate::operation::Encoding;

/// The name of the argument in errors about calls that can't be stored.
const CALL: &str = "call";

impl Request {
    /// Returns the decoded arguments of the path. Fails if an argument of the request is invalid.
    pub(crate) fn path_arguments(&self) -> Result<Vec<String>, InvalidError> {
        if let Some(invalid) = &self.invalid {
            return Err(InvalidError::clone(invalid));
        }
        if !self.headers.is_empty() {
            let reason = "headers can't be stored; help: add them with `ClientBuilder::on_request`";
            return Err(InvalidError::new(CALL, reason));
        }
        let path = self.path();
        let segments = self.operation.template.split('/').zip(path.split('/'));
        let arguments = segments.filter(|(template, _)| template.contains('{')).map(|(template, segment)| {
            let (before, after) = (template.split('{').next()?, template.rsplit('}').next()?);
            let argument = segment.strip_prefix(before)?.strip_suffix(after)?;
            // A segment with several placeholders can't be split.
            let is_single = template.matches('{').count() == 1;
            is_single.then(|| percent_decode_str(argument).decode_utf8_lossy().into_owned())
        });
        let arguments: Option<Vec<_>> = arguments.collect();
        arguments.ok_or_else(|| InvalidError::new(CALL, "the path can't be split into its arguments"))
    }

    /// Returns the decoded parameters of the query, without the site and the fixed query of the operation.
    pub(crate) fn query_pairs(&self) -> Result<Vec<(String, String)>, InvalidError> {
        let query = self.query.get(self.own_query..).unwrap_or_default();
        let pairs = serde_html_form::from_str(query);
        pairs.map_err(|_| InvalidError::new(CALL, "the query can't be split into its parameters"))
    }

    /// Returns the JSON body without the site, or `None` if nothing else is in the body.
    pub(crate) fn body_without_site(&self) -> Result<Option<String>, InvalidError> {
        let json = match &self.body {
            Body::Empty => return Ok(None),
            Body::Text(json) if self.operation.encoding == Encoding::Json => json,
            Body::Text(_) => return Err(InvalidError::new(CALL, "a form can't be stored")),
            Body::Multipart(_) | Body::File(_) => {
                let reason = "an upload can't be stored; help: store the file, and create the call again";
                return Err(InvalidError::new(CALL, reason));
            }
        };
        let json = String::from_utf8_lossy(json);
        let rest = self.site_field().and_then(|site| json.strip_prefix('{')?.strip_prefix(site.as_str()));
        Ok(Some(match rest {
            Some(rest) => format!("{{{}", rest.strip_prefix(',').unwrap_or(rest)),
            None => json.into_owned(),
        }))
    }

    /// Adds a parameter returned by [`query_pairs`](Self::query_pairs).
    pub(crate) fn restore_query(&mut self, name: &str, value: &str) {
        match extra::reserved(name) {
            Some(reason) => self.reject("query", reason),
            None => self.push_query(Ok(format!("{}={}", path::encode(name), path::encode(value)))),
        }
    }

    /// Sets the body returned by [`body_without_site`](Self::body_without_site).
    pub(crate) fn restore_body(&mut self, json: &str) {
        match serde_json::from_str::<BTreeMap<String, &RawValue>>(json) {
            Ok(fields) if fields.keys().any(|name| extra::reserved(name).is_some()) => {
                self.reject("body", "contains a reserved field, such as `site_slug`");
            }
            Ok(fields) => {
                let rest = json.trim().strip_prefix('{').unwrap_or_default();
                let body = match self.site_field() {
                    Some(site) if fields.is_empty() => format!("{{{site}}}"),
                    Some(site) => format!("{{{site},{rest}"),
                    None => json.to_owned(),
                };
                self.body = Body::Text(body.into());
            }
            Err(_) if self.site_field().is_none() && serde_json::from_str::<&RawValue>(json).is_ok() => {
                self.body = Body::Text(json.to_owned().into());
            }
            Err(_) => self.reject("body", "not a JSON object"),
        }
    }

    /// The serialized field for the site, which is the first field of the body.
    fn site_field(&self) -> Option<String> {
        let slug = serde_json::to_string(self.site_in_body()?).ok()?;
        Some(format!("\"site_slug\":{slug}"))
    }
}
