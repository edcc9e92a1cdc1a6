//! Fuzzes webhook verification: every body must be accepted or rejected without a panic, and no rejection may contain the key.
//!
//! The first byte selects how the other bytes are used: as a body, as the payload of a webhook with a valid key, or as a signed
//! body. The fuzzer can therefore test the decoding of payloads without guessing the key.
#![no_main]

use libfuzzer_sys::fuzz_target;
use serde_json::Value;
use serde_json::value::RawValue;
use talkable_api::webhook::testing::{WebhookBuilder, signed_request};
use talkable_api::webhook::{Delivery, Rejection, Verifier};

const KEY: &str = "the-security-key";

const FORM: &str = "application/x-www-form-urlencoded";
const JSON: &str = "application/json";

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
    let verifier = Verifier::new(KEY).expect("a valid key").body_limit(1 << 16);
    match mode % 6 {
        0 => check(verifier.verify(Some(FORM), rest)),
        1 => check(verifier.verify(Some(JSON), rest)),
        2 => check(verifier.verify([None, Some("application/json; charset=utf-8")][usize::from(mode / 128)], rest)),
        3 => signature(rest, &verifier),
        4 => encoded_payload(*mode, &[b"key=the-security-key&type=", b"&payload=", rest], &verifier),
        _ => json_payload(*mode, rest, &verifier),
    }
});

/// Verifies a form with an encoded payload.
fn encoded_payload(mode: u8, [start, middle, payload]: &[&[u8]; 3], verifier: &Verifier) {
    let kind = KINDS[usize::from(mode) % KINDS.len()];
    check(verifier.verify(Some(FORM), &[start, kind.as_bytes(), middle, payload].concat()));
}

/// Verifies that a JSON payload decodes to the same value from a form and from a JSON body.
fn json_payload(mode: u8, payload: &[u8], verifier: &Verifier) {
    let Ok(payload) = serde_json::from_slice::<Value>(payload) else { return };
    let builder = WebhookBuilder::new(KINDS[usize::from(mode) % KINDS.len()], payload);
    let (form, json) = (builder.form(KEY), builder.json(KEY));
    let form: Result<Delivery, Rejection> = verifier.verify(Some(form.content_type), &form.body);
    let json: Result<Delivery, Rejection> = verifier.verify(Some(json.content_type), &json.body);
    match (&form, &json) {
        (Ok(form), Ok(json)) => {
            assert!(form.event == json.event && form.fingerprint() == json.fingerprint());
            assert_eq!(form.payload_as::<Value>().ok(), json.payload_as::<Value>().ok());
        }
        (Err(form), Err(json)) => assert_eq!(form.status(), json.status()),
        // The form is longer than the JSON body, and the JSON body is nested one level deeper than the form. One of them can
        // therefore exceed a limit that the other does not.
        (Err(rejection), Ok(_)) | (Ok(_), Err(rejection)) => assert!([400, 413].contains(&rejection.status())),
    }
    check(form);
    check(json);
}

/// Verifies a body twice: with a valid signature, and with a signature from the fuzzer.
fn signature(data: &[u8], verifier: &Verifier) {
    let (given, body) = data.split_at(data.len() / 2);
    let right = signed_request(&String::from_utf8_lossy(body), KEY);
    let forged = std::str::from_utf8(given).ok();
    let result = verifier.verify_signed::<Value>(forged, &right.body);
    assert!(result.is_err_and(|rejection| rejection.status() == 401) || forged == right.signature.as_deref());
    assert!(verifier.verify_signed::<Value>(right.signature.as_deref(), &right.body).is_ok());
    assert!(
        right.body.is_empty()
            || verifier.verify_signed::<Value>(right.signature.as_deref(), &right.body[1..]).is_err()
    );
}

fn check(result: Result<Delivery, Rejection>) {
    match result {
        Ok(delivery) => {
            let fingerprint = delivery.fingerprint();
            assert_eq!(fingerprint, delivery.fingerprint());
            // Parse a `RawValue`, because `Value` rejects numbers beyond the range of `f64`, which are valid JSON.
            assert!(serde_json::from_str::<&RawValue>(delivery.payload_json()).is_ok());
        }
        Err(rejection) => {
            assert!([400, 401, 413, 415].contains(&rejection.status()));
            let output = format!("{rejection} {rejection:?}");
            assert!(!output.contains(KEY), "{output}");
        }
    }
}
