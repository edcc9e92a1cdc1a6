//! Tests requests like those of the official Ruby client, and invalid requests.

use reqwest::Method;
use serde_json::{Value, json};
use talkable_sandbox::Sandbox;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::support::{sandbox, send};

/// Sends a request without encoding anything, and returns the response's status and JSON.
async fn write(sandbox: &Sandbox, line: &str, headers: &str, body: &str) -> (u16, Value) {
    let host = sandbox.url().trim_start_matches("http://");
    let length = body.len();
    let head = format!(
        "{line} HTTP/1.1\r\nHost: {host}\r\nAccept: */*\r\nUser-Agent: Ruby\r\nConnection: close\r\n\
         Content-Type: application/json\r\nContent-Length: {length}\r\n{headers}\r\n"
    );
    let mut stream = TcpStream::connect(host).await.expect("the sandbox listens");
    stream.write_all(format!("{head}{body}").as_bytes()).await.expect("the request is sent");
    let mut response = String::new();
    stream.read_to_string(&mut response).await.expect("the response is text");
    let status = response.split(' ').nth(1).and_then(|status| status.parse().ok()).expect("the response has a status");
    let body = response.split_once("\r\n\r\n").map(|(_, body)| body).unwrap_or_default();
    (status, serde_json::from_str(body).unwrap_or_default())
}

async fn call(sandbox: &Sandbox, line: &str, body: &str) -> (u16, Value) {
    write(sandbox, line, &format!("Authorization: Bearer {}\r\n", sandbox.api_key()), body).await
}

