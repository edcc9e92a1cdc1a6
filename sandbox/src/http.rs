//! Connections, and the routes of the API, the admin endpoints and the pages.

use std::collections::BTreeSet;
use std::net::IpAddr;
use std::sync::Arc;

use axum::Router;
use axum::extract::{MatchedPath, Request};
use axum::http::uri::{Authority, PathAndQuery, Uri};
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::{Next, from_fn};
use axum::routing::{MethodFilter, on};

use crate::call::{ApiError, require};
use crate::description::DESCRIPTION;
use crate::shared::Shared;
use crate::{admin, api_docs, behavior, pipeline, public_pages, web_page};

pub(crate) mod server;

/// The first segments of the paths in [`router`]. The path of a public URL can't begin with them, because it would be unclear
/// whether a proxy has removed that path from a request.
pub(crate) const OWN_PATHS: [&str; 7] = ["api", "api-docs", "assets", "by", "offers", "sandbox", "x"];

fn router(shared: &Arc<Shared>) -> Router {
    let not_found = async || ApiError::not_found();
    let pages = api_docs::router(shared).merge(public_pages::router(shared));
    let router = api(shared).merge(admin::router(shared)).merge(pages).merge(web_page::watch(shared));
    // Keep the template for the history, because it contains no personal data, unlike the path.
    let keep_template = async |template: MatchedPath, request: Request, next: Next| {
        let mut response = next.run(request).await;
        response.extensions_mut().insert(template);
        response
    };
    router.route_layer(from_fn(keep_template)).fallback(not_found).method_not_allowed_fallback(not_found)
}

/// Routes all operations in the description. The paths need no conversion, because path parameters have the same syntax in
/// axum and OpenAPI.
fn api(shared: &Arc<Shared>) -> Router {
    let router = DESCRIPTION.operations.iter().fold(Router::new(), |router, operation| {
        let filter =
            MethodFilter::try_from(operation.method.clone()).expect("the description uses standard HTTP methods");
        let method = match behavior::find(&operation.id) {
            Some(behavior) => {
                let shared = Arc::clone(shared);
                on(filter, move |request: Request| pipeline::handle(Arc::clone(&shared), operation, behavior, request))
            }
            None => {
                let message = format!("The sandbox does not implement {} yet.", operation.id);
                on(filter, async move || ApiError::new(StatusCode::NOT_IMPLEMENTED, message.clone()))
            }
        };
        router.route(&operation.path, method)
    });
    let paths: BTreeSet<&str> = DESCRIPTION.operations.iter().map(|operation| operation.path.as_str()).collect();
    paths.into_iter().fold(router, |router, path| {
        let operations = DESCRIPTION.operations.iter().filter(|operation| operation.path == path);
        let allowed: BTreeSet<&str> = operations.map(|operation| operation.method.as_str()).collect();
        let head = if allowed.contains("GET") { ", HEAD" } else { "" };
        let allowed = format!("{}{head}, OPTIONS", Vec::from_iter(allowed).join(", "));
        let options = async move || (StatusCode::NO_CONTENT, [(header::ALLOW, allowed.clone())]);
        router.route(path, on(MethodFilter::OPTIONS, options))
    })
}

/// Removes the path of the public URL, which a proxy may have kept, and the trailing slash of an API path.
fn normalize(uri: &mut Uri, base_path: &str) {
    let path = uri.path().strip_prefix(base_path).filter(|rest| rest.is_empty() || rest.starts_with('/'));
    let path = path.unwrap_or_else(|| uri.path());
    let is_api = path.starts_with("/api/v2/");
    let path = if is_api { path.strip_suffix('/').unwrap_or(path) } else { path };
    if path == uri.path() {
        return;
    }
    let path = if path.is_empty() { "/" } else { path };
    let query = uri.query().map(|query| format!("?{query}")).unwrap_or_default();
    let mut parts = uri.clone().into_parts();
    parts.path_and_query = format!("{path}{query}").parse::<PathAndQuery>().ok();
    if let Ok(normalized) = Uri::from_parts(parts) {
        *uri = normalized;
    }
}

