//! What a call sends: the part of it that doesn't depend on what comes back.
//!
//! Building it does nothing but build it. The first argument that is unfit is remembered, and comes out as an error when
//! the call is awaited.
//!
//! ```
//! # use talkable_api::operation::{Method, Operation};
//! # use talkable_api::{Call, Client};
//! # static FIND: Operation = Operation::new("findPerson", Method::GET, "/api/v2/people/{person_slug}");
//! # let client = Client::new("key-0123", "my-store")?;
//! # let find = |person_slug| -> Call<()> { Call::enveloped(&client, &FIND).segment(person_slug) };
//! let call = find(".."); // says nothing yet
//! # Ok::<(), talkable_api::Error>(())
//! ```

mod body;

use std::fmt;
use std::time::Duration;

use bytes::Bytes;
use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_LENGTH, CONTENT_TYPE, HeaderValue, USER_AGENT};
use reqwest::{Method, RequestBuilder, Url};

use self::body::Body;
use crate::attempts::{self, Answer, Plan};
use crate::client::Client;
use crate::envelope::Unfit;
use crate::error::{DecodeError, Effort, Error, InvalidError};
use crate::operation::{Operation, SiteSlug};
use crate::path;
use crate::transport;
use crate::upload::Upload;

const JSON: HeaderValue = HeaderValue::from_static("application/json");
const NONE: HeaderValue = HeaderValue::from_static("0");

/// A request under construction, complete once every argument of the path has been given.
pub(crate) struct Outgoing {
    client: Client,
    operation: &'static Operation,
    /// The path so far, and what is left of the template.
    path: String,
    rest: &'static str,
    query: String,
    body: Body,
    /// The first argument that was refused.
    invalid: Option<InvalidError>,
    pub(crate) timeout: Duration,
    pub(crate) deadline: Duration,
}

/// An answer with a good status, and all that is needed should its body be bad.
pub(crate) struct Delivery {
    pub(crate) answer: Answer,
    pub(crate) effort: Effort,
    client: Client,
    operation: &'static Operation,
}

impl Outgoing {
    pub(crate) fn new(client: &Client, operation: &'static Operation) -> Self {
        let site = client.site_slug();
        let query = match operation.place_of_site() {
            SiteSlug::Query => format!("site_slug={}", path::encode(site)),
            SiteSlug::Body | SiteSlug::None => String::new(),
        };
        let invalid = site.is_empty().then(|| InvalidError::new("site_slug", "it is empty"));
        Self {
            client: client.clone(),
            operation,
            path: String::new(),
            rest: operation.template(),
            query,
            body: Body::Empty,
            invalid,
            timeout: client.settings().timeout,
            deadline: client.settings().deadline,
        }
    }

