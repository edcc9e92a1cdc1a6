//! What a call sends: the part of it that doesn't depend on what comes back.
//!
//! Building it does nothing but build it. The first argument that is unfit is remembered, and comes out as an error when
//! the call is awaited.
//!
//! ```
//! # use talkable_api::__private::{Method, Operation};
//! # use talkable_api::{Call, Client};
//! # static FIND: Operation = Operation::new("findPerson", Method::GET, "/api/v2/people/{person_slug}");
//! # let client = Client::new("key-0123", "my-store")?;
//! # let find = |person_slug| -> Call<()> { Call::enveloped(&client, &FIND).segment(person_slug) };
//! let call = find(".."); // says nothing yet
//! # Ok::<(), talkable_api::Error>(())
//! ```

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_LENGTH, CONTENT_TYPE, HeaderValue, USER_AGENT};
use reqwest::{Method, Request, RequestBuilder, Url};
use tokio::time::Instant;

use super::body::{self, Body};
use super::headers::ExtraHeaders;
use crate::client::Client;
use crate::decode::envelope::DecodeFailure;
use crate::decode::json_depth;
use crate::decode::location::Mismatch;
use crate::error::{CallStats, DecodeError, Error, InvalidError};
use crate::observe::AttemptObserver;
use crate::observe::CallSpan;
use crate::observe::Outcome;
use crate::operation::{Operation, SiteSlug};
use crate::request::Upload;
use crate::request::path;
use crate::send::key::ApiKey;
use crate::send::retry_loop::{self, Plan, RawResponse, RetryLimits};
use crate::send::transport;

const JSON: HeaderValue = HeaderValue::from_static("application/json");
const NONE: HeaderValue = HeaderValue::from_static("0");

/// A request under construction, complete once every argument of the path has been given.
pub(crate) struct RequestParts {
    client: Client,
    operation: &'static Operation,
    /// The path so far, and what is left of the template.
    path: String,
    rest: &'static str,
    query: String,
    headers: ExtraHeaders,
    body: Body,
    /// The first argument that was refused.
    invalid: Option<InvalidError>,
    pub(crate) timeout: Duration,
    pub(crate) deadline: Duration,
    pub(crate) retry_limits: RetryLimits,
}

/// An answer with a good status, and all that is needed should its body be bad.
pub(crate) struct DecodableResponse {
    pub(crate) answer: RawResponse,
    pub(crate) stats: CallStats,
    client: Client,
    operation: &'static Operation,
    key: Arc<ApiKey>,
    span: CallSpan,
}