/// Rejects requests with several `Host` headers. If `own_host` is given, also rejects requests whose `Host` header contains
/// neither this host nor a loopback name. Requests without this header are accepted, since browsers always send it.
///
/// This prevents DNS rebinding: a website can make its own name resolve to the loopback interface, so that browsers
/// treat the sandbox as the website's origin and let its scripts read the responses.
pub(crate) fn check_host(headers: &HeaderMap, own_host: Option<&str>) -> Result<(), ApiError> {
    let mut hosts = headers.get_all(header::HOST).into_iter();
    let host = hosts.next();
    require(hosts.next().is_none(), ApiError::bad_request("The request has several `Host` headers."))?;
    let (Some(host), Some(own_host)) = (host, own_host) else {
        return Ok(());
    };
    let authority = host.to_str().ok().and_then(|host| host.parse::<Authority>().ok());
    if authority.is_some_and(|it| it.host().eq_ignore_ascii_case(own_host) || is_loopback(it.host())) {
        return Ok(());
    }
    let message = "This sandbox only accepts requests to a loopback name or address. To accept other hosts, start it with \
                   --public-url or --allow-remote-connections.";
    Err(ApiError::new(StatusCode::MISDIRECTED_REQUEST, message))
}

fn is_loopback(host: &str) -> bool {
    let host = host.trim_start_matches('[').trim_end_matches(']').to_ascii_lowercase();
    let host = host.strip_suffix('.').unwrap_or(&host);
    let is_name = host == "localhost" || host.ends_with(".localhost");
    is_name || host.parse::<IpAddr>().is_ok_and(|address| address.to_canonical().is_loopback())
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;
    use crate::api::Sandbox;

    #[test]
    fn accepts_loopback_names_and_its_own_host() {
        for (host, is_accepted) in [
            ("127.0.0.1:7400", true),
            ("127.8.9.1", true),
            ("[::1]:7400", true),
            ("localhost", true),
            ("shop.localhost:7400", true),
            ("LOCALHOST:1", true),
            ("localhost.", true),
            ("Sandbox.example.com", true),
            ("example.com", false),
            ("localhost.example.com", false),
            ("192.0.2.1", false),
            ("0.0.0.0:7400", false),
            ("", false),
            ("a b", false),
        ] {
            let headers = [(header::HOST, HeaderValue::from_static(host))].into_iter().collect();
            assert_eq!(check_host(&headers, Some("sandbox.example.com")).is_ok(), is_accepted, "{host:?}");
        }
        assert!(check_host(&HeaderMap::new(), Some("sandbox.example.com")).is_ok());
        let mut headers = HeaderMap::new();
        headers.append(header::HOST, HeaderValue::from_static("localhost"));
        assert!(check_host(&headers, None).is_ok());
        headers.append(header::HOST, HeaderValue::from_static("localhost"));
        assert_eq!(check_host(&headers, None).map_err(|error| error.status), Err(StatusCode::BAD_REQUEST));
    }

    #[test]
    fn the_path_of_a_public_url_must_not_begin_like_an_own_path() {
        for segment in OWN_PATHS {
            let error =
                Sandbox::builder().public_url(&format!("https://x.example/{segment}/a")).unwrap_err().to_string();
            assert!(error.contains(&format!("begins with `/{segment}`")), "{error}");
            assert!(Sandbox::builder().public_url(&format!("https://x.example/{segment}-a")).is_ok());
        }
        for operation in &DESCRIPTION.operations {
            let first = operation.path.split('/').nth(1).unwrap_or_default();
            assert!(OWN_PATHS.contains(&first), "{}", operation.path);
        }
    }

    #[test]
    fn normalizes_paths() {
        for (given, normalized) in [
            ("/", "/"),
            ("/tools/talkable", "/"),
            ("/tools/talkable/", "/"),
            ("/tools/talkable/x/CODE?a=/b/", "/x/CODE?a=/b/"),
            ("/tools/talkable-other/x", "/tools/talkable-other/x"),
            ("/api/v2/campaigns/?site_slug=a/", "/api/v2/campaigns?site_slug=a/"),
            ("/tools/talkable/api/v2/campaigns/", "/api/v2/campaigns"),
            ("/api/v2/people//", "/api/v2/people/"),
            ("/api-docs/", "/api-docs/"),
        ] {
            let mut uri: Uri = given.parse().unwrap();
            normalize(&mut uri, "/tools/talkable");
            assert_eq!(uri.to_string(), normalized, "{given}");
        }
    }
}
