//! Clients that mean no good.

use std::io::ErrorKind;
use std::time::Duration;

use reqwest::Method;
use serde_json::json;
use talkable_sandbox::Sandbox;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::error::Elapsed;
use tokio::time::timeout;

use crate::support::{HTTP, sandbox, send};

/// Longer than anything takes that ends at all.
const PATIENCE: Duration = Duration::from_secs(20);

async fn connect(sandbox: &Sandbox) -> TcpStream {
    TcpStream::connect(sandbox.url().trim_start_matches("http://")).await.expect("the sandbox listens")
}

/// Writes until the other side has enough, and gives what it answered until it hung up.
async fn answer_to(sandbox: &Sandbox, bytes: &[u8]) -> Result<String, Elapsed> {
    let mut stream = connect(sandbox).await;
    // It may hang up before all is written.
    let _ = timeout(PATIENCE, stream.write_all(bytes)).await?;
    rest(&mut stream).await
}

/// What comes until the other side hangs up, which it has to do in time.
async fn rest(stream: &mut TcpStream) -> Result<String, Elapsed> {
    let mut answer = Vec::new();
    // A connection that is reset has ended as well.
    let _ = timeout(PATIENCE, stream.read_to_end(&mut answer)).await?;
    Ok(String::from_utf8_lossy(&answer).into_owned())
}

/// It still answers as if nothing had happened.
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
async fn bodies_have_a_limit() -> Result<(), Elapsed> {
    let sandbox = sandbox().await;
    let huge = json!({ "site_slug": "my-store", "data": { "uuid": "x".repeat(3 * 1024 * 1024) } }).to_string();
    let request = HTTP.post(format!("{}/api/v2/visitors", sandbox.url())).bearer_auth(sandbox.api_key());
    // Either the answer arrives, or the connection ends while the body is still being written.
    if let Ok(answer) = request.body(huge).send().await {
        assert_eq!(answer.status().as_u16(), 413);
    }
    let endless = head(&sandbox, "POST /api/v2/visitors", "Transfer-Encoding: chunked\r\n");
    let chunks = format!("10000\r\n{}\r\n", "x".repeat(0x10000)).repeat(64);
    let answer = answer_to(&sandbox, format!("{endless}{chunks}").as_bytes()).await?;
    assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 413"), "{answer}");
    assert_alive(&sandbox).await;
    Ok(())
}

#[tokio::test]
async fn floods_of_headers_are_refused() -> Result<(), Elapsed> {
    let sandbox = sandbox().await;
    let many: String = (0..5000).map(|number| format!("X-{number}: x\r\n")).collect();
    let long = format!("X: {}\r\n", "x".repeat(1024 * 1024));
    for headers in [many, long] {
        let answer = answer_to(&sandbox, head(&sandbox, "GET /api/v2/campaigns", &headers).as_bytes()).await?;
        assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 431"), "{answer}");
    }
    let path = format!("GET /api/v2/people/{}", "x".repeat(1024 * 1024));
    let answer = answer_to(&sandbox, head(&sandbox, &path, "").as_bytes()).await?;
    assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 4"), "{answer}");
    assert_alive(&sandbox).await;
    Ok(())
}

#[tokio::test]
async fn whoever_says_nothing_is_cut_off() -> Result<(), Elapsed> {
    let limit = Duration::from_millis(300);
    let sandbox = Sandbox::builder().client_timeout(limit).start().await.expect("there is a free port");
    for bytes in [
        "GET /api/v2/camp",
        &head(&sandbox, "POST /api/v2/visitors", "Content-Length: 100\r\n"),
        &head(&sandbox, "PUT /sandbox/faults", "Content-Type: application/json\r\nContent-Length: 100\r\n"),
    ] {
        let answer = answer_to(&sandbox, bytes.as_bytes()).await?;
        assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 408"), "{answer}");
    }
    assert_alive(&sandbox).await;
    Ok(())
}