impl RequestParts {
    pub(crate) fn new(client: &Client, operation: &'static Operation) -> Self {
        let site = client.site_slug();
        let query = match operation.place_of_site() {
            SiteSlug::Query => {
                // Most queries aren't longer than this, and are written without moving.
                let mut query = String::with_capacity(128);
                query.push_str(client.site_query());
                query
            }
            SiteSlug::Body | SiteSlug::None => String::new(),
        };
        let invalid = site.is_empty().then(|| InvalidError::new("site_slug", "it is empty"));
        Self {
            client: client.clone(),
            operation,
            path: String::new(),
            rest: operation.template(),
            query,
            headers: ExtraHeaders::default(),
            body: Body::Empty,
            invalid,
            timeout: client.settings().timeout,
            deadline: client.settings().deadline,
            retry_limits: client.settings().retry_limits,
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

    pub(crate) fn site_slug(&self) -> &str {
        self.client.site_slug()
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)
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
                // Most texts take few characters more than they have.
                self.path.reserve(before.len() + text.len() + 8);
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

    pub(crate) fn set_header(&mut self, name: &str, value: &str) {
        if let Err(reason) = self.headers.set(name, value) {
            self.refuse("header", reason);
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
    pub(crate) fn refuse(&mut self, argument: &'static str, reason: &'static str) {
        self.invalid.get_or_insert_with(|| InvalidError::new(argument, reason));
    }

    fn site_in_body(&self) -> Option<&str> {
        (self.operation.place_of_site() == SiteSlug::Body).then(|| self.client.site_slug())
    }

    /// When the call began; none if nobody is to be told of its end.
    pub(crate) fn began(&self) -> Option<Instant> {
        self.client.settings().hooks.watches_calls().then(Instant::now)
    }

    /// Tells whoever wants to know how the call ended.
    pub(crate) fn ended(&self, began: Option<Instant>, result: Result<CallStats, &Error>) {
        let Some(began) = began else { return };
        let outcome = Outcome { client: &self.client, operation: self.operation, duration: began.elapsed(), result };
        self.client.settings().hooks.ended(&outcome);
    }

    /// Sends it, as often as that is sensible, and gives the answer if its status is good.
    ///
    /// Whatever is moved into a future is in there twice, so what is large is lent to it or made outside of it.
    pub(crate) async fn send(&mut self) -> Result<DecodableResponse, Error> {
        let (client, operation) = (self.client.clone(), self.operation);
        let span = CallSpan::open(&client, operation);
        match span.around(self.run(&client, &span)).await {
            Ok((answer, stats, key)) => {
                span.answered(answer.status.as_u16(), stats);
                Ok(DecodableResponse { answer, stats, client, operation, key, span })
            }
            Err(error) => {
                span.failed(&error);
                Err(error)
            }
        }
    }

    async fn run(&mut self, client: &Client, span: &CallSpan) -> Result<(RawResponse, CallStats, Arc<ApiKey>), Error> {
        let url = self.url()?;
        client.settings().hooks.prepare(self)?;
        self.check()?;
        let key = client.keys().current()?;
        let plan = Plan {
            operation: self.operation,
            key: &key,
            is_repeatable: self.body.is_repeatable(),
            timeout: self.timeout,
            deadline: self.deadline,
            retry_limits: self.retry_limits,
        };
        let watch = &AttemptObserver::new(client, self.operation, span);
        let (mut number, mut latest, first) = (0, Arc::clone(&key), &key);
        let attempt = |end| {
            number += 1;
            // A wait may lie behind us. If there is no key any more, what has begun goes on with the one that it had.
            latest = client.keys().current().unwrap_or_else(|_| Arc::clone(&latest));
            let key = Arc::clone(&latest);
            let answer = self.request(&url, &key).send();
            async move {
                let started = watch.start();
                let outcome = transport::exchange(answer, end, client.settings().limits).await;
                let outcome = outcome.map_err(|fault| fault.without(&key));
                watch.end(started, number, &key, &outcome);
                if Arc::ptr_eq(&key, first) { outcome } else { outcome.map(|answer| scrub(answer, &key)) }
            }
        };
        let (answer, stats) = retry_loop::run(&plan, client.gate(), fastrand::f64, attempt).await?;
        Ok((answer, stats, latest))
    }

    /// The first argument that was refused, if any.
    fn check(&mut self) -> Result<(), InvalidError> {
        self.invalid.take().map_or(Ok(()), Err)
    }

    fn url(&mut self) -> Result<Url, InvalidError> {
        if self.rest.contains('{') {
            self.refuse("path", "it has more places than arguments");
        }
        self.check()?;
        let base = &self.client.settings().base_url;
        let mark = if self.query.is_empty() { "" } else { "?" };
        let text = [base.path().trim_end_matches('/'), &self.path, self.rest, mark, &self.query].concat();
        // Relative to the base, so that its host isn't read again for every call.
        base.join(&text).map_err(|_| InvalidError::new("path", "it doesn't make a URL"))
    }

    fn request(&mut self, url: &Url, key: &ApiKey) -> RequestBuilder {
        let settings = self.client.settings();
        let mut request = Request::new(self.operation.method().clone(), url.clone());
        let headers = request.headers_mut();
        headers.insert(AUTHORIZATION, key.header());
        headers.insert(ACCEPT, JSON);
        headers.insert(USER_AGENT, settings.user_agent.clone());
        headers.extend(self.headers.iter());
        let site = (self.operation.place_of_site() == SiteSlug::Body).then(|| self.client.site_slug());
        if let Body::Upload(upload) = &mut self.body {
            return RequestBuilder::from_parts(settings.http.clone(), request).multipart(upload.form(site));
        }
        match self.body.json(site) {
            Some(json) => {
                headers.insert(CONTENT_TYPE, JSON);
                *request.body_mut() = Some(json.into());
            }
            // Some servers refuse a method that means a body without hearing that there is none.
            None if matches!(*self.operation.method(), Method::POST | Method::PUT | Method::PATCH) => {
                headers.insert(CONTENT_LENGTH, NONE);
            }
            None => {}
        }
        RequestBuilder::from_parts(settings.http.clone(), request)
    }
}

/// Takes the key out of an answer that will be shown, where it isn't the one that the plan knows.
fn scrub(mut answer: RawResponse, key: &ApiKey) -> RawResponse {
    let is_echoed = |name: &str| key.scrub_text(name.to_owned()) != name;
    if transport::request_id(&answer.headers).is_some_and(is_echoed) {
        answer.headers.remove(transport::REQUEST_ID);
    }
    if answer.status.is_success() { answer } else { RawResponse { body: key.scrub(answer.body), ..answer } }
}

impl DecodableResponse {
    /// Whether the body is nested no deeper than is wanted.
    pub(crate) fn check_depth(&self) -> Result<(), DecodeFailure> {
        let Some(limit) = self.client.settings().json_depth_limit else { return Ok(()) };
        let Some(at) = json_depth::excess(&self.answer.body, limit) else { return Ok(()) };
        let reason = "it is nested deeper than ClientBuilder::json_depth_limit allows";
        Err(DecodeFailure::Mismatch(Mismatch::at(&self.answer.body, at, reason)))
    }

    pub(crate) fn into_error(self, unfit: DecodeFailure) -> Error {
        let Self { answer, stats, client: _, operation, key, span } = self;
        let key = &*key;
        let error = match unfit {
            DecodeFailure::Refused => Error::Api(Box::new(answer.into_error(operation, key, stats))),
            DecodeFailure::Mismatch(mismatch) => Error::Decode(Box::new(DecodeError {
                operation: operation.id(),
                status: answer.status,
                mismatch,
                request_id: answer.request_id(key),
                body: key.scrub(answer.body),
                stats,
            })),
        };
        span.failed(&error);
        error
    }
}

impl fmt::Debug for RequestParts {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { operation, timeout, deadline, .. } = self;
        let mut shown = formatter.debug_struct("Call");
        shown.field("operation", &operation.id()).field("method", operation.method());
        shown.field("template", &operation.template()).field("timeout", timeout).field("deadline", deadline);
        shown.finish_non_exhaustive()
    }
}
