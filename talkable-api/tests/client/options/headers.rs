//! Additional headers of a request.

use fake_server::Server;

use crate::{Connect as _, KEY, argument, create, find, good, refused};

#[tokio::test]
async fn every_attempt_sends_the_headers() {
    let server = Server::script([refused(), good()]);
    let call = create(&server.client()).header("X-Trace", "1").header("x-trace", "2 or 3").header("X-Empty", "");
    assert_eq!(call.request().header("X-TRACE"), Some("2 or 3"));
    assert_eq!(call.request().header("authorization"), None);
    call.await.unwrap();
    let seen = server.requests();
    assert_eq!(seen.len(), 2);
    for seen in &seen {
        assert_eq!((seen.header("x-trace"), seen.header("x-empty")), (vec!["2 or 3"], vec![""]));
        assert_eq!(seen.header("authorization"), [format!("Bearer {KEY}")]);
    }
}

#[tokio::test]
async fn rejects_invalid_and_reserved_headers() {
    let server = Server::script([good()]);
    for (name, value) in [
        ("x", "1\r\nx-evil: sesame"),
        ("x\r\nx-evil: sesame", "1"),
        ("x: sesame", "1"),
        ("", "sesame"),
        ("x", "jane\u{0}"),
        ("x", "schlüssel für sesame"),
        ("Authorization", "Bearer sesame"),
        ("HOST", "example.com"),
        ("Content-Length", "0"),
        ("Transfer-Encoding", "chunked"),
        ("X-HTTP-Method-Override", "DELETE"),
        ("X-Forwarded-Host", "example.com"),
        ("User-Agent", "jane"),
    ] {
        assert_eq!(argument(&find(&server.client()).header(name, value).await.unwrap_err()), "header", "{name}");
    }
    assert!(server.requests().is_empty());
}

#[tokio::test]
async fn headers_of_the_crate_override_default_headers_of_an_http_client() {
    let server = Server::script([good()]);
    let mut theirs = talkable_api::HeaderMap::new();
    for name in ["authorization", "user-agent", "accept", "x-theirs"] {
        theirs.insert(name, "theirs".parse().unwrap());
    }
    let http = move || reqwest::Client::builder().default_headers(theirs.clone()).connection_verbose(true);
    find(&server.builder().http_client_builder(http).build().unwrap()).await.unwrap();
    let seen = server.requests().remove(0);
    assert_eq!(seen.header("authorization"), [format!("Bearer {KEY}")]);
    assert_eq!((seen.header("accept"), seen.header("x-theirs")), (vec!["application/json"], vec!["theirs"]));
    assert!(seen.header("user-agent")[0].starts_with("talkable-api-rust/"));
}
