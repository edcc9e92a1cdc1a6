//! Tests of how the sandbox handles hostile clients.

use std::io::ErrorKind;
use std::time::Duration;

use reqwest::Method;
use reqwest::multipart::Form;
use serde_json::{Value, json};
use talkable_sandbox::Sandbox;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::error::Elapsed;
use tokio::time::timeout;

use crate::support::{HTTP, offer_code, sandbox, send};

/// A timeout that is long enough to be exceeded only by hanging connections.
const TIMEOUT: Duration = Duration::from_secs(20);

async fn connect(sandbox: &Sandbox) -> TcpStream {
    TcpStream::connect(sandbox.url().trim_start_matches("http://")).await.expect("the sandbox listens")
}

/// Sends bytes and returns everything that the sandbox sends before it closes the connection.
async fn response_to(sandbox: &Sandbox, bytes: &[u8]) -> Result<String, Elapsed> {
    let mut stream = connect(sandbox).await;
    // The sandbox might close the connection before everything is written.
    let _ = timeout(TIMEOUT, stream.write_all(bytes)).await?;
    read_to_end(&mut stream).await
}

/// Reads until the sandbox closes the connection.
async fn read_to_end(stream: &mut TcpStream) -> Result<String, Elapsed> {
    let mut response = Vec::new();
    // Ignores read errors, because a reset connection also counts as closed.
    let _ = timeout(TIMEOUT, stream.read_to_end(&mut response)).await?;
    Ok(String::from_utf8_lossy(&response).into_owned())
}

/// Asserts that the sandbox still serves requests.
async fn assert_alive(sandbox: &Sandbox) {
    let (status, _) = send(sandbox, Method::GET, "/api/v2/campaigns?site_slug=my-store", None).await;
    assert_eq!(status, 200);
}

fn head(sandbox: &Sandbox, line: &str, headers: &str) -> String {
    format!(
        "{line} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nAuthorization: Bearer {}\r\n{headers}\r\n",
        sandbox.api_key()
    )
}

#[tokio::test]
async fn limits_the_size_of_bodies() -> Result<(), Elapsed> {
    let sandbox = sandbox().await;
    let huge = json!({ "site_slug": "my-store", "data": { "uuid": "x".repeat(3 * 1024 * 1024) } }).to_string();
    let request = HTTP.post(format!("{}/api/v2/visitors", sandbox.url())).bearer_auth(sandbox.api_key());
    // The sandbox might close the connection while the body is being written.
    if let Ok(response) = request.body(huge).send().await {
        assert_eq!(response.status().as_u16(), 413);
    }
    let endless = head(&sandbox, "POST /api/v2/visitors", "Transfer-Encoding: chunked\r\n");
    let chunks = format!("10000\r\n{}\r\n", "x".repeat(0x10000)).repeat(64);
    let response = response_to(&sandbox, format!("{endless}{chunks}").as_bytes()).await?;
    assert!(response.is_empty() || response.starts_with("HTTP/1.1 413"), "{response}");
    assert_alive(&sandbox).await;
    Ok(())
}

#[tokio::test]
async fn limits_the_size_of_heads() -> Result<(), Elapsed> {
    let sandbox = sandbox().await;
    let many: String = (0..5000).map(|number| format!("X-{number}: x\r\n")).collect();
    let long = format!("X: {}\r\n", "x".repeat(1024 * 1024));
    for headers in [many, long] {
        let response = response_to(&sandbox, head(&sandbox, "GET /api/v2/campaigns", &headers).as_bytes()).await?;
        assert!(response.is_empty() || response.starts_with("HTTP/1.1 431"), "{response}");
    }
    let path = format!("GET /api/v2/people/{}", "x".repeat(1024 * 1024));
    let response = response_to(&sandbox, head(&sandbox, &path, "").as_bytes()).await?;
    assert!(response.is_empty() || response.starts_with("HTTP/1.1 4"), "{response}");
    assert_alive(&sandbox).await;
    Ok(())
}

#[tokio::test]
async fn closes_idle_connections() -> Result<(), Elapsed> {
    let limit = Duration::from_millis(300);
    let sandbox = Sandbox::builder().client_timeout(limit).start().await.expect("there is a free port");
    for bytes in [
        "GET /api/v2/camp",
        &head(&sandbox, "POST /api/v2/visitors", "Content-Length: 100\r\n"),
        &head(&sandbox, "PUT /sandbox/faults", "Content-Type: application/json\r\nContent-Length: 100\r\n"),
    ] {
        let response = response_to(&sandbox, bytes.as_bytes()).await?;
        assert!(response.is_empty() || response.starts_with("HTTP/1.1 408"), "{response}");
    }
    assert_alive(&sandbox).await;
    Ok(())
}

#[tokio::test]
async fn slow_clients_do_not_block_others() {
    let sandbox = Sandbox::builder().max_connections(8).client_timeout(Duration::from_millis(300)).start().await;
    let sandbox = sandbox.expect("there is a free port");
    let mut slow = Vec::new();
    for _ in 0..32 {
        let mut stream = connect(&sandbox).await;
        let _ = stream.write_all(b"GET / HT").await;
        slow.push(stream);
    }
    assert_alive(&sandbox).await;
}

