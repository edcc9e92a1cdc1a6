//! The API documentation at `/api-docs/`: Swagger UI for the API and for the webhooks.
//!
//! The sandbox serves all files itself, so the documentation works offline. Swagger UI comes from the `swagger-ui-dist`
//! crate. The crate's HTML page is replaced because it contains inline scripts, which the content security policy
//! forbids.

use std::sync::Arc;

use axum::Router;
use axum::response::Json;
use axum::routing::{MethodRouter, get, get_service};
use swagger_ui_dist::{ApiDefinition, OpenApiSource, generate_routes};

use crate::shared::Shared;
use crate::web_page::{file, redirect, secured};
use document::document;

mod document;
mod examples;

pub(crate) fn router(shared: &Arc<Shared>) -> Router {
    let (in_document, base) = (Arc::clone(shared), shared.base_path.clone());
    // The `swagger-ui-dist` crate serves Swagger UI's files.
    let swagger_ui = get_service(generate_routes(ApiDefinition {
        uri_prefix: "/api-docs",
        api_definition: OpenApiSource::Uri("/api-docs/openapi.json"),
        title: None,
    }));
    let router = Router::new()
        .route("/api-docs", redirect(shared, "/api-docs/"))
        .route("/api-docs/", page(&base, "/api-docs/", "the API", "openapi.json", " data-try-it-out"))
        .route("/api-docs/openapi.json", get(async move || Json(document(&in_document))))
        .route("/api-docs/webhooks", redirect(shared, "/api-docs/webhooks/"))
        .route("/api-docs/webhooks/", page(&base, "/api-docs/webhooks/", "the webhooks", "openapi.yaml", ""))
        .route("/api-docs/webhooks/openapi.yaml", file("application/yaml", include_str!("../spec/webhooks.yaml")))
        .route("/api-docs/page.css", file("text/css; charset=utf-8", include_str!("../assets/page.css")))
        .route("/api-docs/page.js", file("text/javascript; charset=utf-8", include_str!("../assets/page.js")))
        .route("/api-docs/icon.svg", file("image/svg+xml", include_str!("../assets/icon.svg")))
        .route("/api-docs/swagger-ui.css", swagger_ui.clone())
        .route("/api-docs/swagger-ui-bundle.js", swagger_ui);
    secured(router)
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
