//! The files of the pages for browsers, and the headers of all pages.

use std::sync::Arc;

use axum::Router;
use axum::http::{HeaderName, HeaderValue, header};
use axum::middleware::map_response;
use axum::response::{Redirect, Response};
use axum::routing::{MethodRouter, get};
use bytes::Bytes;

use crate::shared::Shared;

/// The content security policy. It allows only the sandbox's own files and the `data:` images in Swagger UI's style
/// sheet. It forbids inline scripts and styles.
const POLICY: &str =
    "default-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

const SECURITY_HEADERS: [(HeaderName, HeaderValue); 3] = [
    (header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY)),
    (header::REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
    (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
];

/// Adds the security headers to all responses.
pub(crate) fn secured(router: Router) -> Router {
    router.layer(map_response(async |mut response: Response| {
        response.headers_mut().extend(SECURITY_HEADERS);
        response
    }))
}

pub(crate) fn file(content_type: &'static str, content: impl Into<Bytes>) -> MethodRouter {
    let content = content.into();
    get(async move || ([(header::CONTENT_TYPE, content_type)], content.clone()))
}

/// Redirects to a path of the sandbox.
pub(crate) fn redirect(shared: &Shared, path: &str) -> MethodRouter {
    let target = format!("{}{path}", shared.base_path);
    get(async move || Redirect::temporary(&target))
}

/// Serves the page that shows requests, webhooks and records. Its script asks for the key, so the page itself requires none.
pub(crate) fn watch(shared: &Arc<Shared>) -> Router {
    let router = Router::new()
        .route("/", redirect(shared, "/sandbox/"))
        .route("/sandbox", redirect(shared, "/sandbox/"))
        .route("/sandbox/", file("text/html; charset=utf-8", include_str!("../assets/watch.html")))
        .route("/sandbox/watch.css", file("text/css; charset=utf-8", include_str!("../assets/watch.css")))
        .route("/sandbox/watch.js", file("text/javascript; charset=utf-8", include_str!("../assets/watch.js")));
    secured(router)
}