    pub(crate) fn operation(&self) -> &'static Operation {
        self.operation
    }

    pub(crate) fn path(&self) -> String {
        format!("{}{}", self.path, self.rest)
    }

    pub(crate) fn query(&self) -> &str {
        &self.query
    }

    pub(crate) fn json(&self) -> Option<Bytes> {
        self.body.json(self.site_in_body())
    }

    pub(crate) fn push_segment(&mut self, text: &str) {
        let place = self.rest.split_once('{').and_then(|(before, rest)| Some((before, rest.split_once('}')?)));
        let Some((before, (name, rest))) = place else {
            return self.refuse("path", "it has fewer places than arguments");
        };
        match path::segment(text) {
            Ok(encoded) => {
                self.path.push_str(before);
                self.path.extend(encoded);
                self.rest = rest;
            }
            Err(reason) => self.refuse(name, reason),
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
            Err(_) => self.refuse("query", "it can't be written as a query"),
        }
    }

    pub(crate) fn set_data(&mut self, write: impl FnOnce(&mut Vec<u8>) -> serde_json::Result<()>) {
        let body = body::data(self.site_in_body(), write);
        self.set_json(body);
    }

    pub(crate) fn set_optional_data(&mut self, write: impl FnOnce(&mut Vec<u8>) -> serde_json::Result<()>) {
        let body = body::optional_data(self.site_in_body(), write);
        self.set_json(body);
    }

    pub(crate) fn set_body(&mut self, body: serde_json::Result<Vec<u8>>) {
        let body = body.map(|body| body::with_site(self.site_in_body(), body));
        self.set_json(body);
    }

    pub(crate) fn set_upload(&mut self, upload: Upload) {
        if let Err(error) = upload.check() {
            self.invalid.get_or_insert(error);
        }
        self.body = Body::Upload(upload);
    }

    fn set_json(&mut self, body: serde_json::Result<Vec<u8>>) {
        match body {
            Ok(body) => self.body = Body::Json(body.into()),
            Err(_) => self.refuse("body", "it can't be written as JSON"),
        }
    }

    /// The first reason is kept: later ones may only be its consequences.
    fn refuse(&mut self, argument: &'static str, reason: &'static str) {
        self.invalid.get_or_insert_with(|| InvalidError::new(argument, reason));
    }

    fn site_in_body(&self) -> Option<&str> {
        (self.operation.place_of_site() == SiteSlug::Body).then(|| self.client.site_slug())
    }

    /// Sends it, as often as that is sensible, and gives the answer if its status is good.
    pub(crate) async fn send(mut self) -> Result<Delivery, Error> {
        let url = self.url()?;
        let client = self.client.clone();
        let limits = client.settings().limits;
        let plan = Plan {
            operation: self.operation,
            key: client.key(),
            is_repeatable: self.body.is_repeatable(),
            timeout: self.timeout,
            deadline: self.deadline,
        };
        let attempt = |end| transport::exchange(self.request(&url), end, limits);
        let (answer, effort) = attempts::run(&plan, client.throttle(), fastrand::f64, attempt).await?;
        Ok(Delivery { answer, effort, operation: plan.operation, client })
    }

    fn url(&mut self) -> Result<Url, InvalidError> {
        if self.rest.contains('{') {
            self.refuse("path", "it has more places than arguments");
        }
        if let Some(error) = self.invalid.take() {
            return Err(error);
        }
        let base = &self.client.settings().base_url;
        let mark = if self.query.is_empty() { "" } else { "?" };
        let text = [base, self.path.as_str(), self.rest, mark, &self.query].concat();
        Url::parse(&text).map_err(|_| InvalidError::new("path", "it doesn't make a URL"))
    }

    fn request(&mut self, url: &Url) -> RequestBuilder {
        let settings = self.client.settings();
        let request = settings
            .http
            .request(self.operation.method().clone(), url.clone())
            .header(AUTHORIZATION, self.client.key().header())
            .header(ACCEPT, JSON)
            .header(USER_AGENT, settings.user_agent.clone());
        let site = (self.operation.place_of_site() == SiteSlug::Body).then(|| self.client.site_slug());
        match &mut self.body {
            Body::Upload(upload) => request.multipart(upload.form(site)),
            other => match other.json(site) {
                Some(json) => request.header(CONTENT_TYPE, JSON).body(json),
                // Some servers refuse a method that means a body without hearing that there is none.
                None if matches!(*self.operation.method(), Method::POST | Method::PUT | Method::PATCH) => {
                    request.header(CONTENT_LENGTH, NONE)
                }
                None => request,
            },
        }
    }
}

impl Delivery {
    pub(crate) fn into_error(self, unfit: Unfit) -> Error {
        let Self { answer, effort, client, operation } = self;
        let key = client.key();
        match unfit {
            Unfit::Refused => Error::Api(Box::new(answer.into_error(operation, key, effort))),
            Unfit::Mismatch(mismatch) => Error::Decode(Box::new(DecodeError {
                operation: operation.id(),
                status: answer.status,
                mismatch,
                request_id: answer.request_id(key),
                body: key.scrub(answer.body),
                effort,
            })),
        }
    }
}

impl fmt::Debug for Outgoing {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { operation, timeout, deadline, .. } = self;
        let mut shown = formatter.debug_struct("Call");
        shown.field("operation", &operation.id()).field("method", operation.method());
        shown.field("template", &operation.template()).field("timeout", timeout).field("deadline", deadline);
        shown.finish_non_exhaustive()
    }
}
