//! Tests that the payload is decoded once, and only if the key is correct.

use std::sync::atomic::{AtomicUsize, Ordering};

use serde::de::{Deserialize, Deserializer, IgnoredAny};
use talkable_api::webhook::testing::WebhookBuilder;
use talkable_api::webhook::{Delivery, Payload};

use super::{KEY, verifier};

static DECODED: AtomicUsize = AtomicUsize::new(0);

/// A payload that counts how often it is decoded.
#[derive(Debug)]
struct Counted;

impl<'de> Deserialize<'de> for Counted {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        DECODED.fetch_add(1, Ordering::SeqCst);
        IgnoredAny::deserialize(deserializer).map(|_| Self)
    }
}

impl Payload for Counted {
    const KIND: &'static str = "counted_web_hook";
    type Answer = ();
}

#[test]
fn decodes_the_payload_only_with_the_correct_key() {
    let builder = WebhookBuilder::sample::<Counted>();
    for (key, times) in [("guessed", 0), ("", 0), ("sesame-012", 0), (KEY, 1)] {
        for request in [builder.form(key), builder.json(key)] {
            DECODED.store(0, Ordering::SeqCst);
            let result: Result<Delivery<Counted>, _> = verifier().verify(Some(request.content_type), &request.body);
            assert_eq!((result.is_ok(), DECODED.load(Ordering::SeqCst)), (times == 1, times), "{key} {result:?}");
        }
    }
}
