//! Whatever anybody posts to the address of the webhooks: it is read or refused, and a refusal tells no secret.
//!
//! The first byte says what the rest is: a body as it came, the payload of a webhook whose key is right, or a signature. So
//! the fuzzer need not guess a key to get to the payload.
#![no_main]

use libfuzzer_sys::fuzz_target;
use serde_json::Value;
use talkable_api::webhook::testing::{Draft, signed};
use talkable_api::webhook::{Delivery, Guard, Rejection, Signed};

const KEY: &str = "the-security-key";

const KINDS: [&str; 10] = [
    "check_unsubscribe_web_hook",
    "claim_signup_web_hook",
    "create_coupon_web_hook",
    "event_web_hook",
    "offer_signup_web_hook",
    "post_share_web_hook",
    "referral_web_hook",
    "reward_web_hook",
    "unsubscribe_web_hook",
    "newer_web_hook",
];

fuzz_target!(|data: &[u8]| {
    let Some((mode, rest)) = data.split_first() else { return };
    let guard = Guard::new(KEY).expect("the key is fit").body_limit(1 << 16);
    match mode % 6 {
        0 => check(Delivery::from_form(rest, &guard)),
        1 => check(Delivery::from_json(rest, &guard)),
        2 => {
            let content_type = ["application/x-www-form-urlencoded", "application/json"][usize::from(mode / 128)];
            check(Delivery::from_body(Some(content_type), rest, &guard));
        }
        3 => signature(rest, &guard),
        4 => of_a_kind(*mode, &[b"key=the-security-key&type=", b"&payload=", rest], &guard),
        _ => typed(*mode, rest, &guard),
    }
});

/// The payload of a form, encoded as the fuzzer likes.
fn of_a_kind(mode: u8, [start, middle, payload]: &[&[u8]; 3], guard: &Guard) {
    let kind = KINDS[usize::from(mode) % KINDS.len()];
    check(Delivery::from_form(&[start, kind.as_bytes(), middle, payload].concat(), guard));
}

/// A payload that is JSON, which must be read alike from a form and from JSON.
fn typed(mode: u8, payload: &[u8], guard: &Guard) {
    let Ok(payload) = serde_json::from_slice::<Value>(payload) else { return };
    let draft = Draft::new(KINDS[usize::from(mode) % KINDS.len()], payload);
    let (form, json) = (draft.form(KEY), draft.json(KEY));
    let form = Delivery::from_form(&form.body, guard);
    let json = Delivery::from_json(&json.body, guard);
    match (&form, &json) {
        (Ok(form), Ok(json)) => {
            assert!(form.event == json.event && form.fingerprint() == json.fingerprint());
            assert_eq!(form.payload_as::<Value>().ok(), json.payload_as::<Value>().ok());
        }
        (Err(form), Err(json)) => assert_eq!(form.status(), json.status()),
        // Encoded as a form, a body is longer, and JSON has a level more.
        (Err(rejection), Ok(_)) | (Ok(_), Err(rejection)) => assert!([400, 413].contains(&rejection.status())),
    }
    check(form);
    check(json);
}

/// A body and its signature, of which the fuzzer changes both.
fn signature(data: &[u8], guard: &Guard) {
    let (given, body) = data.split_at(data.len() / 2);
    let right = signed(&String::from_utf8_lossy(body), KEY);
    let forged = std::str::from_utf8(given).ok();
    let refused = Signed::<Value>::from_body(forged, &right.body, guard);
    assert!(refused.is_err_and(|rejection| rejection.status() == 401) || forged == right.signature.as_deref());
    assert!(Signed::<Value>::from_body(right.signature.as_deref(), &right.body, guard).is_ok());
    assert!(
        right.body.is_empty()
            || Signed::<Value>::from_body(right.signature.as_deref(), &right.body[1..], guard).is_err()
    );
}

fn check(read: Result<Delivery, Rejection>) {
    match read {
        Ok(delivery) => {
            let again = delivery.fingerprint();
            assert_eq!(again, delivery.fingerprint());
            assert!(serde_json::from_str::<Value>(delivery.payload()).is_ok());
        }
        Err(rejection) => {
            assert!([400, 401, 413, 415].contains(&rejection.status()));
            let shown = format!("{rejection} {rejection:?}");
            assert!(!shown.contains(KEY), "{shown}");
        }
    }
}
