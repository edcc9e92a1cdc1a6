//! The sandbox as a part of somebody's tests.

use std::io::ErrorKind;

use reqwest::Method;
use talkable_sandbox::{Sandbox, WebhookTarget};

use crate::support::{HTTP, client, sandbox, send};

#[tokio::test]
async fn sandboxes_run_side_by_side() {
    let (one, other) = (sandbox().await, sandbox().await);
    assert_ne!(one.url(), other.url());
    one.site("my-store", |site| {
        site.enroll("only-here@example.com");
    });
    assert!(client(&one).people().find("only-here@example.com").await.is_ok());
    assert!(client(&other).people().find("only-here@example.com").await.is_err());
}

#[tokio::test]
async fn the_same_seed_gives_the_same_shop() {
    let codes = |sandbox: &Sandbox| {
        sandbox.site("my-store", |site| site.offers().map(|offer| offer.short_url_code.clone()).collect::<Vec<_>>())
    };
    let (one, other) = (sandbox().await, sandbox().await);
    assert_eq!(codes(&one), codes(&other));
    assert_eq!(one.api_key(), other.api_key());
    let different = Sandbox::builder().seed(2).start().await.expect("there is a free port");
    assert_ne!(codes(&one), codes(&different));
}

#[tokio::test]
async fn sites_know_nothing_of_each_other() {
    let sandbox = Sandbox::builder().site("one").site("two").start().await.expect("there is a free port");
    assert_eq!(sandbox.sites(), ["one", "two"]);
    sandbox.site("two", |site| {
        site.enroll("amy@example.com");
    });
    let (status, _) = send(&sandbox, Method::GET, "/api/v2/people/amy@example.com?site_slug=one", None).await;
    assert_eq!(status, 400);
    let (status, _) = send(&sandbox, Method::GET, "/api/v2/people/amy@example.com?site_slug=two", None).await;
    assert_eq!(status, 200);
}

#[tokio::test]
async fn a_stopped_sandbox_no_longer_listens() {
    let sandbox = sandbox().await;
    let url = sandbox.url().to_owned();
    sandbox.stop().await;
    assert!(HTTP.get(url).send().await.is_err());
}

#[tokio::test]
async fn other_machines_are_let_in_on_request_only() {
    let everywhere = "0.0.0.0:0".parse().expect("it is an address");
    let refused = Sandbox::builder().address(everywhere).start().await.expect_err("it would be open to all");
    assert_eq!(refused.kind(), ErrorKind::PermissionDenied);
}

#[tokio::test]
async fn a_page_that_was_led_here_gets_no_answer() {
    let sandbox = sandbox().await;
    let url = format!("{}/api/v2/campaigns?site_slug=my-store", sandbox.url());
    for (host, status) in [("example.com", 421), ("localhost:1", 200)] {
        let answer = HTTP.get(&url).bearer_auth(sandbox.api_key()).header("Host", host).send().await;
        assert_eq!(answer.expect("the sandbox answers").status().as_u16(), status, "{host}");
    }
    let open = Sandbox::builder().allow_remote_connections().start().await.expect("there is a free port");
    let url = format!("{}/api/v2/campaigns?site_slug=my-store", open.url());
    let answer = HTTP.get(&url).bearer_auth(open.api_key()).header("Host", "example.com").send().await;
    assert_eq!(answer.expect("the sandbox answers").status().as_u16(), 200);
}

#[tokio::test]
async fn links_begin_with_the_public_address() {
    let builder = Sandbox::builder().public_url("https://bücher.example/").expect("it is an address");
    let sandbox = builder.start().await.expect("there is a free port");
    assert_eq!(sandbox.url(), "https://xn--bcher-kva.example");
    for (unfit, named) in [
        ("sandbox.example.com", "is not a URL"),
        ("ftp://x.example", "http://"),
        ("https://x.example/?a=b", "query"),
        ("https://x.example/#top", "fragment"),
        ("https://jane@x.example", "user"),
        ("https://:secret@x.example", "password"),
    ] {
        let words = Sandbox::builder().public_url(unfit).expect_err(unfit).to_string();
        assert!(words.contains(named) && !words.contains("secret"), "{unfit}: {words}");
    }
}

#[test]
fn keys_are_not_shown() {
    let builder = Sandbox::builder().api_key("an-api-key").site("shop");
    let target = WebhookTarget::new("https://user:a-password@x.example/a-path?a=token", "a-security-key");
    let shown = format!("{builder:?} {:?}", target.expect("it is an address"));
    assert!(shown.contains("shop") && shown.contains("https://x.example"), "{shown}");
    for secret in ["an-api-key", "a-security-key", "a-password", "a-path", "token"] {
        assert!(!shown.contains(secret), "{secret} is shown: {shown}");
    }
}
