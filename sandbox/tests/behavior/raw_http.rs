//! Requests as the official Ruby client writes them, and as others do.

use reqwest::Method;
use serde_json::{Value, json};
use talkable_sandbox::Sandbox;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::support::{sandbox, send};

/// Writes a request byte by byte, so that nothing is encoded on the way, and reads the answer to its end.
async fn write(sandbox: &Sandbox, line: &str, headers: &str, body: &str) -> (u16, Value) {
    let host = sandbox.url().trim_start_matches("http://");
    let length = body.len();
    let head = format!(
        "{line} HTTP/1.1\r\nHost: {host}\r\nAccept: */*\r\nUser-Agent: Ruby\r\nConnection: close\r\n\
         Content-Type: application/json\r\nContent-Length: {length}\r\n{headers}\r\n"
    );
    let mut stream = TcpStream::connect(host).await.expect("the sandbox listens");
    stream.write_all(format!("{head}{body}").as_bytes()).await.expect("it can be written");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.expect("the answer is text");
    let status = answer.split(' ').nth(1).and_then(|status| status.parse().ok()).expect("there is a status");
    let body = answer.split_once("\r\n\r\n").map(|(_, body)| body).unwrap_or_default();
    (status, serde_json::from_str(body).unwrap_or_default())
}

async fn call(sandbox: &Sandbox, line: &str, body: &str) -> (u16, Value) {
    write(sandbox, line, &format!("Authorization: Bearer {}\r\n", sandbox.api_key()), body).await
}

#[tokio::test]
async fn the_ruby_clients_way_of_calling_works() {
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
        let (answered, answer) = call(&sandbox, line, body).await;
        assert_eq!(answered, status, "{line}: {answer}");
        assert_eq!(answer["ok"], true);
    }
    let stored = sandbox.site("my-store", |site| {
        let origin = site.origins().find(|origin| origin.number.as_deref() == Some("12")).cloned();
        origin.map(|origin| (origin.ip_address, origin.created_at.to_rfc3339()))
    });
    let expected = (Some("127.0.0.1".to_owned()), "2016-09-06T16:14:25-08:00".to_owned());
    assert_eq!(stored, Some(expected));
}

#[tokio::test]
async fn the_key_is_asked_for() {
    let sandbox = sandbox().await;
    let line = "GET /api/v2/campaigns?site_slug=my-store";
    for headers in ["", "Authorization: Bearer wrong\r\n", "Authorization: Basic c2FuZGJveDo=\r\n"] {
        let (status, answer) = write(&sandbox, line, headers, "").await;
        assert_eq!((status, &answer["ok"]), (401, &json!(false)));
    }
}

#[tokio::test]
async fn addresses_that_lead_nowhere_are_not_found() {
    let sandbox = sandbox().await;
    for line in ["GET /api/v2/nothing", "DELETE /api/v2/campaigns", "GET /", "GET /api/v2/people//", "GET /x/none"] {
        let (status, answer) = call(&sandbox, line, "").await;
        assert_eq!((status, &answer["ok"]), (404, &json!(false)), "{line}");
    }
}

#[tokio::test]
async fn wrong_requests_are_refused_in_words() {
    let sandbox = sandbox().await;
    let purchase = "/api/v2/origins/purchase";
    let range = "site_slug=my-store&start_date=2026-01-01";
    for (method, path, body, status, words) in [
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
        let (answered, answer) = send(&sandbox, method, path, body.as_ref()).await;
        assert_eq!((answered, answer["error_message"].as_str()), (status, Some(words)), "{path}");
    }
    for body in ["{", "[]", "nonsense", "\"text\""] {
        let (status, answer) = call(&sandbox, "POST /api/v2/visitors", body).await;
        assert_eq!(status, 400, "{answer}");
    }
}

#[tokio::test]
async fn an_empty_text_is_none() {
    let sandbox = sandbox().await;
    let event = json!({ "email": "a@example.com", "event_category": "review", "event_number": "1", "subtotal": 1 });
    for field in ["event_category", "event_number"] {
        let mut data = event.clone();
        data[field] = "".into();
        let body = json!({ "site_slug": "my-store", "data": data });
        let (status, answer) = send(&sandbox, Method::POST, "/api/v2/origins/event", Some(&body)).await;
        assert_eq!((status, answer["error_message"].as_str()), (400, Some(&*format!("`{field}` is required"))));
    }
}