/// Returns the head and body of a request whose body exceeds the limit for small bodies.
fn large(sandbox: &Sandbox, headers: &str) -> (String, String) {
    let body =
        json!({ "site_slug": "my-store", "data": { "uuid": "6f0cbb60-33ad-4b4a-8c5f-6a4d1f0a0005" } }).to_string();
    let body = format!("{body}{}", " ".repeat(100 * 1024));
    let headers = format!("{headers}Content-Length: {}\r\n", body.len());
    (head(sandbox, "POST /api/v2/visitors", &headers), body)
}

#[tokio::test]
async fn limits_concurrent_large_bodies_but_not_small_ones() -> Result<(), Elapsed> {
    let sandbox = sandbox().await;
    let (begin, _) = large(&sandbox, "Expect: 100-continue\r\n");
    let mut open = Vec::new();
    for _ in 0..8 {
        let mut stream = connect(&sandbox).await;
        stream.write_all(begin.as_bytes()).await.expect("the request is sent");
        // The sandbox asks for the body once it has the capacity to read it.
        let mut interim = [0; "HTTP/1.1 100".len()];
        timeout(TIMEOUT, stream.read_exact(&mut interim)).await?.expect("the sandbox requests the body");
        assert_eq!(&interim, b"HTTP/1.1 100");
        open.push(stream);
    }
    let (head, body) = large(&sandbox, "");
    let mut ninth = connect(&sandbox).await;
    ninth.write_all(format!("{head}{body}").as_bytes()).await.expect("the request is sent");
    let body = json!({ "site_slug": "my-store", "data": { "uuid": "6f0cbb60-33ad-4b4a-8c5f-6a4d1f0a0004" } });
    let (status, _) = send(&sandbox, Method::POST, "/api/v2/visitors", Some(&body)).await;
    assert_eq!(status, 200);
    assert_alive(&sandbox).await;
    let early = ninth.try_read(&mut [0]).map_err(|error| error.kind());
    assert_eq!(early, Err(ErrorKind::WouldBlock), "the ninth large body doesn't wait");
    open.pop();
    assert!(read_to_end(&mut ninth).await?.starts_with("HTTP/1.1 200"));
    Ok(())
}

#[tokio::test]
async fn rejects_path_traversal() -> Result<(), Elapsed> {
    let sandbox = sandbox().await;
    for path in [
        "/assets/my-store/1/..%2f..%2fetc%2fpasswd",
        "/assets/..%2f/1/x",
        "/x/..%2f..%2fetc",
        "/api/v2/people/..%2F..%2Fetc%2Fpasswd",
    ] {
        let response =
            response_to(&sandbox, head(&sandbox, &format!("GET {path}?site_slug=my-store"), "").as_bytes()).await?;
        assert!(response.starts_with("HTTP/1.1 4") && !response.contains("root:"), "{path}: {response}");
    }
    let form = "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"../../evil.html\"\r\n\
                Content-Type: text/html\r\n\r\n<script>\r\n--b--\r\n";
    let headers = format!("Content-Type: multipart/form-data; boundary=b\r\nContent-Length: {}\r\n", form.len());
    let upload = head(&sandbox, "POST /api/v2/assets?site_slug=my-store", &headers);
    let response = response_to(&sandbox, format!("{upload}{form}").as_bytes()).await?;
    assert!(response.contains("\"name\":\"evil.html\""), "{response}");
    let file = response_to(&sandbox, head(&sandbox, "GET /assets/my-store/1/evil.html", "").as_bytes()).await?;
    assert!(file.to_ascii_lowercase().contains("content-security-policy: sandbox"), "{file}");
    Ok(())
}

#[tokio::test]
async fn rejects_malformed_forms() -> Result<(), Elapsed> {
    let sandbox = sandbox().await;
    let kind = "Content-Type: multipart/form-data; boundary=b\r\n";
    let plain = "Content-Type: text/plain\r\n";
    for (kind, form) in [
        (kind, "--b\r\nContent-Disposition: form-data; name=\"file\"\r\n\r\nno end"),
        (kind, "no boundary at all"),
        (kind, ""),
        (kind, "--b\r\nContent-Disposition: form-data; name=\"other\"\r\n\r\nx\r\n--b--\r\n"),
        (kind, "--b\r\n\r\n\r\n--b--\r\n"),
        ("Content-Type: multipart/form-data\r\n", "--b--"),
        (plain, "file"),
    ] {
        let headers = format!("{kind}Content-Length: {}\r\n", form.len());
        let upload = head(&sandbox, "POST /api/v2/assets?site_slug=my-store", &headers);
        let response = response_to(&sandbox, format!("{upload}{form}").as_bytes()).await?;
        assert!(response.starts_with("HTTP/1.1 4"), "{form:?}: {response}");
    }
    assert_eq!(sandbox.site("my-store", |site| site.assets().count()), 0);
    Ok(())
}

