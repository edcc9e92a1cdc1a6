//! The `tracing` feature: a span for each call, an event for each attempt, and no personal data.

use std::fmt::{self, Write as _};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use fake_server::{Reply, Server, json, with_headers};
use talkable_api::Client;
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::subscriber::{DefaultGuard, set_default};
use tracing::{Event, Metadata, Subscriber};

use crate::{Connect as _, KEY, create, find, good, refused};

/// A subscriber that records a line for every new span, recorded field, event and closed span of any crate.
#[derive(Clone, Default)]
struct Log {
    lines: Arc<Mutex<Vec<String>>>,
    spans: Arc<AtomicU64>,
    ours: Arc<Mutex<Vec<u64>>>,
}

struct Fields(String);

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        write!(self.0, " {field}={value:?}").unwrap();
    }
}

impl Log {
    fn push(&self, lead: &str, write: impl FnOnce(&mut Fields)) {
        let mut fields = Fields(lead.to_owned());
        write(&mut fields);
        self.lines.lock().unwrap().push(fields.0);
    }

    fn is_ours(&self, id: &Id) -> bool {
        self.ours.lock().unwrap().contains(&id.into_u64())
    }

    /// The recorded lines of the crate under test.
    fn ours(&self) -> Vec<String> {
        let lines = self.lines.lock().unwrap();
        lines.iter().filter_map(|line| line.strip_prefix("ours ").map(str::to_owned)).collect()
    }
}

impl Subscriber for Log {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, attributes: &Attributes<'_>) -> Id {
        let id = Id::from_u64(self.spans.fetch_add(1, Ordering::Relaxed) + 1);
        let metadata = attributes.metadata();
        let is_ours = metadata.target().starts_with("talkable_api");
        if is_ours {
            self.ours.lock().unwrap().push(id.into_u64());
        }
        let lead = format!("{} {} {}", if is_ours { "ours" } else { "other" }, metadata.level(), metadata.name());
        self.push(&lead, |fields| attributes.record(fields));
        id
    }

    fn record(&self, span: &Id, values: &Record<'_>) {
        self.push(if self.is_ours(span) { "ours recorded" } else { "other recorded" }, |fields| values.record(fields));
    }

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        let is_ours = event.metadata().target().starts_with("talkable_api");
        assert!(!is_ours || event.parent().is_some_and(|id| self.is_ours(id)));
        let lead = format!("{} {}", if is_ours { "ours" } else { "other" }, event.metadata().level());
        self.push(&lead, |fields| event.record(fields));
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}

    fn try_close(&self, id: Id) -> bool {
        // `try_close` runs for every dropped handle of a span, but only the last handle closes the span.
        self.push(if self.is_ours(&id) { "ours closed" } else { "other closed" }, |_| {});
        true
    }
}

fn capture() -> (Log, DefaultGuard) {
    let log = Log::default();
    let guard = set_default(log.clone());
    (log, guard)
}

fn assert_discreet(log: &Log) {
    let text = log.lines.lock().unwrap().join("\n");
    for secret in [KEY, "jane", "Jane", "example.com", "7-of-trace", "people/j"] {
        assert!(!text.contains(secret), "{secret} is in {text}");
    }
}

/// A line without the fields that vary from run to run.
fn fixed(line: &str) -> String {
    let is_fixed = |word: &&str| {
        !["server.port", "talkable.waited", "talkable.duration"].iter().any(|name| word.starts_with(name))
    };
    line.split(' ').filter(is_fixed).collect::<Vec<_>>().join(" ")
}

#[tokio::test]
async fn a_call_is_a_span_and_an_attempt_an_event() {
    let server = Server::script([refused(), with_headers(503, "X-Request-Id: r-1\r\n", "<html>"), good()]);
    let client = server.client();
    let (log, guard) = capture();
    find(&client).header("X-Trace", "7-of-trace").await.unwrap();
    drop(guard);
    let lines = log.ours();
    let span = r#"INFO talkable_api.call otel.name=GET /api/v2/people/{slug}/rewards otel.kind="client" http.request.method="GET" url.template="/api/v2/people/{slug}/rewards" server.address="127.0.0.1" talkable.operation="find" talkable.site_slug="my-store""#;
    assert_eq!(fixed(&lines[0]), span);
    assert!(lines[0].contains(&format!("server.port={}", server.url().rsplit(':').next().unwrap())));
    let attempts = lines.iter().filter(|line| line.contains("message=attempt")).map(|line| fixed(line));
    assert_eq!(
        attempts.collect::<Vec<_>>(),
        [
            r#"WARN message=attempt http.response.status_code=429 error.type="429""#,
            r#"WARN message=attempt http.request.resend_count=1 http.response.status_code=503 error.type="503" talkable.request_id="r-1""#,
            "DEBUG message=attempt http.request.resend_count=2 http.response.status_code=200",
        ]
    );
    let recorded =
        lines.iter().filter_map(|line| line.strip_prefix("recorded ")).filter(|line| !line.contains("waited"));
    assert_eq!(recorded.collect::<Vec<_>>(), ["http.response.status_code=200", "http.request.resend_count=2"]);
    assert_discreet(&log);
}

#[tokio::test]
async fn a_failed_call_marks_its_span() {
    let cut = || Reply::close("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{");
    for (reply, error_type) in [
        (with_headers(400, "", r#"{"ok":false,"error_message":"jane@example.com"}"#), "400"),
        (json(200, r#"{"ok":false,"error_message":"jane@example.com"}"#), "rejected"),
        (json(200, r#"{"ok":true,"result":{"name":["jane@example.com"]}}"#), "decode"),
        (cut(), "interrupted"),
        (with_headers(429, "Retry-After: 900\r\n", "jane@example.com"), "throttled"),
    ] {
        let server = Server::script([reply]);
        let client = server.client();
        let (log, guard) = capture();
        create(&client).await.unwrap_err();
        drop(guard);
        let lines = log.ours();
        for expected in
            [format!("recorded error.type={error_type:?}"), r#"recorded otel.status_code="ERROR""#.to_owned()]
        {
            assert_eq!(lines.iter().filter(|line| **line == expected).count(), 1, "{expected} in {lines:#?}");
        }
        assert_discreet(&log);
    }
    let client = Client::new(KEY, "my-store").unwrap();
    let (log, guard) = capture();
    find(&client).header("x", "jane\n").await.unwrap_err();
    drop(guard);
    assert!(log.ours().contains(&r#"recorded error.type="invalid""#.to_owned()));
    assert_discreet(&log);
}

#[tokio::test]
async fn dropping_a_call_closes_its_span() {
    let server = Server::script([Reply::hang("")]);
    let client = server.client();
    let (log, guard) = capture();
    let call = tokio::time::timeout(std::time::Duration::from_millis(100), find(&client).send());
    call.await.unwrap_err();
    drop(guard);
    assert_eq!(log.ours().last().map(String::as_str), Some("closed"));
    assert_discreet(&log);
}

#[tokio::test]
async fn a_panicking_hook_is_logged() {
    let server = Server::script([good()]);
    let client = server.builder().on_attempt(|_| panic!("the hook is broken")).build().unwrap();
    let (log, guard) = capture();
    find(&client).await.unwrap();
    drop(guard);
    assert!(log.ours().contains(&"ERROR message=an on_attempt hook panicked".to_owned()), "{:#?}", log.ours());
}
