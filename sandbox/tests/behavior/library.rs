//! Tests of the sandbox as a library.

use std::io::ErrorKind;

use reqwest::Method;
use talkable_sandbox::{Clock, Sandbox, WebhookTarget};

use crate::support::{HTTP, client, sandbox, send};

#[tokio::test]
async fn sandboxes_are_independent() {
    let (first, second) = (sandbox().await, sandbox().await);
    assert_ne!(first.url(), second.url());
    first.site("my-store", |site| {
        site.enroll("only-here@example.com");
    });
    assert!(client(&first).people().find("only-here@example.com").await.is_ok());
    assert!(client(&second).people().find("only-here@example.com").await.is_err());
}

#[tokio::test]
async fn the_same_seed_gives_the_same_shop() {
    let codes = |sandbox: &Sandbox| {
        sandbox.site("my-store", |site| site.offers().map(|offer| offer.short_url_code.clone()).collect::<Vec<_>>())
    };
    let (first, second) = (sandbox().await, sandbox().await);
    assert_eq!(codes(&first), codes(&second));
    assert_eq!(first.api_key(), second.api_key());
    let different = Sandbox::builder().seed(2).start().await.expect("there is a free port");
    assert_ne!(codes(&first), codes(&different));
}

#[tokio::test]
async fn sites_are_independent() {
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
async fn rejects_remote_addresses_by_default() {
    let unspecified = "0.0.0.0:0".parse().expect("the address is valid");
    let error = Sandbox::builder().address(unspecified).start().await.expect_err("the address is remote");
    assert_eq!(error.kind(), ErrorKind::PermissionDenied);
}

#[tokio::test]
async fn rejects_foreign_host_names() {
    let sandbox = sandbox().await;
    let url = format!("{}/api/v2/campaigns?site_slug=my-store", sandbox.url());
    for path in ["/", "/sandbox/", "/sandbox/watch.js", "/sandbox/state", "/api-docs/"] {
        let request = HTTP.get(format!("{}{path}", sandbox.url())).bearer_auth(sandbox.api_key());
        let response = request.header("Host", "example.com").send().await.expect("the sandbox responds");
        assert_eq!(response.status().as_u16(), 421, "{path}");
    }
    for (host, status) in [("example.com", 421), ("localhost:1", 200)] {
        let response = HTTP.get(&url).bearer_auth(sandbox.api_key()).header("Host", host).send().await;
        assert_eq!(response.expect("the sandbox responds").status().as_u16(), status, "{host}");
    }
    let open = Sandbox::builder().allow_remote_connections().start().await.expect("there is a free port");
    let url = format!("{}/api/v2/campaigns?site_slug=my-store", open.url());
    let response = HTTP.get(&url).bearer_auth(open.api_key()).header("Host", "example.com").send().await;
    assert_eq!(response.expect("the sandbox responds").status().as_u16(), 200);
}

#[tokio::test]
async fn checks_and_normalizes_the_public_url() {
    let builder = Sandbox::builder().public_url("https://bücher.example/").expect("the URL is valid");
    let sandbox = builder.start().await.expect("there is a free port");
    assert_eq!(sandbox.url(), "https://xn--bcher-kva.example");
    for (url, named) in [
        ("sandbox.example.com", "is not a URL"),
        ("ftp://x.example", "http://"),
        ("https://x.example/?a=b", "query"),
        ("https://x.example/#top", "fragment"),
        ("https://jane@x.example", "user"),
        ("https://:secret@x.example", "password"),
        ("https://x.example/api/v2", "begins with `/api`"),
        ("https://x.example/sandbox/", "help: choose another path"),
    ] {
        let message = Sandbox::builder().public_url(url).expect_err(url).to_string();
        assert!(message.contains(named) && !message.contains("secret"), "{url}: {message}");
    }
}

#[test]
fn debug_output_omits_secrets() {
    let builder = Sandbox::builder().api_key("an-api-key").site("shop");
    let target = WebhookTarget::new("https://user:a-password@x.example/a-path?a=token", "a-security-key");
    let output = format!("{builder:?} {:?}", target.expect("the URL is valid"));
    assert!(output.contains("shop") && output.contains("https://x.example"), "{output}");
    for secret in ["an-api-key", "a-security-key", "a-password", "a-path", "token"] {
        assert!(!output.contains(secret), "{secret} appears in {output}");
    }
}

#[tokio::test]
async fn the_state_counts_records_by_kind() {
    let sandbox = sandbox().await;
    let (_, response) = send(&sandbox, Method::GET, "/sandbox/state", None).await;
    let counts = &response["result"]["sites"]["my-store"]["counts"];
    assert_eq!((&counts["people"], &counts["origins"], &counts["referrals"]), (&3.into(), &2.into(), &1.into()));
    let (_, response) = send(&sandbox, Method::GET, "/sandbox/metrics", None).await;
    let metrics = response["result"]["metrics"].as_array().expect("the metrics are a list");
    let shares = metrics.iter().find(|metric| metric["name"] == "shares").expect("there is a metric for shares");
    assert_eq!((&shares["unit"], &shares["meaning"]), (&"number".into(), &"the number of shares".into()));
}

#[tokio::test]
async fn creates_a_client() -> Result<(), talkable_api::Error> {
    let sandbox = sandbox().await;
    assert_eq!(sandbox.client()?.people().find("jane@example.com").await?.person.username.as_deref(), Some("jane"));
    Ok(())
}

#[tokio::test]
async fn saves_and_loads_a_site() {
    let first = sandbox().await;
    let builder = Sandbox::builder().seed(2).site("other").clock(Clock::frozen_at(first.clock().now()));
    let second = builder.start().await.expect("there is a free port");
    let offer = "/api/v2/offers/1?site_slug=my-store";
    let body =
        serde_json::json!({ "site_slug": "my-store", "data": { "uuid": "6f0cbb60-33ad-4b4a-8c5f-6a4d1f0a0077" } });
    assert_eq!(send(&first, Method::POST, "/api/v2/visitors", Some(&body)).await.0, 200);
    let saved = first.site("my-store", |site| site.save());
    assert!(second.site("other", |site| site.load(&saved)).is_ok());
    let copy = second.site("other", |site| site.save());
    assert!(copy == saved, "the copy differs: {copy}");
    // The copy has its own slug and URL, but the same records.
    let (_, original) = send(&first, Method::GET, offer, None).await;
    let (status, copy) = send(&second, Method::GET, &offer.replace("my-store", "other"), None).await;
    assert_eq!(status, 200, "{copy}");
    assert_eq!(copy["result"]["offer"]["short_url_code"], original["result"]["offer"]["short_url_code"]);
    assert_ne!(copy["result"]["offer"]["claim_url"], original["result"]["offer"]["claim_url"]);
    let found = send(&second, Method::GET, "/api/v2/people/+12025550101?site_slug=other", None).await;
    assert_eq!((found.0, &found.1["result"]["person"]["email"]), (200, &"jane@example.com".into()));
    // Pending jobs are saved too: a pending referral is approved later.
    second.clock().advance(std::time::Duration::from_secs(15 * 24 * 3600));
    let statuses = |site: &mut talkable_sandbox::Site| site.referrals().map(|it| it.status.name()).collect::<Vec<_>>();
    assert_eq!(second.site("other", statuses), ["approved"]);
}

#[tokio::test]
async fn the_demo_shop_is_a_saved_site() {
    let start = async |seed| {
        let time = "2026-01-01T08:00:00Z".parse().expect("the time is valid");
        let builder = Sandbox::builder().seed(seed).clock(Clock::frozen_at(time));
        builder.start().await.expect("there is a free port")
    };
    let saved = start(1).await.site("my-store", |site| site.save());
    let path = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("demo_shop.json");
    std::fs::write(&path, format!("{saved:#}\n")).expect("the folder exists");
    let file = serde_json::from_str(include_str!("../../demo_shop.json")).expect("the file is JSON");
    assert!(saved == file, "the demo shop has changed; copy {} to sandbox/demo_shop.json", path.display());
    let other = start(2).await;
    assert_ne!(other.site("my-store", |site| site.save()), file, "the codes depend on the seed");
    assert!(other.site("my-store", |site| site.load(&file)).is_ok());
    assert_eq!(other.site("my-store", |site| site.save()), file);
}

#[tokio::test]
async fn rejects_invalid_saved_sites() {
    let sandbox = Sandbox::builder().max_site_bytes(200_000).start().await.expect("there is a free port");
    let saved = sandbox.site("my-store", |site| site.save());
    let load = |saved: serde_json::Value| {
        sandbox.site("my-store", |site| site.load(&saved).map_err(|error| error.to_string()))
    };
    assert_eq!(load(saved.clone()), Ok(()));
    for (pointer, value, message) in [
        ("/people/0/id", serde_json::json!(2), "record 1 of `people` has an id other than 1, or refers to"),
        (
            "/people/1/history/offers",
            serde_json::json!([9]),
            "record 2 of `people` has an id other than 2, or refers to",
        ),
        ("/origins/1/person", serde_json::json!(99), "record 2 of `origins`"),
        ("/offers/0/campaign", serde_json::json!(0), "record 1 of `offers`"),
        ("/loyalty/members/0/person", serde_json::json!(99), "one of `loyalty.members` refers to"),
        ("/referrals/0/track_method", serde_json::json!("magic"), "unknown value `magic`"),
        ("/referrals/0/status", serde_json::json!("lost"), "unknown value `lost`"),
        ("/people", serde_json::json!({}), "invalid"),
        ("/people/0/email", serde_json::json!("x".repeat(300_000)), "too large"),
    ] {
        let mut broken = saved.clone();
        *broken.pointer_mut(pointer).expect("the record exists") = value;
        let error = load(broken).expect_err("the site is invalid");
        assert!(error.contains(message), "{pointer}: {error}");
    }
    assert!(sandbox.site("my-store", |site| site.save()) == saved, "the site has changed");
}
