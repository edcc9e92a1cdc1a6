//! Tests of the formats in which clients send their requests.

use reqwest::Method;
use reqwest::header::{ALLOW, CONTENT_TYPE, HeaderMap};
use serde_json::{Value, json};
use talkable_sandbox::Sandbox;

use crate::support::{HTTP, offer_code, sandbox};

const FORM: &str = "application/x-www-form-urlencoded";
const JSON: &str = "application/json";

/// Sends a request with the API key, and returns the status, the headers and the JSON of the response.
async fn send(sandbox: &Sandbox, method: Method, path: &str, kind: &str, body: &[u8]) -> (u16, HeaderMap, Value) {
    let request = HTTP.request(method, format!("{}/api/v2{path}", sandbox.url())).bearer_auth(sandbox.api_key());
    let request = if kind.is_empty() { request } else { request.header(CONTENT_TYPE, kind) };
    let response = request.body(body.to_vec()).send().await.expect("the sandbox responds");
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    let bytes = response.bytes().await.expect("the response is complete");
    (status, headers, serde_json::from_slice(&bytes).unwrap_or_default())
}

async fn post(sandbox: &Sandbox, path: &str, kind: &str, body: &str) -> (u16, Value) {
    let (status, _, response) = send(sandbox, Method::POST, path, kind, body.as_bytes()).await;
    (status, response)
}

#[tokio::test]
async fn reads_forms_like_json() {
    let sandbox = sandbox().await;
    let urlencoded = "site_slug=my-store&data[email]=amy%40example.com&data[order_number]=F-1&data[subtotal]=10.50\
                      &data[coupon_codes][]=A&data[coupon_codes][]=B&data[items][][price]=1&data[items][][quantity]=2\
                      &data[items][][product_id]=x&data[items][][price]=3&data[items][][quantity]=1&data[items][][product_id]=y";
    let part =
        |name: &str, value: &str| format!("--b\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n");
    let multipart = [
        part("site_slug", "my-store"),
        part("data[email]", "amy@example.com"),
        part("data[order_number]", "F-2"),
        part("data[subtotal]", "10.50"),
        part("data[coupon_codes][]", "A"),
        part("data[coupon_codes][]", "B"),
        "--b--\r\n".to_owned(),
    ];
    for (kind, body) in [(FORM, urlencoded.to_owned()), ("multipart/form-data; boundary=b", multipart.concat())] {
        let (status, response) = post(&sandbox, "/origins/purchase", kind, &body).await;
        assert_eq!(status, 201, "{kind}: {response}");
        let origin = &response["result"]["origin"];
        assert_eq!((&origin["subtotal"], &origin["coupon_code"]), (&json!(10.5), &json!("A,B")), "{kind}");
    }
    let points = "site_slug=my-store&data[points]=5";
    let path = "/loyalty/members/jane@example.com/manual_adjustment_actions";
    assert_eq!(post(&sandbox, path, FORM, points).await.0, 200);
    let (status, response) = post(&sandbox, path, FORM, "site_slug=my-store&data[points]=many").await;
    assert_eq!((status, response["error_message"].as_str()), (400, Some("`points` is invalid")));
}

