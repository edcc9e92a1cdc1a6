//! The request of a call: path, query, headers and body. The error for the first invalid argument is stored, and the call later
//! fails with it.

mod before_send;
mod body;
mod extra;
mod form;
mod headers;
mod multipart;
mod now;
mod parts;
pub(crate) mod path;
mod query;
mod upload;
mod view;

use std::sync::Arc;

use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_LENGTH, CONTENT_TYPE, HeaderMap, HeaderValue, USER_AGENT};
use reqwest::{Method, RequestBuilder, Url};
use serde::Serialize;

pub(crate) use self::before_send::BeforeSend;
use self::body::Body;
pub use self::now::now;
pub(crate) use self::query::QueryStyle;
pub use self::upload::Upload;
use crate::error::InvalidError;
use crate::operation::{Encoding, Operation, SiteParameter};

const JSON: HeaderValue = HeaderValue::from_static("application/json");
/// The default base URL of clients.
pub(crate) const DEFAULT_BASE_URL: &str = "https://www.talkable.com";
const ZERO: HeaderValue = HeaderValue::from_static("0");

/// The request of a [`Call`](crate::Call) before it is sent, without its credentials.
///
/// The path, the query and the body can contain personal data. For logs, use the method and the template.
pub struct Request {
    pub(crate) operation: &'static Operation,
    pub(crate) site_slug: Arc<str>,
    /// The beginning of the path, with the arguments added so far.
    path: String,
    /// The part of the path template whose arguments have not been added yet.
    rest: &'static str,
    query: String,
    /// The length of the part of `query` that [`Request::new`] sets.
    own_query: usize,
    headers: HeaderMap,
    pub(crate) body: Body,
    /// The server, if it differs from that of the base URL.
    pub(crate) server: Option<Arc<Url>>,
    invalid: Option<Box<InvalidError>>,
    pub(crate) before_send: Option<Box<BeforeSend>>,
}

impl Request {
    /// Creates a request without arguments. `site_query` is the percent-encoded query parameter `site_slug=…`.
    pub(crate) fn new(operation: &'static Operation, site_slug: Arc<str>, site_query: &str) -> Self {
        let mut query = String::new();
        if operation.site == SiteParameter::Query {
            // This capacity is enough for most queries.
            query.reserve(128);
            query.push_str(site_query);
        }
        if !operation.fixed_query.is_empty() {
            query.push_str(if query.is_empty() { "" } else { "&" });
            query.push_str(operation.fixed_query);
        }
        Self {
            operation,
            path: String::new(),
            rest: operation.template,
            own_query: query.len(),
            query,
            headers: HeaderMap::new(),
            body: Body::Empty,
            server: None,
            invalid: site_slug.is_empty().then(|| Box::new(InvalidError::new("site_slug", "must not be empty"))),
            before_send: None,
            site_slug,
        }
    }

    pub(crate) fn push_segment(&mut self, text: &str) {
        let next = self.rest.split_once('{').and_then(|(before, rest)| Some((before, rest.split_once('}')?)));
        let Some((before, (name, rest))) = next else {
            return self.reject("path", "more arguments than parameters");
        };
        match path::segment(text) {
            Ok(encoded) => {
                // Reserve space for the rest and the query, which `url` appends, and for a few percent-encoded characters.
                self.path.reserve(before.len() + text.len() + rest.len() + self.query.len() + 9);
                self.path.push_str(before);
                self.path.extend(encoded);
                self.rest = rest;
            }
            Err(reason) => self.reject(name, reason),
        }
    }

    pub(crate) fn push_query(&mut self, query: Result<String, serde_html_form::ser::Error>) {
        match query {
            Ok(query) if query.is_empty() => {}
            Ok(query) if self.query.is_empty() => self.query = query,
            Ok(query) => {
                self.query.push('&');
                self.query.push_str(&query);
            }
            Err(_) => self.reject("query", "does not serialize as a query"),
        }
    }

