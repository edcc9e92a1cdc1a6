//! Tests of the API documentation's files.

use std::sync::LazyLock;

use reqwest::header::HeaderMap;
use reqwest::redirect::Policy;
use reqwest::{Client, Method};
use serde_json::Value;
use talkable_sandbox::Sandbox;

use crate::support::{HTTP, plain_http, sandbox, send};

const FILES: &[(&str, &str)] = &[
    ("", "text/html"),
    ("icon.svg", "image/svg+xml"),
    ("openapi.json", "application/json"),
    ("page.css", "text/css"),
    ("page.js", "text/javascript"),
    ("swagger-ui-bundle.js", "text/javascript"),
    ("swagger-ui.css", "text/css"),
    ("webhooks/", "text/html"),
    ("webhooks/openapi.yaml", "application/yaml"),
];

/// A client that doesn't follow redirects.
static NO_REDIRECTS: LazyLock<Client> =
    LazyLock::new(|| plain_http().redirect(Policy::none()).build().expect("the settings are valid"));

async fn fetch(sandbox: &Sandbox, path: &str) -> (u16, HeaderMap, String) {
    let response =
        NO_REDIRECTS.get(format!("{}/api-docs{path}", sandbox.url())).send().await.expect("the sandbox responds");
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    (status, headers, response.text().await.expect("the body is text"))
}

#[tokio::test]
async fn serves_every_file_with_security_headers() {
    let sandbox = sandbox().await;
    for (name, kind) in FILES {
        let (status, headers, text) = fetch(&sandbox, &format!("/{name}")).await;
        let header =
            |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned();
        assert_eq!(status, 200, "{name}");
        assert!(header("content-type").starts_with(kind), "{name}: {}", header("content-type"));
        assert!(header("content-security-policy").starts_with("default-src 'self';"), "{name}");
        assert!(!header("content-security-policy").contains("unsafe"), "{name}");
        assert!(header("content-security-policy").contains("frame-ancestors 'none'"), "{name}");
        assert_eq!(header("x-content-type-options"), "nosniff", "{name}");
        assert_eq!(header("referrer-policy"), "no-referrer", "{name}");
        assert!(!text.is_empty() && !text.contains(sandbox.api_key()), "{name}");
    }
}

#[tokio::test]
async fn pages_only_load_files_from_the_sandbox() {
    let sandbox = sandbox().await;
    for page in ["", "webhooks/"] {
        let (_, _, html) = fetch(&sandbox, &format!("/{page}")).await;
        let links = html.split(['"', '\'']).filter(|text| text.contains('/') && !text.contains(['<', '>', ' ']));
        assert!(!html.contains('{'), "a placeholder remains: {html}");
        assert!(html.contains(&format!("<a href=\"/api-docs/{page}\" aria-current=\"page\">")), "{html}");
        assert_eq!(
            html.contains("data-try-it-out"),
            page.is_empty(),
            "only the API page has the attribute data-try-it-out"
        );
        let links: Vec<&str> = links.filter(|link| !link.contains("svg+xml") && *link != "/sandbox/").collect();
        assert!(links.len() > 5, "{links:?}");
        for link in links {
            let path = link.strip_prefix("/api-docs/").expect("the link points to a file of the documentation");
            assert!(FILES.iter().any(|(name, _)| *name == path), "{link}");
        }
    }
}

#[tokio::test]
async fn redirects_to_a_path_with_a_trailing_slash() {
    let sandbox = sandbox().await;
    for (path, location) in [("", "/api-docs/"), ("/webhooks", "/api-docs/webhooks/")] {
        let (status, headers, _) = fetch(&sandbox, path).await;
        assert_eq!((status, headers.get("location").and_then(|value| value.to_str().ok())), (307, Some(location)));
    }
    assert_eq!(fetch(&sandbox, "/nothing.js").await.0, 404);
    assert_eq!(send(&sandbox, Method::POST, "/api-docs/", None).await.0, 404);
}