#[tokio::test]
async fn merges_the_query_and_the_body() {
    let sandbox = sandbox().await;
    let uuid = "6f0cbb60-33ad-4b4a-8c5f-6a4d1f0a0042";
    for (query, kind, body) in [
        ("?site_slug=my-store", JSON, format!(r#"{{"data":{{"uuid":"{uuid}"}}}}"#)),
        ("?site_slug=my-store", FORM, format!("data[uuid]={uuid}")),
        (&*format!("?site_slug=my-store&data[uuid]={uuid}"), "", String::new()),
        (&*format!("?site_slug=my-store&data%5Buuid%5D={uuid}"), JSON, "null".to_owned()),
        ("?site_slug=none", JSON, format!(r#"{{"site_slug":"my-store","data":{{"uuid":"{uuid}"}}}}"#)),
        ("/?site_slug=my-store", "", format!("\u{feff}{{\"data\":{{\"uuid\":\"{uuid}\"}}}}")),
        // The content type that curl sends by default.
        ("?site_slug=my-store", FORM, format!(r#" {{"data":{{"uuid":"{uuid}"}}}}"#)),
    ] {
        let (status, response) = post(&sandbox, &format!("/visitors{query}"), kind, &body).await;
        assert_eq!((status, response["result"]["uuid"].as_str()), (200, Some(uuid)), "{query} {body}: {response}");
    }
    for (kind, body) in [("", ""), (JSON, ""), (JSON, "null"), (FORM, "")] {
        let path = "/people/jane@example.com/unsubscribe?site_slug=my-store";
        assert_eq!(post(&sandbox, path, kind, body).await.0, 200, "{kind} {body:?}");
    }
}

#[tokio::test]
async fn names_the_cause_of_an_unreadable_body() {
    let sandbox = sandbox().await;
    for (kind, body, status, message) in [
        (JSON, &b"a=1"[..], 400, "The body is a form, not JSON."),
        (JSON, b"{\"a\": caf\xe9}", 400, "The body is not encoded in UTF-8"),
        (JSON, b"\xfe\xff\0{", 400, "The body is encoded in UTF-16."),
        (JSON, b"{\"a\":", 400, "The body is not valid JSON: it ends too early, at line 1, column 5."),
        (FORM, b"data[uuid]=%E9", 400, "The field `data[uuid]` of the form is not encoded in UTF-8."),
        (FORM, b"data=1&data[uuid]=2", 400, "The form uses `data` both as"),
        ("multipart/form-data", b"--b", 400, "The content type of the form has no boundary."),
        ("multipart/form-data; boundary=b", b"--c", 400, "The form is malformed"),
        (JSON, b"--b\r\nContent-Disposition: form-data\r\n", 400, "The body is a multipart form."),
    ] {
        let (actual, _, response) = send(&sandbox, Method::POST, "/visitors?site_slug=my-store", kind, body).await;
        let text = response["error_message"].as_str().unwrap_or_default();
        assert!(actual == status && text.starts_with(message), "{actual} {text:?} instead of {message:?}");
    }
    // The history contains the invalid body.
    let invalid = send(&sandbox, Method::POST, "/visitors?site_slug=my-store", JSON, b"{oops").await;
    assert_eq!(invalid.0, 400);
    let listed = crate::support::send(&sandbox, Method::GET, "/sandbox/requests", None).await.1;
    let entry = listed["result"]["requests"].as_array().and_then(|all| all.last()).cloned().unwrap_or_default();
    assert_eq!(
        (&entry["method"], &entry["path"], &entry["status"]),
        (&json!("POST"), &json!("/api/v2/visitors"), &json!(400))
    );
    let details =
        crate::support::send(&sandbox, Method::GET, &format!("/sandbox/requests/{}", entry["id"]), None).await.1;
    assert_eq!(details["result"]["request"]["request"], "{oops");
    let request = HTTP.post(format!("{}/api/v2/visitors", sandbox.url())).bearer_auth(sandbox.api_key());
    let response = request.header("Content-Encoding", "gzip").body("x").send().await.expect("the sandbox responds");
    assert_eq!(response.status().as_u16(), 415);
}

#[tokio::test]
async fn reads_file_names_in_every_encoding() {
    let sandbox = sandbox().await;
    for (number, (header, name)) in [
        (&b"CONTENT-DISPOSITION: FORM-DATA; NAME=\"file\"; FILENAME=\"upper.png\""[..], "upper.png"),
        (b"Content-Disposition: form-data; name=\"file\"; filename*=UTF-8''na%C3%AFve.png", "na\u{ef}ve.png"),
        (b"Content-Disposition: form-data; name=\"file\"; filename=\"caf\xe9.png\"", "caf\u{e9}.png"),
        (b"Content-Disposition: form-data; name=\"file\"; filename=\"caf\xc3\xa8.png\"", "caf\u{e8}.png"),
    ]
    .into_iter()
    .enumerate()
    {
        let mut form = b"--b\r\nContent-Disposition: form-data; name=\"site_slug\"\r\n\r\nmy-store\r\n--b\r\n".to_vec();
        form.extend_from_slice(header);
        form.extend_from_slice(b"\r\ncontent-type: image/png\r\n\r\nx\r\n--b--\r\n");
        let kind = "multipart/form-data; boundary=b";
        let (status, _, response) = send(&sandbox, Method::POST, "/assets", kind, &form).await;
        let asset = &response["result"]["asset"];
        assert_eq!((status, asset["name"].as_str()), (201, Some(name)), "{number}: {response}");
        assert_eq!(asset["content_type"], "image/png");
    }
}

#[tokio::test]
async fn serves_head_and_options() {
    let sandbox = sandbox().await;
    let (status, headers, body) = send(&sandbox, Method::HEAD, "/campaigns?site_slug=my-store", "", b"").await;
    assert_eq!((status, body), (200, Value::Null));
    assert!(headers.contains_key(CONTENT_TYPE));
    for (path, allowed) in [
        ("/campaigns", "GET, HEAD, OPTIONS"),
        ("/people/jane@example.com", "GET, PUT, HEAD, OPTIONS"),
        ("/visitors", "POST, OPTIONS"),
    ] {
        let (status, headers, _) = send(&sandbox, Method::OPTIONS, path, "", b"").await;
        assert_eq!((status, headers.get(ALLOW).and_then(|value| value.to_str().ok())), (204, Some(allowed)), "{path}");
        let names = headers.keys().map(|name| name.as_str().to_owned()).collect::<Vec<_>>();
        assert!(
            !names.iter().any(|name| name.starts_with("access-control")),
            "{path} allows other websites: {names:?}"
        );
    }
}

#[tokio::test]
async fn accepts_older_clients_only_if_lenient() {
    for is_lenient in [false, true] {
        let builder = if is_lenient { Sandbox::builder().lenient() } else { Sandbox::builder() };
        let sandbox = builder.api_key("key").start().await.expect("there is a free port");
        let basic = HTTP.get(format!("{}/api/v2/campaigns?site_slug=my-store", sandbox.url()));
        let response = basic.basic_auth("key", Some("")).send().await.expect("the sandbox responds");
        assert_eq!(response.status().as_u16(), if is_lenient { 200 } else { 401 });
        let wrong = HTTP.get(format!("{}/api/v2/campaigns?site_slug=my-store", sandbox.url()));
        let response = wrong.basic_auth("wrong", Some("key")).send().await.expect("the sandbox responds");
        assert_eq!(response.status().as_u16(), 401);
        assert!(!response.headers().contains_key("www-authenticate"), "browsers would ask for a password");
        let control = HTTP.get(format!("{}/sandbox/state", sandbox.url())).basic_auth("key", Some(""));
        let response = control.send().await.expect("the sandbox responds");
        assert_eq!(response.status().as_u16(), 401, "only the API accepts basic authentication");
        let uuid = "6f0cbb60-33ad-4b4a-8c5f-6a4d1f0a0001";
        for (path, body, status) in [
            ("/visitors", json!({ "data": {} }), 200),
            ("/visitors", json!({}), 200),
            ("/origins", json!({ "type": "AffiliateMember", "data": { "uuid": uuid } }), 201),
            ("/origins", json!({ "type": "Event", "data": { "event_category": "signup", "event_number": 1 } }), 201),
            ("/origins/purchase", json!({ "data": { "order_number": "1", "email": "amy@example.com" } }), 201),
        ] {
            let mut body = body;
            body["site_slug"] = "my-store".into();
            let (actual, response) = post(&sandbox, path, JSON, &body.to_string()).await;
            assert_eq!(actual, if is_lenient { status } else { 400 }, "{path} {body}: {response}");
            if is_lenient && body["data"]["uuid"] == uuid {
                assert_eq!(response["result"]["origin"]["email"], "jane@example.com", "the browser is Jane's");
            }
        }
    }
}

/// A request in `requests.txt`.
struct Fixture<'a> {
    client: &'a str,
    statuses: [u16; 2],
    request: &'a str,
}

impl<'a> Fixture<'a> {
    fn parse(text: &'a str) -> Self {
        let (title, request) = text.split_once('\n').expect("a request follows the title");
        let (client, expected) = title.split_once(": ").expect("the title has a status");
        let number = |text: &str| text.get(..3).and_then(|text| text.parse().ok()).expect("the status is a number");
        let lenient = expected.split_once(", lenient ").map_or(expected, |(_, lenient)| lenient);
        assert!(expected.starts_with('2') || expected.matches(": ").count() == 1, "{title}: a reason is missing");
        Self { client, statuses: [number(expected), number(lenient)], request }
    }

    /// Sends the request, and returns the status and the response.
    async fn send(&self, sandbox: &Sandbox) -> (u16, Value) {
        let (head, body) = self.request.split_once("\n\n").unwrap_or((self.request, ""));
        let mut lines = head.lines();
        let (method, path) = lines.next().and_then(|line| line.split_once(' ')).expect("there is a request line");
        let path = path.replace("{code}", &offer_code(sandbox));
        let method = method.parse().expect("the method is valid");
        let mut request = HTTP.request(method, format!("{}{path}", sandbox.url())).bearer_auth(sandbox.api_key());
        for (name, value) in lines.filter_map(|line| line.split_once(": ")) {
            request = request.header(name, value);
        }
        let fields: Vec<(&str, &str)> = body.lines().filter_map(field).collect();
        if !fields.is_empty() {
            let part = |(name, value)| {
                format!("--Boundary+0A\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n")
            };
            let form = fields.into_iter().map(part).collect::<String>() + "--Boundary+0A--\r\n";
            request = request.header(CONTENT_TYPE, "multipart/form-data; boundary=Boundary+0A").body(form);
        } else if !body.trim().is_empty() {
            request = request.body(body.trim().to_owned());
        }
        let response = request.send().await.expect("the sandbox responds");
        let status = response.status().as_u16();
        let bytes = response.bytes().await.expect("the response is complete");
        (status, serde_json::from_slice(&bytes).unwrap_or_default())
    }
}

/// Splits a line such as `{{name=value}}`.
fn field(line: &str) -> Option<(&str, &str)> {
    line.strip_prefix("{{")?.strip_suffix("}}")?.split_once('=')
}

#[tokio::test]
async fn responds_to_requests_of_known_clients() {
    let text = include_str!("clients/requests.txt");
    let fixtures: Vec<Fixture<'_>> = text.split("\n@ ").skip(1).map(Fixture::parse).collect();
    assert!(fixtures.len() > 50, "there are only {} requests", fixtures.len());
    for (index, is_lenient) in [false, true].into_iter().enumerate() {
        let builder = if is_lenient { Sandbox::builder().lenient() } else { Sandbox::builder() };
        let sandbox = builder.start().await.expect("there is a free port");
        let mut failures = Vec::new();
        for fixture in &fixtures {
            let (status, response) = fixture.send(&sandbox).await;
            if status != fixture.statuses[index] {
                let Fixture { client, request, .. } = fixture;
                failures.push(format!("{client} (lenient: {is_lenient}): {request}\n  got {status}: {response}"));
            }
        }
        assert!(failures.is_empty(), "{}", failures.join("\n"));
    }
}
