//! The API page at `/api-docs/`, and the page of the webhooks beside it: Swagger UI over the sandbox's own documents.
//!
//! All of it comes from the sandbox, so it works offline. The crate `swagger-ui-dist` carries Swagger UI; the pages around
//! it are ours, since those of the crate have their script within, which the policy forbids.

use std::sync::Arc;

use axum::Router;
use axum::http::{HeaderName, HeaderValue, header};
use axum::middleware::map_response;
use axum::response::{IntoResponse, Json, Redirect, Response};
use axum::routing::{MethodRouter, get, get_service};
use bytes::Bytes;
use swagger_ui_dist::{ApiDefinition, OpenApiSource, generate_routes};

use crate::sandbox::Shared;

mod document;

const HTML: &str = "text/html; charset=utf-8";
const CSS: &str = "text/css; charset=utf-8";
const SCRIPT: &str = "text/javascript; charset=utf-8";
const SVG: &str = "image/svg+xml";
const YAML: &str = "application/yaml";

/// What a browser may do with the pages: nothing but what the sandbox serves, and no script or style within a page.
/// Swagger UI's style sheet holds its pictures in `data:`. Its forms are sent by its script only, and nobody frames it.
const POLICY: &str =
    "default-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

const GUARDS: [(HeaderName, HeaderValue); 3] = [
    (header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY)),
    (header::REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
    (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
];

/// A page that shows a document.
struct Page {
    place: &'static str,
    title: &'static str,
    document: &'static str,
    /// Whether its operations are the sandbox's own.
    can_be_tried: bool,
}

const API: Page =
    Page { place: "/api-docs/", title: "the API", document: "/api-docs/openapi.json", can_be_tried: true };
const WEBHOOKS: Page = Page {
    place: "/api-docs/webhooks/",
    title: "the webhooks",
    document: "/api-docs/webhooks/openapi.yaml",
    can_be_tried: false,
};

impl Page {
    fn html(&self) -> String {
        let link = format!("<a href=\"{}\"", self.place);
        include_str!("../assets/page.html")
            .replace("{title}", self.title)
            .replace("{document}", self.document)
            .replace("{try_it_out}", if self.can_be_tried { " data-try-it-out" } else { "" })
            .replace(&link, &format!("{link} aria-current=\"page\""))
    }
}

pub(crate) fn router(shared: &Arc<Shared>) -> Router {
    let shared = Arc::clone(shared);
    let swagger_ui = swagger_ui();
    Router::new()
        .route("/api-docs", get(|| async { Redirect::temporary("/api-docs/") }))
        .route(API.place, file(HTML, API.html()))
        .route("/api-docs/openapi.json", get(async move || Json(document::document(&shared))))
        .route("/api-docs/webhooks", get(|| async { Redirect::temporary("/api-docs/webhooks/") }))
        .route(WEBHOOKS.place, file(HTML, WEBHOOKS.html()))
        .route("/api-docs/webhooks/openapi.yaml", file(YAML, include_str!("../../spec/webhooks.yaml")))
        .route("/api-docs/page.css", file(CSS, include_str!("../assets/page.css")))
        .route("/api-docs/page.js", file(SCRIPT, include_str!("../assets/page.js")))
        .route("/api-docs/icon.svg", file(SVG, include_str!("../assets/icon.svg")))
        .route("/api-docs/swagger-ui.css", swagger_ui.clone())
        .route("/api-docs/swagger-ui-bundle.js", swagger_ui)
        .layer(map_response(guard))
}

/// The files of Swagger UI, which the crate offers as a router only.
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

async fn guard(mut response: Response) -> impl IntoResponse {
    response.headers_mut().extend(GUARDS);
    response
}
