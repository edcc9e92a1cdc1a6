//! No part of a request is logged.

use std::sync::Mutex;

use log::{LevelFilter, Log, Metadata, Record};
use talkable_api::webhook::testing::WebhookBuilder;
use talkable_api::webhook::{Event, RewardEvent};

use super::{KEY, verifier};

struct Recorder(Mutex<Vec<String>>);

static RECORDER: Recorder = Recorder(Mutex::new(Vec::new()));

impl Log for Recorder {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn log(&self, record: &Record<'_>) {
        // Servers of other tests may log at the same time.
        if record.target().starts_with("talkable") || record.args().to_string().contains("sesame") {
            self.0.lock().expect("no test panics here").push(format!("{}: {}", record.target(), record.args()));
        }
    }

    fn flush(&self) {}
}

#[test]
fn logs_nothing() {
    log::set_logger(&RECORDER).expect("only this test sets one");
    log::set_max_level(LevelFilter::Trace);
    log::info!(target: "talkable_probe", "it records");
    let valid = WebhookBuilder::sample::<RewardEvent>();
    for request in [valid.form(KEY), valid.json(KEY), valid.form("guessed-sesame"), valid.set("/reward", 7).form(KEY)] {
        let _ = verifier().verify::<Event>(Some(request.content_type), &request.body);
        let _ = verifier().verify::<Event>(Some("application/json"), &request.body);
    }
    assert_eq!(*RECORDER.0.lock().expect("no test panics here"), ["talkable_probe: it records"]);
}