#[tokio::test]
async fn slow_clients_leave_room_for_others() {
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

/// A request with more than may come on all connections at once: its head, and its body.
fn large(sandbox: &Sandbox, headers: &str) -> (String, String) {
    let body =
        json!({ "site_slug": "my-store", "data": { "uuid": "6f0cbb60-33ad-4b4a-8c5f-6a4d1f0a0005" } }).to_string();
    let body = format!("{body}{}", " ".repeat(100 * 1024));
    let headers = format!("{headers}Content-Length: {}\r\n", body.len());
    (head(sandbox, "POST /api/v2/visitors", &headers), body)
}

#[tokio::test]
async fn large_bodies_take_turns_and_leave_room_for_small_ones() -> Result<(), Elapsed> {
    let sandbox = sandbox().await;
    let (begin, _) = large(&sandbox, "Expect: 100-continue\r\n");
    let mut open = Vec::new();
    for _ in 0..8 {
        let mut stream = connect(&sandbox).await;
        stream.write_all(begin.as_bytes()).await.expect("it can be written");
        // It is asked for as soon as it is this body's turn.
        let mut asked = [0; "HTTP/1.1 100".len()];
        timeout(PATIENCE, stream.read_exact(&mut asked)).await?.expect("the body is asked for");
        assert_eq!(&asked, b"HTTP/1.1 100");
        open.push(stream);
    }
    let (head, body) = large(&sandbox, "");
    let mut ninth = connect(&sandbox).await;
    ninth.write_all(format!("{head}{body}").as_bytes()).await.expect("it can be written");
    let body = json!({ "site_slug": "my-store", "data": { "uuid": "6f0cbb60-33ad-4b4a-8c5f-6a4d1f0a0004" } });
    let (status, _) = send(&sandbox, Method::POST, "/api/v2/visitors", Some(&body)).await;
    assert_eq!(status, 200);
    assert_alive(&sandbox).await;
    let silent = ninth.try_read(&mut [0]).map_err(|error| error.kind());
    assert_eq!(silent, Err(ErrorKind::WouldBlock), "the ninth large body has to wait");
    open.pop();
    assert!(rest(&mut ninth).await?.starts_with("HTTP/1.1 200"));
    Ok(())
}

#[tokio::test]
async fn names_lead_out_of_nowhere() -> Result<(), Elapsed> {
    let sandbox = sandbox().await;
    for path in [
        "/assets/my-store/1/..%2f..%2fetc%2fpasswd",
        "/assets/..%2f/1/x",
        "/x/..%2f..%2fetc",
        "/api/v2/people/..%2F..%2Fetc%2Fpasswd",
    ] {
        let answer =
            answer_to(&sandbox, head(&sandbox, &format!("GET {path}?site_slug=my-store"), "").as_bytes()).await?;
        assert!(answer.starts_with("HTTP/1.1 4") && !answer.contains("root:"), "{path}: {answer}");
    }
    let form = "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"../../evil.html\"\r\n\
                Content-Type: text/html\r\n\r\n<script>\r\n--b--\r\n";
    let headers = format!("Content-Type: multipart/form-data; boundary=b\r\nContent-Length: {}\r\n", form.len());
    let upload = head(&sandbox, "POST /api/v2/assets?site_slug=my-store", &headers);
    let answer = answer_to(&sandbox, format!("{upload}{form}").as_bytes()).await?;
    assert!(answer.contains("\"name\":\"evil.html\""), "{answer}");
    let shown = answer_to(&sandbox, head(&sandbox, "GET /assets/my-store/1/evil.html", "").as_bytes()).await?;
    assert!(shown.to_ascii_lowercase().contains("content-security-policy: sandbox"), "{shown}");
    Ok(())
}

#[tokio::test]
async fn malformed_forms_are_refused() -> Result<(), Elapsed> {
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
        let answer = answer_to(&sandbox, format!("{upload}{form}").as_bytes()).await?;
        assert!(answer.starts_with("HTTP/1.1 4"), "{form:?}: {answer}");
    }
    assert_eq!(sandbox.site("my-store", |site| site.assets().count()), 0);
    Ok(())
}

