//! The API documentation at `/api-docs/`: Swagger UI for the API and for the webhooks.
//!
//! The sandbox serves all files itself, so the documentation works offline. Swagger UI comes from the `swagger-ui-dist`
//! crate. The crate's HTML page is replaced because it contains inline scripts, which the content security policy
//! forbids.

use std::sync::Arc;

use axum::Router;
use axum::http::{HeaderName, HeaderValue, header};
use axum::middleware::map_response;
use axum::response::{IntoResponse, Json, Redirect, Response};
use axum::routing::{MethodRouter, get, get_service};
use bytes::Bytes;
use swagger_ui_dist::{ApiDefinition, OpenApiSource, generate_routes};

use crate::shared::Shared;

mod document;

const HTML: &str = "text/html; charset=utf-8";

/// The content security policy. It allows only the sandbox's own files and the `data:` images in Swagger UI's style
/// sheet. It forbids inline scripts and styles.
const POLICY: &str =
    "default-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

const SECURITY_HEADERS: [(HeaderName, HeaderValue); 3] = [
    (header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY)),
    (header::REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
    (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
];

/// A page that renders an OpenAPI document.
struct DocsPage {
    path: &'static str,
    title: &'static str,
    document: &'static str,
    /// Whether the document's operations can be called from the page. They can if the sandbox serves them.
    can_try_out: bool,
}

const API: DocsPage =
    DocsPage { path: "/api-docs/", title: "the API", document: "/api-docs/openapi.json", can_try_out: true };
const WEBHOOKS: DocsPage = DocsPage {
    path: "/api-docs/webhooks/",
    title: "the webhooks",
    document: "/api-docs/webhooks/openapi.yaml",
    can_try_out: false,
};

impl DocsPage {
    fn html(&self) -> String {
        let link = format!("<a href=\"{}\"", self.path);
        include_str!("../assets/page.html")
            .replace("{title}", self.title)
            .replace("{document}", self.document)
            .replace("{try_it_out}", if self.can_try_out { " data-try-it-out" } else { "" })
            .replace(&link, &format!("{link} aria-current=\"page\""))
    }
}

pub(crate) fn router(shared: &Arc<Shared>) -> Router {
    let shared = Arc::clone(shared);
    let swagger_ui = swagger_ui();
    Router::new()
        .route("/api-docs", get(|| async { Redirect::temporary("/api-docs/") }))
        .route(API.path, file(HTML, API.html()))
        .route("/api-docs/openapi.json", get(async move || Json(document::document(&shared))))
        .route("/api-docs/webhooks", get(|| async { Redirect::temporary("/api-docs/webhooks/") }))
        .route(WEBHOOKS.path, file(HTML, WEBHOOKS.html()))
        .route("/api-docs/webhooks/openapi.yaml", file("application/yaml", include_str!("../../spec/webhooks.yaml")))
        .route("/api-docs/page.css", file("text/css; charset=utf-8", include_str!("../assets/page.css")))
        .route("/api-docs/page.js", file("text/javascript; charset=utf-8", include_str!("../assets/page.js")))
        .route("/api-docs/icon.svg", file("image/svg+xml", include_str!("../assets/icon.svg")))
        .route("/api-docs/swagger-ui.css", swagger_ui.clone())
        .route("/api-docs/swagger-ui-bundle.js", swagger_ui)
        .layer(map_response(add_security_headers))
}

/// Returns a route for Swagger UI's files. They are served by a router from the `swagger-ui-dist` crate.
fn swagger_ui() -> MethodRouter {
    get_service(generate_routes(ApiDefinition {
        uri_prefix: "/api-docs",
        api_definition: OpenApiSource::Uri("/api-docs/openapi.json"),
        title: None,
    }))
}

fn file(content_type: &'static str, content: impl Into<Bytes>) -> MethodRouter {
    let content = content.into();
    get(async move || ([(header::CONTENT_TYPE, content_type)], content.clone()))
}

async fn add_security_headers(mut response: Response) -> impl IntoResponse {
    response.headers_mut().extend(SECURITY_HEADERS);
    response
}