#[tokio::test]
async fn accepts_requests_from_the_ruby_client() {
    let sandbox = sandbox().await;
    for (line, body, status) in [
        ("GET /api/v2/people/jane@example.com?site_slug=my-store", "", 200),
        ("GET /api/v2/people/+12025550101?site_slug=my-store", "", 200),
        ("GET /api/v2/people/jane?site_slug=my-store", "", 200),
        ("GET /api/v2/people/1001?site_slug=my-store", "", 200),
        ("PUT /api/v2/people/jane@example.com", r#"{"data":{"first_name":"Jo"},"site_slug":"my-store"}"#, 200),
        ("PUT /api/v2/people/jane@example.com?site_slug=my-store", r#"{"data":{"first_name":"Jo"}}"#, 200),
        ("POST /api/v2/people/jane@example.com/unsubscribe", r#"{"site_slug":"my-store"}"#, 200),
        (
            "POST /api/v2/origins",
            r#"{"type":"Purchase","data":{"email":"r@example.com","order_number":12,"subtotal":"23.97","ip_address":"current",
                "traffic_source":"x","whatever":{"a":[1]},"campaign_tags":["default","other"],"first_name":null,
                "created_at":"2016-09-06T16:14:25"},"site_slug":"my-store","also":"unknown"}"#,
            201,
        ),
        ("PUT /api/v2/origins/12/referral", r#"{"data":{"status":"approved"},"site_slug":"my-store"}"#, 200),
        ("POST /api/v2/origins/12/refund", r#"{"data":{"refunded_at":"2016-10-06"},"site_slug":"my-store"}"#, 200),
        (
            "POST /api/v2/offer_claims",
            r#"{"site_slug":"my-store","advocate_email":"a@example.com","friend_email":"b@example.com"}"#,
            200,
        ),
        (
            "GET /api/v2/metrics/shares?site_slug=my-store&start_date=2016-01-01&end_date=2016-01-31&campaign_ids=1,2",
            "",
            200,
        ),
    ] {
        let (actual, response) = call(&sandbox, line, body).await;
        assert_eq!(actual, status, "{line}: {response}");
        assert_eq!(response["ok"], true);
    }
    let stored = sandbox.site("my-store", |site| {
        let origin = site.origins().find(|origin| origin.number.as_deref() == Some("12")).cloned();
        origin.map(|origin| (origin.ip_address, origin.created_at.to_rfc3339()))
    });
    let expected = (Some("127.0.0.1".to_owned()), "2016-09-06T16:14:25-08:00".to_owned());
    assert_eq!(stored, Some(expected));
}

#[tokio::test]
async fn rejects_a_missing_or_wrong_key() {
    let sandbox = sandbox().await;
    let line = "GET /api/v2/campaigns?site_slug=my-store";
    for headers in ["", "Authorization: Bearer wrong\r\n", "Authorization: Basic c2FuZGJveDo=\r\n"] {
        let (status, response) = write(&sandbox, line, headers, "").await;
        assert_eq!((status, &response["ok"]), (401, &json!(false)));
    }
}

#[tokio::test]
async fn unknown_paths_are_not_found() {
    let sandbox = sandbox().await;
    for line in ["GET /api/v2/nothing", "DELETE /api/v2/campaigns", "GET /api/v2/people//", "GET /x/none"] {
        let (status, response) = call(&sandbox, line, "").await;
        assert_eq!((status, &response["ok"]), (404, &json!(false)), "{line}");
    }
}

#[tokio::test]
async fn explains_invalid_requests() {
    let sandbox = sandbox().await;
    let purchase = "/api/v2/origins/purchase";
    let range = "site_slug=my-store&start_date=2026-01-01";
    for (method, path, body, status, message) in [
        (Method::POST, purchase, json!({}), 400, "`data` is required"),
        (Method::POST, purchase, json!({ "data": { "email": "a@example.com" } }), 400, "`order_number` is required"),
        (
            Method::POST,
            purchase,
            json!({ "data": { "email": "a", "order_number": 1, "subtotal": 1 } }),
            400,
            "Email isn't valid",
        ),
        (
            Method::POST,
            purchase,
            json!({ "data": { "email": "a@example.com", "order_number": 1, "subtotal": "x" } }),
            400,
            "`subtotal` is invalid",
        ),
        (Method::POST, purchase, json!({ "data": [] }), 400, "`data` is invalid"),
        (
            Method::PUT,
            "/api/v2/people/a@example.com",
            json!({ "data": { "a": 1, "b": 2 } }),
            400,
            "found unpermitted parameters: :a, :b",
        ),
        (
            Method::PUT,
            "/api/v2/people/a@example.com",
            json!({ "data": { "first_name": "x".repeat(256) } }),
            422,
            "Validation failed: First name is too long (maximum is 255 characters)",
        ),
        (Method::GET, &format!("/api/v2/metrics/shares?{range}"), Value::Null, 400, "`end_date` is required"),
        (
            Method::GET,
            &format!("/api/v2/metrics/shares?{range}&end_date=soon"),
            Value::Null,
            400,
            "`end_date` is invalid",
        ),
        (Method::GET, "/api/v2/assets?site_slug=my-store&per_page=101", Value::Null, 400, "`per_page` is invalid"),
        (Method::GET, "/api/v2/campaigns", Value::Null, 400, "No site found by `site_slug`."),
    ] {
        let body = (!body.is_null()).then(|| {
            let mut body = body;
            body["site_slug"] = "my-store".into();
            body
        });
        let (actual, response) = send(&sandbox, method, path, body.as_ref()).await;
        assert_eq!((actual, response["error_message"].as_str()), (status, Some(message)), "{path}");
    }
    for body in ["{", "[]", "nonsense", "\"text\""] {
        let (status, response) = call(&sandbox, "POST /api/v2/visitors", body).await;
        assert_eq!(status, 400, "{response}");
    }
}

#[tokio::test]
async fn treats_empty_strings_as_missing() {
    let sandbox = sandbox().await;
    let event = json!({ "email": "a@example.com", "event_category": "review", "event_number": "1", "subtotal": 1 });
    for field in ["event_category", "event_number"] {
        let mut data = event.clone();
        data[field] = "".into();
        let body = json!({ "site_slug": "my-store", "data": data });
        let (status, response) = send(&sandbox, Method::POST, "/api/v2/origins/event", Some(&body)).await;
        assert_eq!((status, response["error_message"].as_str()), (400, Some(&*format!("`{field}` is required"))));
    }
}
