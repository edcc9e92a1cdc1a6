//! Records all log lines, spans and events of the process, and checks that they contain no secrets.

use std::fmt::{self, Write as _};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Mutex, Once};

use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

use crate::SECRETS;

static BEGIN: Once = Once::new();
static LINES: AtomicUsize = AtomicUsize::new(0);
static LEAKS: Mutex<Vec<String>> = Mutex::new(Vec::new());

/// Starts recording.
pub(crate) fn begin() {
    BEGIN.call_once(|| {
        tracing::subscriber::set_global_default(Spans(AtomicU64::new(1))).unwrap();
        log::set_logger(&Lines).unwrap();
        log::set_max_level(log::LevelFilter::Trace);
    });
}

/// Asserts that lines were recorded, and that they contain no secrets.
pub(crate) fn check() {
    assert!(LINES.load(Ordering::Relaxed) > 0, "nothing was recorded");
    let leaks = LEAKS.lock().unwrap();
    assert!(leaks.is_empty(), "{leaks:#?}");
}

/// Counts a line, and records it if it contains a secret.
pub(crate) fn inspect(line: &str) {
    LINES.fetch_add(1, Ordering::Relaxed);
    if SECRETS.iter().any(|secret| line.contains(secret)) {
        LEAKS.lock().unwrap().push(line.to_owned());
    }
}

struct Lines;

impl log::Log for Lines {
    fn enabled(&self, _: &log::Metadata<'_>) -> bool {
        true
    }

    fn log(&self, record: &log::Record<'_>) {
        inspect(&format!("{} {}", record.target(), record.args()));
    }

    fn flush(&self) {}
}

struct Spans(AtomicU64);

impl Subscriber for Spans {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, span: &Attributes<'_>) -> Id {
        let mut fields = Fields(span.metadata().name().to_owned());
        span.record(&mut fields);
        inspect(&fields.0);
        Id::from_u64(self.0.fetch_add(1, Ordering::Relaxed))
    }

    fn record(&self, _: &Id, values: &Record<'_>) {
        let mut fields = Fields(String::new());
        values.record(&mut fields);
        inspect(&fields.0);
    }

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        let mut fields = Fields(event.metadata().target().to_owned());
        event.record(&mut fields);
        inspect(&fields.0);
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

struct Fields(String);

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        write!(self.0, " {field}={value:?}").unwrap();
    }
}

#[test]
fn the_recorder_sees_logs_spans_and_events() {
    assert!(SECRETS.iter().all(|secret| !secret.is_empty()));
    begin();
    let before = LINES.load(Ordering::Relaxed);
    log::trace!("a line");
    tracing::trace!(value = 7, "an event in {:?}", tracing::trace_span!("a span", other = 8));
    assert!(LINES.load(Ordering::Relaxed) >= before + 3);
}
