//! Tests of batches, whose rows are applied after a delay.

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};
use talkable_sandbox::Sandbox;

use crate::support::{sandbox, write};

async fn batch(sandbox: &Sandbox, kind: &str, rows: Value) -> (u16, Value) {
    let body = json!({ "data": rows, "create_offers": true });
    write(sandbox, Method::POST, &format!("/origins/batch/{kind}"), body).await
}

/// Returns the order numbers of purchases that are not part of the demo shop.
fn orders(sandbox: &Sandbox) -> Vec<String> {
    sandbox.site("my-store", |site| site.origins().skip(2).filter_map(|origin| origin.number.clone()).collect())
}

#[tokio::test]
async fn skips_invalid_rows() {
    let sandbox = sandbox().await;
    let rows = json!([
        { "email": "nowhere", "order_number": "1", "subtotal": 1 },
        { "email": "amy@example.com", "order_number": "2", "subtotal": 1, "first_name": null, "items": [{ "title": null }] },
        { "email": "amy@example.com", "subtotal": 1 },
        { "email": "amy@example.com", "order_number": "4", "subtotal": "much" },
        { "email": "amy@example.com", "order_number": "5", "subtotal": 1e300 },
        { "email": "amy@example.com", "order_number": "x".repeat(300), "subtotal": 1 },
        "no object",
        null,
        { "email": "ben@example.com", "order_number": 7, "subtotal": "7.50" },
    ]);
    assert_eq!(batch(&sandbox, "purchases", rows).await, (200, json!({ "ok": true })));
    sandbox.clock().advance(Duration::from_secs(2));
    assert_eq!(orders(&sandbox), ["2", "7"]);
    let (status, response) = batch(&sandbox, "purchases", json!({})).await;
    assert_eq!((status, response["error_message"].as_str()), (400, Some("`data` is invalid")));
}

#[tokio::test]
async fn rejects_a_batch_that_exceeds_the_quota() {
    let sandbox = Sandbox::builder().max_site_bytes(256 * 1024).start().await.expect("there is a free port");
    let row = |number: usize| json!({ "email": "amy@example.com", "event_category": "review", "event_number": number, "subtotal": 0 });
    let (status, response) = batch(&sandbox, "events", (0..300).map(row).collect()).await;
    assert_eq!(status, 507, "{response}");
    let (status, response) = batch(&sandbox, "events", (0..20).map(row).collect()).await;
    assert_eq!(status, 200, "{response}");
}
