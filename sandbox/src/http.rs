//! Connections, and the routes of the API, the admin endpoints and the pages.

use std::net::IpAddr;
use std::sync::Arc;

use axum::Router;
use axum::extract::Request;
use axum::http::uri::Authority;
use axum::http::{HeaderMap, StatusCode, header};
use axum::routing::{MethodFilter, on};

use crate::call::ApiError;
use crate::description::DESCRIPTION;
use crate::shared::Shared;
use crate::{admin, api_docs, behavior, pipeline, public_pages};

pub(crate) mod server;

fn router(shared: &Arc<Shared>) -> Router {
    let not_found = async || ApiError::not_found();
    let pages = api_docs::router(shared).merge(public_pages::router(shared));
    let router = api(shared).merge(admin::router(shared)).merge(pages);
    router.fallback(not_found).method_not_allowed_fallback(not_found)
}

/// Routes all operations in the description. The paths need no conversion, because path parameters have the same syntax in
/// axum and OpenAPI.
fn api(shared: &Arc<Shared>) -> Router {
    DESCRIPTION.operations.iter().fold(Router::new(), |router, operation| {
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
    })
}

/// Rejects requests whose `Host` header contains neither the sandbox's own host nor a loopback name. Requests without
/// this header are accepted, since browsers always send it.
///
/// This prevents DNS rebinding: a website can make its own name resolve to the loopback interface, so that browsers
/// treat the sandbox as the website's origin and let its scripts read the responses.
pub(crate) fn check_host(headers: &HeaderMap, own_host: &str) -> Result<(), ApiError> {
    let Some(host) = headers.get(header::HOST) else {
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
    let is_name = host == "localhost" || host.ends_with(".localhost");
    is_name || host.parse::<IpAddr>().is_ok_and(|address| address.to_canonical().is_loopback())
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    #[test]
    fn accepts_loopback_names_and_its_own_host() {
        for (host, is_accepted) in [
            ("127.0.0.1:7400", true),
            ("127.8.9.1", true),
            ("[::1]:7400", true),
            ("localhost", true),
            ("shop.localhost:7400", true),
            ("LOCALHOST:1", true),
            ("Sandbox.example.com", true),
            ("example.com", false),
            ("localhost.example.com", false),
            ("192.0.2.1", false),
            ("0.0.0.0:7400", false),
            ("", false),
            ("a b", false),
        ] {
            let headers = [(header::HOST, HeaderValue::from_static(host))].into_iter().collect();
            assert_eq!(check_host(&headers, "sandbox.example.com").is_ok(), is_accepted, "{host:?}");
        }
        assert!(check_host(&HeaderMap::new(), "sandbox.example.com").is_ok());
    }
}
