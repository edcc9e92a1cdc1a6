//! Deliveries don't appear in logs.

use std::sync::Mutex;

use log::{LevelFilter, Log, Metadata, Record};
use talkable_api::webhook::testing::Draft;
use talkable_api::webhook::{Delivery, RewardEvent};

use super::{KEY, guard};

struct Recorder(Mutex<Vec<String>>);

static RECORDER: Recorder = Recorder(Mutex::new(Vec::new()));

impl Log for Recorder {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn log(&self, record: &Record<'_>) {
        // Other tests run servers in this process, whose libraries may log.
        if record.target().starts_with("talkable") || record.args().to_string().contains("sesame") {
            self.0.lock().expect("no thread panics with this lock").push(format!(
                "{}: {}",
                record.target(),
                record.args()
            ));
        }
    }

    fn flush(&self) {}
}

#[test]
fn deliveries_are_not_logged() {
    log::set_logger(&RECORDER).expect("only this test sets one");
    log::set_max_level(LevelFilter::Trace);
    log::info!(target: "talkable_probe", "it records");
    let honest = Draft::of::<RewardEvent>();
    for sent in [honest.form(KEY), honest.json(KEY), honest.form("guessed-sesame"), honest.set("/reward", 7).form(KEY)]
    {
        let _ = Delivery::from_body(Some(sent.content_type), &sent.body, &guard());
        let _ = Delivery::from_body(Some("application/json"), &sent.body, &guard());
    }
    assert_eq!(*RECORDER.0.lock().expect("no thread panics with this lock"), ["talkable_probe: it records"]);
}
