//! What a delivery costs, beside what axum's own form and untyped JSON cost for the same body.
//!
//! ```sh
//! cargo bench -p talkable-tests --bench webhooks
//! ```
//!
//! Both sides take turns in one run, and the medians are compared: the ratio says more than the microseconds. Ours does more:
//! it compares the key and types the payload. With `--keys right|first|last COUNT` it only compares a key COUNT times, which is
//! what `cargo xtask bench keys` counts the instructions of.

use std::collections::HashMap;
use std::hint::black_box;
use std::time::{Duration, Instant};

use axum::body::Body;
use axum::extract::{Form, FromRequest as _, Request};
use axum::http::header::CONTENT_TYPE;
use serde_json::Value;
use talkable_api::webhook::testing::{Draft, Sent};
use talkable_api::webhook::{CheckUnsubscribeEvent, CreateCouponEvent, Delivery, Guard, ReferralEvent, RewardEvent};

/// As long as Talkable's: 32 hexadecimal digits.
const KEY: &str = "0123456789abcdef0123456789abcdef";

/// Odd, so that the median is one of the runs.
const RUNS: usize = 31;
const PER_RUN: u32 = 200;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["--keys", which, count] => compare_keys(which, count.parse().expect("COUNT is a number")),
        // Only `cargo bench` passes this. As one of all targets under test, this one has nothing to do.
        given if given.contains(&"--bench") => measure(),
        _ => {}
    }
}

fn measure() {
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime can be built");
    println!("{:<22} {:>7} {:>12} {:>12} {:>7}", "microseconds for", "bytes", "ours", "Form + Value", "ratio");
    for (name, sent) in [
        ("check_unsubscribe", Draft::of::<CheckUnsubscribeEvent>().form(KEY)),
        ("create_coupon", Draft::of::<CreateCouponEvent>().form(KEY)),
        ("referral", Draft::of::<ReferralEvent>().form(KEY)),
        ("reward", Draft::of::<RewardEvent>().form(KEY)),
    ] {
        let guard = Guard::new(KEY).expect("the key is fit");
        let (mut ours, mut plain) = (Vec::new(), Vec::new());
        for _ in 0..RUNS {
            ours.push(timed(|| runtime.block_on(typed(&sent, &guard))));
            plain.push(timed(|| runtime.block_on(untyped(&sent))));
        }
        let (ours, plain) = (median(ours), median(plain));
        let ratio = ours.as_secs_f64() / plain.as_secs_f64();
        let micros = |time: Duration| time.as_secs_f64() * 1e6 / f64::from(PER_RUN);
        println!("{name:<22} {:>7} {:>12.1} {:>12.1} {ratio:>7.2}", sent.body.len(), micros(ours), micros(plain));
    }
}

fn request(sent: &Sent) -> Request {
    let builder = Request::builder().method("POST").uri("/").header(CONTENT_TYPE, sent.content_type);
    builder.body(Body::from(sent.body.clone())).expect("the request is complete")
}

async fn typed(sent: &Sent, guard: &Guard) {
    let delivery: Delivery = Delivery::from_request(request(sent), guard).await.expect("the key is right");
    black_box(delivery);
}

/// What one writes without this crate: no types, and a key that is compared like any other text.
async fn untyped(sent: &Sent) {
    let form = Form::<HashMap<String, String>>::from_request(request(sent), &()).await;
    let Form(fields) = form.expect("it is a form");
    assert_eq!(fields.get("key").map(String::as_str), Some(KEY));
    let payload: Value = serde_json::from_str(&fields["payload"]).expect("it is JSON");
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

/// Compares a key that is right, or wrong in its first or its last byte.
fn compare_keys(which: &str, count: u32) {
    let key = match which {
        "first" => format!("x{}", &KEY[1..]),
        "last" => format!("{}x", &KEY[..KEY.len() - 1]),
        _ => KEY.to_owned(),
    };
    // A key that is right would go on to the payload, so it is the guard alone that is asked.
    let guard = Guard::new(KEY).expect("the key is fit");
    let body = format!("key={key}&payload=%7B%7D");
    for _ in 0..count {
        let _ = black_box(Delivery::<talkable_api::webhook::Event>::from_form(black_box(body.as_bytes()), &guard));
    }
}
