//! Tables of faults, with the expected outcome and number of requests for each class of operations.

mod bodies;
mod broken;
mod responses;
mod sequences;
mod silent;

use std::fmt::Write as _;
use std::time::Duration;

use fake_server::{Reply, Server};
use talkable_api::{Call, CallInfo, Client, Error, Response, TransportErrorKind, Verdict};
use tokio::task::JoinSet;

use crate::{Connect as _, Found, SECRETS, create, find, found, secrets, shown, update};

const HEAD: &str = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n";

/// The outcome of a call.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Outcome {
    Found,
    Api(u16),
    Transport(TransportErrorKind),
    /// A decode error at this JSON pointer.
    Decode(&'static str),
    /// A decode error at this JSON pointer, for a body that is not JSON.
    NotJson(&'static str),
    Throttled,
}

use Outcome::{Api, Decode, NotJson, Throttled, Transport};
use TransportErrorKind::{Interrupted, Timeout, TooLarge};

/// The verdict of a result, without the duration.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Advice {
    Retry,
    Rejected,
    Unauthorized,
    Processed,
    MaybeProcessed,
    /// The call succeeded, so there is no verdict.
    Succeeded,
    /// A verdict that none of the faults has.
    Other,
}

/// A fault: the server's replies, and the expected results for idempotent operations and for all other operations.
#[derive(Clone)]
struct Row {
    name: String,
    script: Vec<Reply>,
    /// The expected outcome and number of requests for idempotent operations.
    safe: (Outcome, usize),
    /// The expected outcome and number of requests for operations that are not idempotent.
    refused_only: (Outcome, usize),
    /// The expected verdicts for idempotent operations and for all other operations.
    verdicts: (Advice, Advice),
    timeout: Duration,
    response_limit: usize,
    /// Whether reqwest decompresses responses, as it does if another crate enables its `gzip` feature.
    decompresses: bool,
}

impl Row {
    /// Creates a row with the same expected result for all operations.
    fn new(
        name: impl Into<String>,
        script: impl IntoIterator<Item = Reply>,
        outcome: Outcome,
        requests: usize,
    ) -> Self {
        Self {
            name: name.into(),
            script: script.into_iter().collect(),
            safe: (outcome, requests),
            refused_only: (outcome, requests),
            verdicts: outcome.verdicts(),
            timeout: Duration::from_secs(60),
            response_limit: 16 * 1024 * 1024,
            decompresses: false,
        }
    }

    /// Creates a row that expects three attempts for idempotent operations, and one attempt for all other operations.
    fn fatal(name: impl Into<String>, reply: Reply, outcome: Outcome) -> Self {
        let row = Self::new(name, [reply], outcome, 3);
        row.refused_only(outcome, 1)
    }

    fn refused_only(self, outcome: Outcome, requests: usize) -> Self {
        Self { refused_only: (outcome, requests), verdicts: (self.verdicts.0, outcome.verdicts().1), ..self }
    }

    /// Sets a timeout that is long enough for a request to arrive on a busy machine, but short enough for a test.
    fn short_timeout(self) -> Self {
        Self { timeout: Duration::from_millis(1500), ..self }
    }

    fn response_limit(self, response_limit: usize) -> Self {
        Self { response_limit, ..self }
    }

    fn decompresses(self) -> Self {
        Self { decompresses: true, ..self }
    }
}

/// The classes of operations distinguished by the retry policy.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Class {
    SafeGet,
    SafePost,
    RefusedOnly,
}

impl Class {
    pub(crate) const ALL: [Self; 3] = [Self::SafeGet, Self::SafePost, Self::RefusedOnly];

    pub(crate) fn call(self, client: &Client) -> Call<Found> {
        match self {
            Self::SafeGet => find(client),
            Self::SafePost => update(client),
            Self::RefusedOnly => create(client),
        }
    }

    fn expected(self, row: &Row) -> (Outcome, usize, Advice) {
        let ((outcome, requests), verdict) = match self {
            Self::SafeGet | Self::SafePost => (row.safe, row.verdicts.0),
            Self::RefusedOnly => (row.refused_only, row.verdicts.1),
        };
        (outcome, requests, verdict)
    }
}

