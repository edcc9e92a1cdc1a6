//! Calls every operation, both successfully and with requests that cause the errors in the description's examples.

use std::collections::{BTreeMap, BTreeSet};

use reqwest::Method;
use reqwest::multipart::{Form, Part};
use serde_json::{Value, json};
use talkable_sandbox::{Sandbox, description};

use crate::support::{HTTP, assert_responses_are_described, offer_code, post, put, sandbox, send, write};

const SITE: &str = "site_slug=my-store";

async fn get(sandbox: &Sandbox, path: &str) -> (u16, Value) {
    let separator = if path.contains('?') { '&' } else { '?' };
    send(sandbox, Method::GET, &format!("/api/v2{path}{separator}{SITE}"), None).await
}

#[tokio::test]
async fn no_operation_returns_a_server_error() {
    let sandbox = call_all().await;
    let calls = sandbox.calls();
    let failed: Vec<_> = calls.iter().filter(|call| call.status >= 500).collect();
    assert!(!calls.is_empty() && failed.is_empty(), "{failed:#?}");
}

#[tokio::test]
#[ignore = "the vendor can change responses; `cargo xtask check todo` runs this test"]
async fn nothing_is_left_in_the_description_without_a_call() {
    let sandbox = call_all().await;
    assert_responses_are_described(&sandbox);
    let missing = missing(&sandbox);
    assert!(missing.is_empty(), "no call in this file returns {missing:#?}; add calls that do");
}

/// The suite `bindings` tests that the client recognizes the reason for each message.
#[tokio::test]
async fn every_message_with_a_known_reason_is_sent() {
    let sandbox = call_all().await;
    let sent = sandbox.calls().into_iter().map(|call| {
        let message = call.response["error_message"].as_str().unwrap_or_default().trim_end();
        format!("{}\t{}\t{message}", call.operation, call.status)
    });
    let sent: BTreeSet<_> = sent.collect();
    for line in include_str!("../../../tests/fixtures/errors/messages.tsv").lines().skip(1) {
        let [operation, status, _, message] = line.split('\t').collect::<Vec<_>>()[..] else { panic!("{line}") };
        // An operation that the vendor has removed sends nothing.
        let is_described = description().to_string().contains(&format!("\"{operation}\""));
        assert!(!is_described || sent.contains(&format!("{operation}\t{status}\t{message}")), "{line}");
    }
}

async fn call_all() -> Sandbox {
    let sandbox = sandbox().await;
    people(&sandbox).await;
    origins(&sandbox).await;
    offers(&sandbox).await;
    loyalty(&sandbox).await;
    listings(&sandbox).await;
    assets(&sandbox).await;
    sandbox
}

async fn people(sandbox: &Sandbox) {
    for name in ["jane@example.com", "nobody@example.com"] {
        for listing in
            ["", "/referrals_as_advocate", "/referrals_as_friend", "/rewards", "/shares_by", "/personal_data"]
        {
            get(sandbox, &format!("/people/{name}{listing}")).await;
        }
    }
    put(sandbox, "/people/new@example.com", json!({ "first_name": "New", "custom_properties": { "is_new": true } }))
        .await;
    put(sandbox, "/people/new@example.com", json!({ "foo": "bar" })).await;
    put(sandbox, "/people/new@example.com", json!({ "username": "jane" })).await;
    write(sandbox, Method::POST, "/people/new@example.com/unsubscribe", json!({})).await;
    write(sandbox, Method::POST, "/people/nobody/unsubscribe", json!({})).await;
    write(sandbox, Method::POST, "/people/new@example.com/anonymize", json!({})).await;
    write(sandbox, Method::POST, "/people/nobody@example.com/anonymize", json!({})).await;
    post(sandbox, "/visitors", json!({ "uuid": "6f0cbb60-33ad-4b4a-8c5f-6a4d1f0a0002" })).await;
    let unknown = json!({ "site_slug": "no-store", "data": { "uuid": "6f0cbb60-33ad-4b4a-8c5f-6a4d1f0a0002" } });
    send(sandbox, Method::POST, "/api/v2/visitors", Some(&unknown)).await;
}