#[tokio::test]
async fn limits_the_records_of_a_site() {
    let sandbox = Sandbox::builder().max_site_bytes(48 * 1024).start().await.expect("there is a free port");
    let mut rejected = 0;
    for number in 0..300 {
        let uuid = format!("6f0cbb60-33ad-4b4a-8c5f-{number:012}");
        let body = json!({ "site_slug": "my-store", "data": { "uuid": uuid } });
        let (status, response) = send(&sandbox, Method::POST, "/api/v2/visitors", Some(&body)).await;
        assert!(status == 200 || status == 507, "{response}");
        rejected += usize::from(status == 507);
    }
    assert!((1..300).contains(&rejected), "{rejected} requests were rejected");
    let (_, response) = send(&sandbox, Method::GET, "/sandbox/state", None).await;
    let bytes = response["result"]["sites"]["my-store"]["bytes"].as_u64().expect("the state contains the size");
    // The size of a request only approximates the size of its record.
    assert!(bytes.abs_diff(48 * 1024) < 256, "the records have {bytes} bytes");
    assert_alive(&sandbox).await;
}

#[tokio::test]
async fn rejects_deep_and_invalid_json() -> Result<(), Elapsed> {
    let sandbox = sandbox().await;
    let deep = format!("{{\"data\":{}{}}}", "[".repeat(10_000), "]".repeat(10_000));
    let overflow = r#"{"site_slug":"my-store","data":{"email":"a@example.com","order_number":1e400,"subtotal":1}}"#;
    let surrogate = r#"{"site_slug":"my-store","data":{"uuid":"\ud800"}}"#;
    for body in [deep.as_str(), overflow, surrogate] {
        let headers = format!("Content-Length: {}\r\n", body.len());
        let request = head(&sandbox, "POST /api/v2/origins/purchase", &headers);
        let response = response_to(&sandbox, format!("{request}{body}").as_bytes()).await?;
        assert!(response.starts_with("HTTP/1.1 400"), "{response}");
    }
    let extreme = r#"{"site_slug":"my-store","data":{"email":"a@example.com","order_number":1,"subtotal":1e300}}"#;
    let headers = format!("Content-Length: {}\r\n", extreme.len());
    let request = head(&sandbox, "POST /api/v2/origins/purchase", &headers);
    let response = response_to(&sandbox, format!("{request}{extreme}").as_bytes()).await?;
    assert!(response.starts_with("HTTP/1.1 400") && response.contains("`subtotal` is invalid"), "{response}");
    assert_alive(&sandbox).await;
    Ok(())
}

#[tokio::test]
async fn limits_the_recipients_of_a_request() {
    let sandbox = sandbox().await;
    let path = format!("/api/v2/offers/{}/shares/email", offer_code(&sandbox));
    for (count, expected) in [(1000, 200), (1001, 400), (100_000, 400)] {
        let recipients: Vec<String> = (0..count).map(|number| format!("{number}@example.com")).collect();
        let body = json!({ "site_slug": "my-store", "validation_only": true, "recipients": recipients.join(",") });
        let (status, response) = send(&sandbox, Method::POST, &path, Some(&body)).await;
        assert_eq!(status, expected, "{count}: {}", response["error_message"]);
    }
    // Duplicate addresses are counted only once.
    let body = json!({ "site_slug": "my-store", "recipients": "a@example.com,".repeat(1000) });
    let (_, response) = send(&sandbox, Method::POST, &path, Some(&body)).await;
    assert_eq!(response["result"]["stats"]["currently_sent"], 1, "{response}");
}

#[tokio::test]
async fn limits_the_values_in_a_body() {
    let sandbox = sandbox().await;
    for (count, expected) in [(10_000, 200), (60_000, 413)] {
        let rows: Vec<Value> = (0..count / 2).map(|_| json!({ "": 0 })).collect();
        let body = json!({ "site_slug": "my-store", "data": rows });
        let (status, response) = send(&sandbox, Method::POST, "/api/v2/origins/batch/events", Some(&body)).await;
        assert_eq!(status, expected, "{response}");
    }
    // The objects and arrays in the name of a field count too.
    let name = format!("data{}", "[]".repeat(20));
    let url = format!("{}/api/v2/visitors?site_slug=my-store", sandbox.url());
    for (count, is_accepted) in [(100, true), (3_000, false)] {
        let parts = (0..count).fold(Form::new(), |form, _| form.text(name.clone(), "1"));
        let fields = format!("{name}=1&").repeat(count);
        let urlencoded = HTTP.post(&url).header("Content-Type", "application/x-www-form-urlencoded").body(fields);
        for request in [urlencoded, HTTP.post(&url).multipart(parts)] {
            let response = request.bearer_auth(sandbox.api_key()).send().await.expect("the sandbox responds");
            assert_eq!(response.status().as_u16() != 413, is_accepted, "{count}");
        }
    }
}

#[tokio::test]
async fn limits_the_size_of_admin_bodies() {
    let sandbox = sandbox().await;
    let body = json!({ "nonsense": "x".repeat(70 * 1024) });
    let (status, response) = send(&sandbox, Method::PUT, "/sandbox/faults", Some(&body)).await;
    assert_eq!(status, 413, "{response}");
}
