//! Tests that verification logs nothing.

use std::cell::RefCell;

use log::{LevelFilter, Log, Metadata, Record};
use talkable_api::webhook::testing::WebhookBuilder;
use talkable_api::webhook::{Event, RewardEvent};

use super::{KEY, verifier};

thread_local! {
    /// The lines logged by this thread. Other tests in the process run in their own threads.
    static LINES: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
}

struct Recorder;

impl Log for Recorder {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn log(&self, record: &Record<'_>) {
        LINES.with_borrow_mut(|lines| lines.push(format!("{}: {}", record.target(), record.args())));
    }

    fn flush(&self) {}
}

#[test]
fn verification_logs_nothing() {
    log::set_logger(&Recorder).expect("only this test sets a logger");
    log::set_max_level(LevelFilter::Trace);
    log::info!(target: "talkable_probe", "probe");
    let valid = WebhookBuilder::sample::<RewardEvent>();
    for request in [valid.form(KEY), valid.json(KEY), valid.form("guessed-sesame"), valid.set("/reward", 7).form(KEY)] {
        let _ = verifier().verify::<Event>(Some(request.content_type), &request.body);
        let _ = verifier().verify::<Event>(Some("application/json"), &request.body);
    }
    assert_eq!(LINES.take(), ["talkable_probe: probe"]);
}