async fn origins(sandbox: &Sandbox) {
    let purchase = |subtotal: f64| json!({ "email": "ann@example.com", "order_number": "1", "subtotal": subtotal });
    post(sandbox, "/origins/purchase", purchase(10.5)).await;
    post(sandbox, "/origins/purchase", purchase(11.0)).await;
    let event = |subtotal: i64| json!({ "email": "ann@example.com", "event_category": "signup", "event_number": 7, "subtotal": subtotal });
    post(sandbox, "/origins/event", event(0)).await;
    post(sandbox, "/origins/event", event(1)).await;
    post(sandbox, "/origins/affiliate_member", json!({ "email": "ann@example.com", "sharing_channels": ["sms"] }))
        .await;
    post(sandbox, "/origins/affiliate_member", json!({ "email": "nowhere" })).await;
    let any = |kind: &str| json!({ "type": kind, "data": { "email": "bob@example.com", "order_number": "2", "subtotal": 5 } });
    write(sandbox, Method::POST, "/origins", any("Purchase")).await;
    write(sandbox, Method::POST, "/origins", any("Gift")).await;
    for (batch, row) in [
        ("purchases", purchase(3.0)),
        ("events", event(3)),
        ("affiliate_members", json!({ "email": "cy@example.com" })),
    ] {
        write(
            sandbox,
            Method::POST,
            &format!("/origins/batch/{batch}"),
            json!({ "data": [row], "create_offers": true }),
        )
        .await;
    }
    write(sandbox, Method::POST, "/origins/1/refund", json!({})).await;
    write(sandbox, Method::POST, "/origins/1/refund", json!({})).await;
    put(sandbox, "/origins/1041/referral", json!({ "status": "approved" })).await;
    put(sandbox, "/origins/none/referral", json!({ "status": "approved" })).await;
}

async fn offers(sandbox: &Sandbox) {
    let offer = format!("/offers/{}", offer_code(sandbox));
    get(sandbox, &format!("{offer}?sharing_channels[]=facebook&sharing_channels[]=sms")).await;
    get(sandbox, &format!("{offer}?sharing_channels[]=email")).await;
    get(sandbox, "/offers/none").await;
    get(sandbox, &format!("{offer}/claim_url_status")).await;
    get(sandbox, "/offers/none/claim_url_status").await;
    let email = json!({ "recipients": "kim@example.com, lee@example.com\nkim@example.com" });
    write(sandbox, Method::POST, &format!("{offer}/shares/email"), email).await;
    write(sandbox, Method::POST, &format!("{offer}/shares/email"), json!({})).await;
    write(sandbox, Method::POST, &format!("{offer}/shares/social"), json!({ "channel": "facebook" })).await;
    write(sandbox, Method::POST, &format!("{offer}/shares/social"), json!({ "channel": "pigeon" })).await;
    for query in [
        "advocate_email=jane@example.com&friend_email=max@example.com",
        "advocate_email=jane@example.com&friend_email=jane@example.com",
        "advocate_email=jane&friend_email=max@example.com",
        "advocate_email=jane@example.com&friend_email=max",
        "advocate_email=jane@example.com&friend_email=max@example.com&campaign_tag=none",
    ] {
        send(sandbox, Method::POST, &format!("/api/v2/offer_claims?{query}&{SITE}"), None).await;
    }
    for claim in ["1", "999"] {
        send(sandbox, Method::PUT, &format!("/api/v2/visitor_offers/{claim}/track_visit?{SITE}"), None).await;
    }
}

async fn loyalty(sandbox: &Sandbox) {
    sandbox.site("my-store", |site| {
        site.enroll("jane@example.com").points_balance = 250;
        site.enroll("idle@example.com").is_active = false;
    });
    loyalty_calls(sandbox, "jane@example.com").await;
    loyalty_calls(sandbox, "nobody@example.com").await;
    loyalty_calls(sandbox, "idle@example.com").await;
    let member = "/loyalty/members/jane@example.com";
    post(sandbox, &format!("{member}/collect_actions"), json!({ "type": "random" })).await;
    post(sandbox, &format!("{member}/redeem_actions"), json!({ "redemption_batch_id": 2 })).await;
    post(sandbox, &format!("{member}/manual_adjustment_actions"), json!({ "points": -1_000_000 })).await;
    put(sandbox, member, json!({ "member_dates": { "birthday": "2000-01-02" } })).await;
    put(sandbox, member, json!({ "custom_properties": { "Not A Name": "x" } })).await;
    sandbox.site("my-store", |site| site.loyalty.is_live = false);
    loyalty_calls(sandbox, "jane@example.com").await;
}

