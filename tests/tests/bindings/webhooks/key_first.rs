//! A payload is read once if the key is right, and not at all if it is wrong.

use std::sync::atomic::{AtomicUsize, Ordering};

use serde::de::{Deserialize, Deserializer, IgnoredAny};
use talkable_api::webhook::testing::Draft;
use talkable_api::webhook::{Delivery, Payload};

use super::{KEY, guard};

static READ: AtomicUsize = AtomicUsize::new(0);

/// A payload that counts how often it is read.
#[derive(Debug)]
struct Counted;

impl<'de> Deserialize<'de> for Counted {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        READ.fetch_add(1, Ordering::SeqCst);
        IgnoredAny::deserialize(deserializer).map(|_| Self)
    }
}

impl Payload for Counted {
    const KIND: &'static str = "counted_web_hook";
    type Answer = ();
}

#[test]
fn a_payload_is_read_only_after_the_key_matched() {
    let draft = Draft::of::<Counted>();
    for (key, times) in [("guessed", 0), ("", 0), ("sesame-012", 0), (KEY, 1)] {
        for sent in [draft.form(key), draft.json(key)] {
            READ.store(0, Ordering::SeqCst);
            let read: Result<Delivery<Counted>, _> = guard().open(Some(sent.content_type), &sent.body);
            assert_eq!((read.is_ok(), READ.load(Ordering::SeqCst)), (times == 1, times), "{key} {read:?}");
        }
    }
}
