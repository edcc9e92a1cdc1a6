//! Compares the time `talkable-api` takes to receive a webhook with the time taken by axum's `Form` and untyped JSON.
//!
//! ```sh
//! cargo bench -p talkable-tests --bench webhooks
//! ```
//!
//! Both sides take turns, and the benchmark prints the ratio of their medians, which is more stable than the times.
//! `talkable-api` also verifies the key and decodes the payload into types. With `--keys right|first|last COUNT`, the benchmark
//! only verifies a key COUNT times, so that `cargo xtask bench keys` can count the instructions for this.

use std::collections::HashMap;
use std::hint::black_box;
use std::time::{Duration, Instant};

use axum::body::Body;
use axum::extract::{Form, FromRequest as _, Request};
use axum::http::header::CONTENT_TYPE;
use serde_json::Value;
use talkable_api::webhook::testing::{WebhookBuilder, WebhookRequest};
use talkable_api::webhook::{
    CheckUnsubscribeEvent, CreateCouponEvent, Delivery, Event, ReferralEvent, RewardEvent, Verifier,
};

/// A key with the format of real keys: 32 hexadecimal digits.
const KEY: &str = "0123456789abcdef0123456789abcdef";

/// The number of runs. It is odd, so that the median is the time of one run.
const RUNS: usize = 31;
const PER_RUN: u32 = 200;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["--keys", which, count] => compare_keys(which, count.parse().expect("COUNT is a number")),
        // `cargo bench` passes `--bench`, and `cargo test` does not.
        given if given.contains(&"--bench") => measure(),
        _ => {}
    }
}

fn measure() {
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("the runtime should start");
    println!("{:<22} {:>7} {:>12} {:>12} {:>7}", "microseconds for", "bytes", "ours", "Form + Value", "ratio");
    for (name, webhook) in [
        ("check_unsubscribe", WebhookBuilder::sample::<CheckUnsubscribeEvent>().form(KEY)),
        ("create_coupon", WebhookBuilder::sample::<CreateCouponEvent>().form(KEY)),
        ("referral", WebhookBuilder::sample::<ReferralEvent>().form(KEY)),
        ("reward", WebhookBuilder::sample::<RewardEvent>().form(KEY)),
    ] {
        let verifier = Verifier::new(KEY).expect("a valid key");
        let (mut ours, mut plain) = (Vec::new(), Vec::new());
        for _ in 0..RUNS {
            ours.push(timed(|| runtime.block_on(typed(&webhook, &verifier))));
            plain.push(timed(|| runtime.block_on(untyped(&webhook))));
        }
        let (ours, plain) = (median(ours), median(plain));
        let ratio = ours.as_secs_f64() / plain.as_secs_f64();
        let micros = |time: Duration| time.as_secs_f64() * 1e6 / f64::from(PER_RUN);
        println!("{name:<22} {:>7} {:>12.1} {:>12.1} {ratio:>7.2}", webhook.body.len(), micros(ours), micros(plain));
    }
}

fn request(webhook: &WebhookRequest) -> Request {
    let builder = Request::builder().method("POST").uri("/").header(CONTENT_TYPE, webhook.content_type);
    builder.body(Body::from(webhook.body.clone())).expect("the request should be valid")
}

async fn typed(webhook: &WebhookRequest, verifier: &Verifier) {
    let delivery: Delivery =
        Delivery::from_request(request(webhook), verifier).await.expect("the key should be accepted");
    black_box(delivery);
}

/// Receives a webhook without `talkable-api`. The payload is not decoded into types, and the key is not compared in constant
/// time.
async fn untyped(webhook: &WebhookRequest) {
    let form = Form::<HashMap<String, String>>::from_request(request(webhook), &()).await;
    let Form(fields) = form.expect("the body should be a form");
    assert_eq!(fields.get("key").map(String::as_str), Some(KEY));
    let payload: Value = serde_json::from_str(&fields["payload"]).expect("the payload should be JSON");
    black_box((fields, payload));
}

fn timed(mut once: impl FnMut()) -> Duration {
    let started = Instant::now();
    (0..PER_RUN).for_each(|_| once());
    started.elapsed()
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}

/// Verifies a correct key, or a key with a wrong first or last byte.
fn compare_keys(which: &str, count: u32) {
    let key = match which {
        "first" => format!("x{}", &KEY[1..]),
        "last" => format!("{}x", &KEY[..KEY.len() - 1]),
        _ => KEY.to_owned(),
    };
    let verifier = Verifier::new(KEY).expect("a valid key");
    let form = "application/x-www-form-urlencoded";
    let body = format!("key={key}&payload=%7B%7D");
    for _ in 0..count {
        let _ = black_box(verifier.verify::<Event>(Some(form), black_box(body.as_bytes())));
    }
}
