//! The API documentation at `/api-docs/`: Swagger UI for the API and for the webhooks.
//!
//! The sandbox serves all files itself, so the documentation works offline. Swagger UI comes from the `swagger-ui-dist`
//! crate. The crate's HTML page is replaced because it contains inline scripts, which the content security policy
//! forbids.

use std::sync::Arc;

use axum::Router;
use axum::http::{HeaderName, HeaderValue, header};
use axum::middleware::map_response;
use axum::response::{Json, Redirect, Response};
use axum::routing::{MethodRouter, get, get_service};
use bytes::Bytes;
use swagger_ui_dist::{ApiDefinition, OpenApiSource, generate_routes};

use crate::shared::Shared;
use document::document;

mod document;
mod examples;

/// The content security policy. It allows only the sandbox's own files and the `data:` images in Swagger UI's style
/// sheet. It forbids inline scripts and styles.
const POLICY: &str =
    "default-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

const SECURITY_HEADERS: [(HeaderName, HeaderValue); 3] = [
    (header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY)),
    (header::REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
    (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
];

pub(crate) fn router(shared: &Arc<Shared>) -> Router {
    let (shared, base) = (Arc::clone(shared), shared.base_path.clone());
    // The `swagger-ui-dist` crate serves Swagger UI's files.
    let swagger_ui = get_service(generate_routes(ApiDefinition {
        uri_prefix: "/api-docs",
        api_definition: OpenApiSource::Uri("/api-docs/openapi.json"),
        title: None,
    }));
    Router::new()
        .route("/api-docs", redirect(format!("{base}/api-docs/")))
        .route("/api-docs/", page(&base, "/api-docs/", "the API", "openapi.json", " data-try-it-out"))
        .route("/api-docs/openapi.json", get(async move || Json(document(&shared))))
        .route("/api-docs/webhooks", redirect(format!("{base}/api-docs/webhooks/")))
        .route("/api-docs/webhooks/", page(&base, "/api-docs/webhooks/", "the webhooks", "openapi.yaml", ""))
        .route("/api-docs/webhooks/openapi.yaml", file("application/yaml", include_str!("../../spec/webhooks.yaml")))
        .route("/api-docs/page.css", file("text/css; charset=utf-8", include_str!("../assets/page.css")))
        .route("/api-docs/page.js", file("text/javascript; charset=utf-8", include_str!("../assets/page.js")))
        .route("/api-docs/icon.svg", file("image/svg+xml", include_str!("../assets/icon.svg")))
        .route("/api-docs/swagger-ui.css", swagger_ui.clone())
        .route("/api-docs/swagger-ui-bundle.js", swagger_ui)
        .layer(map_response(async |mut response: Response| {
            response.headers_mut().extend(SECURITY_HEADERS);
            response
        }))
}

/// Returns a page that renders an OpenAPI document. With the `data-try-it-out` attribute, users can call operations from the
/// page.
fn page(base: &str, path: &str, title: &str, document: &str, attributes: &str) -> MethodRouter {
    let link = format!("<a href=\"{base}{path}\"");
    let html = include_str!("../assets/page.html").replace("{base}", base).replace("{title}", title);
    let html = html.replace("{document}", &format!("{base}{path}{document}"));
    let html = html.replace("{try_it_out}", attributes).replace(&link, &format!("{link} aria-current=\"page\""));
    file("text/html; charset=utf-8", html)
}

fn redirect(target: String) -> MethodRouter {
    get(async move || Redirect::temporary(&target))
}

fn file(content_type: &'static str, content: impl Into<Bytes>) -> MethodRouter {
    let content = content.into();
    get(async move || ([(header::CONTENT_TYPE, content_type)], content.clone()))
}