/// Runs each row with each class of operations, and asserts the expected results.
async fn check(rows: impl IntoIterator<Item = Row>) {
    secrets::begin();
    let mut scenes = Vec::new();
    for row in rows {
        for class in Class::ALL {
            let server = Server::script(row.script.clone());
            // Don't load root certificates, because no row needs TLS and loading them takes longer than a call.
            let decompresses = row.decompresses;
            let http_client = move || reqwest::Client::builder().gzip(decompresses).tls_certs_only([]);
            let builder = server.builder().http_client_builder(http_client);
            let builder = builder.timeout(row.timeout).read_timeout(row.timeout);
            let builder = builder.on_attempt(|attempt| secrets::inspect(&format!("{attempt:?}")));
            secrets::inspect(&format!("{builder:?}").replace(server.url(), ""));
            let client = builder.response_limit(row.response_limit).build().unwrap();
            scenes.push((row.clone(), class, server, client));
        }
    }
    let mut checks = JoinSet::new();
    for (row, class, server, client) in scenes {
        checks.spawn(async move { differences(&row, class, &server, &client).await });
    }
    let mut differences = String::new();
    while let Some(difference) = checks.join_next().await {
        differences.push_str(&difference.unwrap());
    }
    assert!(differences.is_empty(), "{differences}");
    secrets::check();
}

/// Returns the differences from the expected results, one per line.
async fn differences(row: &Row, class: Class, server: &Server, client: &Client) -> String {
    let call = class.call(client).deadline(Duration::from_secs(200));
    let debug = format!("{client:?} {call:?} {:?}", call.request());
    let result = call.response().await;
    let (requests, processed) = (server.requests().len(), server.processed());
    let (outcome, expected_requests, verdict) = class.expected(row);
    let (attempts, shown) = match &result {
        Ok(response) => (response.info.attempts(), format!("{response:?}")),
        Err(error) => (error.info().map_or(0, CallInfo::attempts), shown(error)),
    };
    let mut differences = String::new();
    let mut expect = |holds: bool, what: &str| {
        if !holds {
            let counts = format!("{requests} requests in {attempts} attempts, {processed} processed");
            writeln!(differences, "{} ({class:?}): {what}; {counts}: {shown} {debug}", row.name).unwrap();
        }
    };
    expect(outcome.fits(&result), &format!("expected {outcome:?}"));
    expect(advice(&result) == verdict, &format!("expected the verdict {verdict:?}"));
    expect(requests == expected_requests, &format!("expected {expected_requests} requests"));
    expect(u32::try_from(requests) == Ok(attempts), "the number of attempts is wrong");
    expect(!matches!(class, Class::RefusedOnly) || processed <= 1, "the request was processed twice");
    for secret in SECRETS.into_iter().chain(["http://"]) {
        expect(!shown.contains(secret) && !debug.replace(server.url(), "").contains(secret), "a secret is shown");
    }
    differences
}

fn advice(result: &Result<Response<Found>, Error>) -> Advice {
    match result.as_ref().map_err(Error::verdict) {
        Err(Verdict::RetryAfter(_)) => Advice::Retry,
        Err(Verdict::Rejected) => Advice::Rejected,
        Err(Verdict::Unauthorized) => Advice::Unauthorized,
        Err(Verdict::Processed) => Advice::Processed,
        Err(Verdict::MaybeProcessed) => Advice::MaybeProcessed,
        Ok(_) => Advice::Succeeded,
        Err(_) => Advice::Other,
    }
}

impl Outcome {
    /// The verdicts for idempotent operations and for all other operations.
    fn verdicts(self) -> (Advice, Advice) {
        match self {
            Self::Found => (Advice::Succeeded, Advice::Succeeded),
            Api(429) | Throttled => (Advice::Retry, Advice::Retry),
            Api(401 | 403) => (Advice::Unauthorized, Advice::Unauthorized),
            Api(408 | 500..=599) | Transport(Interrupted | Timeout) | NotJson(_) => {
                (Advice::Retry, Advice::MaybeProcessed)
            }
            Api(_) => (Advice::Rejected, Advice::Rejected),
            Decode(_) | Transport(_) => (Advice::Processed, Advice::Processed),
        }
    }

    fn fits(self, result: &Result<Response<Found>, Error>) -> bool {
        match (self, result) {
            (Self::Found, Ok(response)) => response.value == found(),
            (Api(status), Err(Error::Api(error))) => error.status() == status,
            (Decode(pointer) | NotJson(pointer), Err(Error::Decode(error))) => error.pointer() == pointer,
            // The request was sent, so the server may have processed it.
            (Transport(kind), Err(Error::Transport(error))) => error.kind() == kind && error.info().maybe_processed(),
            (Throttled, Err(error @ Error::Throttled(_))) => error.is_retryable() && error.status() == Some(429),
            _ => false,
        }
    }
}