    pub(crate) fn push_styled_query(&mut self, query: &impl Serialize, styles: &[(&str, QueryStyle)]) {
        match query::encode_styled(query, styles) {
            Ok(query) => self.push_query(Ok(query)),
            Err(reason) => self.reject("query", reason),
        }
    }

    /// Sends the request to another server, given by its origin, if the client has the default base URL. A client with another
    /// base URL, such as that of a sandbox, sends all requests there.
    pub(crate) fn set_server(&mut self, origin: &'static str, base: &Url) {
        if base.as_str().trim_end_matches('/') == DEFAULT_BASE_URL {
            match Url::parse(origin) {
                Ok(url) => self.server = Some(Arc::new(url)),
                Err(_) => self.reject("server", "not a valid URL"),
            }
        }
    }

    /// Adds a header, or replaces an existing header with the same name, like [`Call::header`](crate::Call::header).
    ///
    /// This is the only change that a hook can make to a request.
    pub fn set_header(&mut self, name: impl AsRef<str>, value: impl AsRef<str>) -> &mut Self {
        match headers::parse(name.as_ref(), value.as_ref()) {
            Ok((name, value)) => drop(self.headers.insert(name, value)),
            Err(reason) => self.reject("header", reason),
        }
        self
    }

    pub(crate) fn set_data(&mut self, data: &impl Serialize) {
        let body = body::data(self.site_in_body(), Some(data));
        self.set_json(body);
    }

    pub(crate) fn set_optional_data(&mut self, data: &impl Serialize) {
        let body = body::optional_data(self.site_in_body(), data);
        self.set_json(body);
    }

    pub(crate) fn set_body(&mut self, body: &impl Serialize) {
        let body = body::with_site(self.site_in_body(), body);
        self.set_json(body);
    }

    /// Adds a file to a multipart body.
    pub(crate) fn push_file(&mut self, name: &'static str, file: Upload) {
        if let Err(error) = file.check() {
            self.fail(error);
        }
        self.body.edit_multipart(|multipart| multipart.push(name, file));
    }

    /// Makes the body a multipart body, even if it has no parts.
    pub(crate) fn set_multipart(&mut self) {
        self.body.edit_multipart(|_| {});
    }

    /// Sends a file as the whole body.
    pub(crate) fn set_file(&mut self, file: Upload) {
        if HeaderValue::from_str(file.content_type()).is_err() {
            self.reject("body", "malformed content type");
        }
        self.body = Body::File(Box::new(file));
    }

    fn set_json(&mut self, body: serde_json::Result<Vec<u8>>) {
        match body {
            Ok(body) if self.operation.encoding == Encoding::Json => self.body = Body::Text(body.into()),
            Ok(body) => self.set_form(&body),
            Err(_) => self.reject("body", "does not serialize as JSON"),
        }
    }

    /// Sets the fields of a form or a multipart body. If the operation expects the site in the body, it is the first field.
    fn set_form(&mut self, json: &[u8]) {
        match form::fields(json, self.operation.styles) {
            Ok(fields) if self.operation.encoding == Encoding::Form => {
                self.body = Body::Text(form::encode(&fields).into());
            }
            Ok(mut fields) => {
                // Remove the site, because it is added for each attempt.
                fields.retain(|field| self.operation.site != SiteParameter::Body || field.name != "site_slug");
                self.body.edit_multipart(|multipart| multipart.texts = fields);
            }
            Err(reason) => self.reject("body", reason),
        }
    }

    pub(crate) fn reject(&mut self, argument: &'static str, reason: &'static str) {
        self.fail(InvalidError::new(argument, reason));
    }

    /// Stores an error, unless one is already stored, because the earlier error may be the cause of the new one.
    pub(crate) fn fail(&mut self, error: InvalidError) {
        self.invalid.get_or_insert_with(|| Box::new(error));
    }

    /// Returns the error for the first invalid argument, if there is one.
    pub(crate) fn check(&mut self) -> Result<(), InvalidError> {
        self.invalid.take().map_or(Ok(()), |invalid| Err(*invalid))
    }