async fn loyalty_calls(sandbox: &Sandbox, email: &str) {
    let member = format!("/loyalty/members/{email}");
    for listing in ["", "/collect_actions", "/redeem_actions", "/manual_adjustment_actions", "/redemption_batches"] {
        get(sandbox, &format!("{member}{listing}")).await;
    }
    post(sandbox, &format!("{member}/collect_actions"), json!({ "type": "optin" })).await;
    post(sandbox, &format!("{member}/redeem_actions"), json!({ "redemption_batch_id": 1 })).await;
    post(sandbox, &format!("{member}/manual_adjustment_actions"), json!({ "points": 5, "description": "Sorry" })).await;
    let dates = json!({ "member_dates": [{ "identifier": "birthday", "date": "2000-01-02" }] });
    put(sandbox, &member, dates).await;
}

async fn listings(sandbox: &Sandbox) {
    for path in [
        "/campaigns",
        "/traffic_sources",
        "/coupons/none",
        "/coupons/none/permission/jane@example.com",
        "/rewards?visitor_uuid=6f0cbb60-33ad-4b4a-8c5f-6a4d1f0a0001&status=All",
        "/metrics/total_sales_sum?start_date=2026-01-01&end_date=2026-12-31",
        "/metrics/none?start_date=2026-01-01&end_date=2026-12-31",
        "/metrics/shares/segmentize?start_date=1/1/2026&end_date=1/31/2026&segment_by[period]=week",
        "/metrics/shares/segmentize?start_date=1/1/2026&end_date=1/31/2026&segment_by[period]=hour",
    ] {
        get(sandbox, path).await;
    }
}

async fn assets(sandbox: &Sandbox) {
    for _ in 0..2 {
        let part = Part::bytes(b"GIF89a\x02\x00\x03\x00\x00\x00\x00;".to_vec()).file_name("dot.gif");
        let part = part.mime_str("image/gif").expect("the media type is valid");
        let request = HTTP.post(format!("{}/api/v2/assets?{SITE}", sandbox.url()));
        let request = request.bearer_auth(sandbox.api_key()).multipart(Form::new().part("file", part));
        request.send().await.expect("the sandbox responds");
    }
    get(sandbox, "/assets?content_type=image&page=1&per_page=10").await;
    get(sandbox, "/assets/1").await;
    get(sandbox, "/assets/99").await;
}

/// Lists the operations that never succeeded, and the errors in the description's examples that were never returned.
fn missing(sandbox: &Sandbox) -> Vec<String> {
    let mut returned: BTreeMap<String, BTreeSet<(u16, String)>> = BTreeMap::new();
    for call in sandbox.calls() {
        let message = call.response["error_message"].as_str().unwrap_or_default().trim_end().to_owned();
        returned.entry(call.operation).or_default().insert((call.status, message));
    }
    let paths = description()["paths"].as_object().into_iter().flatten();
    let operations = paths.flat_map(|(_, item)| item.as_object().into_iter().flatten().map(|(_, operation)| operation));
    let mut missing = Vec::new();
    for operation in operations.filter(|operation| operation["operationId"].is_string()) {
        let id = operation["operationId"].as_str().unwrap_or_default();
        let returned = returned.remove(id).unwrap_or_default();
        if !returned.iter().any(|(status, _)| (200..300).contains(status)) {
            missing.push(format!("{id}: success"));
        }
        missing.extend(
            errors(operation).filter(|error| !returned.contains(error)).map(|error| format!("{id}: {error:?}")),
        );
    }
    missing
}

/// Returns the errors in the examples of an operation's responses.
fn errors(operation: &Value) -> impl Iterator<Item = (u16, String)> {
    let responses = operation["responses"].as_object().into_iter().flatten();
    responses.flat_map(|(status, response)| {
        let content = &response["content"]["application/json"];
        let examples = content["examples"].as_object().into_iter().flatten().map(|(_, example)| &example["value"]);
        let message = examples.chain([&content["example"]]).filter_map(|example| example["error_message"].as_str());
        let status = status.parse().unwrap_or_default();
        message.map(move |message| (status, message.trim_end().to_owned())).collect::<Vec<_>>()
    })
}