#[tokio::test]
async fn what_is_remembered_has_a_limit() {
    let sandbox = Sandbox::builder().max_site_bytes(256 * 1024).start().await.expect("there is a free port");
    let mut refused = 0;
    for number in 0..300 {
        let uuid = format!("6f0cbb60-33ad-4b4a-8c5f-{number:012}");
        let body = json!({ "site_slug": "my-store", "data": { "uuid": uuid } });
        let (status, answer) = send(&sandbox, Method::POST, "/api/v2/visitors", Some(&body)).await;
        assert!(status == 200 || status == 507, "{answer}");
        refused += usize::from(status == 507);
    }
    assert!((1..300).contains(&refused), "{refused} were refused");
    assert!(sandbox.site("my-store", |site| site.record_count()) <= 256);
    assert_alive(&sandbox).await;
}

#[tokio::test]
async fn deep_and_odd_json_is_refused() -> Result<(), Elapsed> {
    let sandbox = sandbox().await;
    let deep = format!("{{\"data\":{}{}}}", "[".repeat(100_000), "]".repeat(100_000));
    let odd = r#"{"site_slug":"my-store","data":{"email":"a@example.com","order_number":1e400,"subtotal":1}}"#;
    let lone = r#"{"site_slug":"my-store","data":{"uuid":"\ud800"}}"#;
    for body in [deep.as_str(), odd, lone] {
        let headers = format!("Content-Length: {}\r\n", body.len());
        let request = head(&sandbox, "POST /api/v2/origins/purchase", &headers);
        let answer = answer_to(&sandbox, format!("{request}{body}").as_bytes()).await?;
        assert!(answer.starts_with("HTTP/1.1 400"), "{answer}");
    }
    let extreme = r#"{"site_slug":"my-store","data":{"email":"a@example.com","order_number":1,"subtotal":1e300}}"#;
    let headers = format!("Content-Length: {}\r\n", extreme.len());
    let request = head(&sandbox, "POST /api/v2/origins/purchase", &headers);
    let answer = answer_to(&sandbox, format!("{request}{extreme}").as_bytes()).await?;
    assert!(answer.starts_with("HTTP/1.1 400") && answer.contains("`subtotal` is invalid"), "{answer}");
    assert_alive(&sandbox).await;
    Ok(())
}

#[tokio::test]
async fn an_offer_is_not_sent_to_everybody() {
    let sandbox = sandbox().await;
    let code = sandbox.site("my-store", |site| site.offers().next().map(|offer| offer.short_url_code.clone()));
    let path = format!("/api/v2/offers/{}/shares/email", code.expect("the demo shop has an offer"));
    for (count, expected) in [(1000, 200), (1001, 400), (100_000, 400)] {
        let recipients: Vec<String> = (0..count).map(|number| format!("{number}@example.com")).collect();
        let body = json!({ "site_slug": "my-store", "validation_only": true, "recipients": recipients.join(",") });
        let (status, answer) = send(&sandbox, Method::POST, &path, Some(&body)).await;
        assert_eq!(status, expected, "{count}: {}", answer["error_message"]);
    }
    // The same address a thousand times is one.
    let body = json!({ "site_slug": "my-store", "recipients": "a@example.com,".repeat(1000) });
    let (_, answer) = send(&sandbox, Method::POST, &path, Some(&body)).await;
    assert_eq!(answer["result"]["stats"]["currently_sent"], 1, "{answer}");
}

#[tokio::test]
async fn what_steers_the_sandbox_has_a_limit_too() {
    let sandbox = sandbox().await;
    let body = json!({ "nonsense": "x".repeat(70 * 1024) });
    let (status, answer) = send(&sandbox, Method::PUT, "/sandbox/faults", Some(&body)).await;
    assert_eq!(status, 413, "{answer}");
}