/// Tests a proxy that keeps the path of the public URL, and one that removes it.
#[tokio::test]
async fn works_behind_a_proxy_with_a_path() {
    let builder = Sandbox::builder().public_url("http://host.example/tools/talkable").expect("the URL is valid");
    let sandbox = builder.address(([127, 0, 0, 1], 0).into()).start().await.expect("there is a free port");
    let local = format!("http://{}", sandbox.local_address());
    let get = async |path: &str| {
        let response = NO_REDIRECTS.get(format!("{local}{path}")).bearer_auth(sandbox.api_key()).send().await;
        let response = response.expect("the sandbox responds");
        let location = response.headers().get("location").and_then(|value| value.to_str().ok()).map(str::to_owned);
        (response.status().as_u16(), location, response.text().await.expect("the body is text"))
    };
    for prefix in ["", "/tools/talkable"] {
        let (_, location, _) = get(&format!("{prefix}/")).await;
        let start = location.expect("the start page is a redirect");
        assert!(start.starts_with("/tools/talkable/"), "{start}");
        assert_eq!(get(&start).await.0, 200);
        let (_, location, _) = get(&format!("{prefix}/api-docs")).await;
        assert_eq!(location.as_deref(), Some("/tools/talkable/api-docs/"));
        let (_, _, html) = get(&format!("{prefix}/api-docs/")).await;
        let links = html.split('"').filter(|text| text.starts_with('/')).collect::<Vec<_>>();
        assert!(links.len() > 5 && links.iter().all(|link| link.starts_with("/tools/talkable/")), "{links:?}");
        for link in links {
            assert_eq!(get(link).await.0, 200, "{link}");
        }
        let (_, _, text) = get(&format!("{prefix}/api-docs/openapi.json")).await;
        let document: Value = serde_json::from_str(&text).expect("the document is JSON");
        assert_eq!(document["servers"][0]["url"], "/tools/talkable/");
        assert_eq!(get(&format!("{prefix}/api/v2/campaigns?site_slug=my-store")).await.0, 200);
    }
}

#[tokio::test]
async fn the_document_contains_the_sites() {
    let sandbox = Sandbox::builder().site("one").site("two").start().await.expect("there is a free port");
    let (_, _, text) = fetch(&sandbox, "/openapi.json").await;
    let document: Value = serde_json::from_str(&text).expect("the document is JSON");
    assert_eq!(document["servers"][0]["url"], "/");
    let schema = &document["components"]["parameters"]["site_slug_in_query_required"]["schema"];
    assert_eq!(schema["enum"], serde_json::json!(["one", "two"]));
    assert_eq!(document["components"]["schemas"]["site_slug"]["enum"], schema["enum"]);
}

#[tokio::test]
async fn the_activity_page_needs_no_key_but_its_data_does() {
    let sandbox = sandbox().await;
    let get = async |path: &str| {
        let response = NO_REDIRECTS.get(format!("{}{path}", sandbox.url())).send().await.expect("the sandbox responds");
        let policy = response.headers().get("content-security-policy").and_then(|value| value.to_str().ok());
        (response.status().as_u16(), policy.unwrap_or_default().to_owned())
    };
    for path in ["/sandbox/", "/sandbox/watch.css", "/sandbox/watch.js"] {
        let (status, policy) = get(path).await;
        assert!(status == 200 && policy.starts_with("default-src 'self';") && !policy.contains("unsafe"), "{path}");
    }
    for path in ["requests", "requests/1", "webhooks", "webhooks/1", "records", "state", "faults", "metrics"] {
        assert_eq!(get(&format!("/sandbox/{path}")).await.0, 401, "{path}");
    }
    // A script on another website can send this request without a preflight, but not with the key.
    let request = HTTP.post(format!("{}/sandbox/webhooks/1/resend", sandbox.url()));
    let response = request.header("Origin", "https://example.com").send().await.expect("the sandbox responds");
    assert_eq!(response.status().as_u16(), 401);
    assert!(response.headers().keys().all(|name| !name.as_str().starts_with("access-control")));
}

#[tokio::test]
async fn lists_records_by_kind() {
    let sandbox = sandbox().await;
    let (_, response) = send(&sandbox, Method::GET, "/sandbox/records", None).await;
    let kinds = response["result"]["kinds"].as_array().expect("the kinds are a list").clone();
    assert_eq!(kinds.len(), 12);
    for kind in kinds.iter().filter_map(Value::as_str) {
        let path = format!("/sandbox/records?site_slug=my-store&kind={kind}");
        let (status, response) = send(&sandbox, Method::GET, &path, None).await;
        let (records, total) = (&response["result"]["records"], &response["result"]["total"]);
        assert_eq!(
            (status, records.as_array().map(Vec::len)),
            (200, total.as_u64().and_then(|total| total.try_into().ok()))
        );
    }
    for path in ["?kind=people&site_slug=none", "?kind=none&site_slug=my-store"] {
        assert_eq!(send(&sandbox, Method::GET, &format!("/sandbox/records{path}"), None).await.0, 400, "{path}");
    }
}