    /// Builds the URL in `self.path`, and restores the path afterwards.
    pub(crate) fn url(&mut self, base: &Url) -> Result<Url, InvalidError> {
        if self.rest.contains('{') {
            self.reject("path", "fewer arguments than parameters");
        }
        self.check()?;
        let prefix = base.path().trim_end_matches('/');
        let length = prefix.len() + self.path.len();
        if !prefix.is_empty() {
            self.path.insert_str(0, prefix);
        }
        // This does not reallocate if the path has arguments, because space was reserved for the rest of the URL.
        self.path.push_str(self.rest);
        if !self.query.is_empty() {
            self.path.push('?');
            self.path.push_str(&self.query);
        }
        // Joining is faster than parsing the whole URL.
        let url = base.join(&self.path);
        self.path.truncate(length);
        if !prefix.is_empty() {
            self.path.replace_range(..prefix.len(), "");
        }
        url.map_err(|_| InvalidError::new("path", "not a valid URL path"))
    }

    /// Builds the request for one attempt.
    pub(crate) fn build(
        &mut self,
        http: &reqwest::Client,
        url: &Url,
        authorization: HeaderValue,
        user_agent: HeaderValue,
    ) -> RequestBuilder {
        let mut request = reqwest::Request::new(self.operation.method.clone(), url.clone());
        let headers = request.headers_mut();
        headers.insert(AUTHORIZATION, authorization);
        headers.insert(ACCEPT, self.operation.accept.map_or(JSON, HeaderValue::from_static));
        headers.insert(USER_AGENT, user_agent);
        if !self.headers.is_empty() {
            headers.extend(self.headers.clone());
        }
        let site = (self.operation.site == SiteParameter::Body).then_some(&*self.site_slug);
        let content_type = self.operation.content_type.map(HeaderValue::from_static);
        match &mut self.body {
            Body::Multipart(multipart) => {
                return RequestBuilder::from_parts(http.clone(), request).multipart(multipart.form(site));
            }
            Body::File(file) => {
                let (body, length) = file.content();
                let own = || HeaderValue::from_str(file.content_type()).ok();
                headers.extend(content_type.or_else(own).map(|content_type| (CONTENT_TYPE, content_type)));
                headers.extend(length.map(|length| (CONTENT_LENGTH, length.into())));
                *request.body_mut() = Some(body);
                return RequestBuilder::from_parts(http.clone(), request);
            }
            Body::Empty | Body::Text(_) => {}
        }
        match self.body.text(site, self.operation.encoding) {
            Some(text) => {
                headers.insert(CONTENT_TYPE, content_type.unwrap_or(JSON));
                *request.body_mut() = Some(text.into());
            }
            // Some servers require a `Content-Length` for these three methods, even without a body.
            None if matches!(self.operation.method, Method::POST | Method::PUT | Method::PATCH) => {
                headers.insert(CONTENT_LENGTH, ZERO);
            }
            None => {}
        }
        RequestBuilder::from_parts(http.clone(), request)
    }

    fn site_in_body(&self) -> Option<&str> {
        (self.operation.site == SiteParameter::Body).then_some(&*self.site_slug)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn own_servers_replace_only_the_default_base_url() {
        static UPLOAD: Operation = Operation::new("upload", Method::POST, "/v1/files/{id}");
        for (base, expected) in [
            ("https://www.talkable.com", "https://files.example.com/v1/files/a%2Fb"),
            ("http://127.0.0.1:3000", "http://127.0.0.1:3000/v1/files/a%2Fb"),
            ("https://www.talkable.com/proxy", "https://www.talkable.com/proxy/v1/files/a%2Fb"),
        ] {
            let base = Url::parse(base).expect("a URL");
            let mut request = Request::new(&UPLOAD, "site".into(), "");
            request.set_server("https://files.example.com", &base);
            request.push_segment("a/b");
            let own_server = request.server.clone();
            let url = request.url(own_server.as_deref().unwrap_or(&base)).expect("a valid request");
            assert_eq!(url.as_str(), expected);
        }
    }
}
