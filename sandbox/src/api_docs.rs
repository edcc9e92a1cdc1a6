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
use chrono::TimeDelta;
use serde_json::{Map, Value, json};
use swagger_ui_dist::{ApiDefinition, OpenApiSource, generate_routes};

use crate::description::DESCRIPTION;
use crate::shared::Shared;
use crate::state::{Origin, Site};

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

const ABOUT: &str = "This is a sandbox: it simulates Talkable's API in memory, and sends nothing to Talkable. Choose \
                     **Authorize** and enter the key that the sandbox printed at startup. Never enter a real Talkable key \
                     here.";

type Example = fn(&Site) -> Option<Value>;

/// The functions that find an example value for a parameter, by parameter name.
const EXAMPLES: &[(&str, Example)] = &[
    ("advocate_email", |site| Some(json!(site.people().next()?.email))),
    ("claim_url", |site| Some(json!(site.claim_url(site.offers().next()?)))),
    ("code", |site| Some(json!(site.coupons().next()?.code))),
    ("email", |site| Some(json!(site.people[site.loyalty.members.iter().next()?.person].email))),
    ("end_date", |site| Some(json!(site.now().date_naive().to_string()))),
    ("friend_email", |_| Some(json!("friend@example.com"))),
    // The ids of each kind of record start at 1.
    ("id", |_| Some(json!(1))),
    ("metric", |_| Some(json!("total_sales_count"))),
    ("origin_slug", |site| Some(json!(site.origins().find_map(Origin::slug)?))),
    ("person_slug", |site| Some(json!(site.people().next()?.email))),
    ("short_url_code", |site| Some(json!(site.offers().next()?.short_url_code))),
    ("site_slug", |site| Some(json!(site.slug()))),
    ("start_date", |site| Some(json!((site.now() - TimeDelta::days(30)).date_naive().to_string()))),
    ("visitor_uuid", |site| Some(json!(site.origins().find_map(|origin| origin.visitor_uuid.as_ref())?))),
];

fn document(shared: &Shared) -> Value {
    let mut document = DESCRIPTION.document.clone();
    let about = format!("{ABOUT}\n\n{}", document["info"]["description"].as_str().unwrap_or_default());
    document["info"]["title"] = "Talkable API in a sandbox".into();
    document["info"]["description"] = about.into();
    // Because the URL has no host, the page sends requests to the origin that it was loaded from.
    document["servers"] = json!([{ "url": format!("{}/", shared.base_path), "description": "This sandbox" }]);
    if let Some(text) = document.pointer_mut("/components/securitySchemes/api_key/description") {
        *text = "The key that the sandbox printed at startup.".into();
    }
    if let Some(slug) =
        document.pointer_mut("/components/schemas/Campaign/properties/slug").and_then(Value::as_object_mut)
    {
        // In the description, the slug of a campaign is a string. The type is replaced, because Talkable and the sandbox
        // both send a number.
        slug.retain(|keyword, _| keyword == "description");
        slug.insert("oneOf".to_owned(), json!([{ "type": "integer" }, { "type": "string" }]));
    }

    let sites = shared.sites();
    let slug = json!({ "enum": sites.keys().collect::<Vec<_>>(), "example": sites.keys().next() });
    extend(document.pointer_mut("/components/schemas/site_slug"), &slug);
    if let Some(rule) = sites.values().find_map(|site| site.loyalty.rules.last()) {
        let kind = document.pointer_mut("/components/schemas/CreateCollectActionData/properties/type");
        extend(kind, &json!({ "example": rule.identifier }));
    }
    for_each_parameter(&mut document, &mut |parameter| {
        let name = parameter.get("name").and_then(Value::as_str).unwrap_or_default().to_owned();
        if name == "site_slug" {
            extend(parameter.get_mut("schema"), &slug);
        }
        let example = EXAMPLES.iter().find(|(known, _)| *known == name);
        set_example(parameter, example.and_then(|(_, example)| sites.values().find_map(example)));
    });
    document
}

/// Edits all parameters in a part of the document. An object counts as a parameter if it has the members `in` and `schema`.
fn for_each_parameter(part: &mut Value, edit: &mut impl FnMut(&mut Map<String, Value>)) {
    match part {
        Value::Object(members) if members.contains_key("in") && members.contains_key("schema") => edit(members),
        Value::Object(members) => members.values_mut().for_each(|member| for_each_parameter(member, edit)),
        Value::Array(items) => items.iter_mut().for_each(|item| for_each_parameter(item, edit)),
        _ => {}
    }
}

/// Sets the example of a parameter. If there is no example for an optional parameter, removes the published example, because
/// Swagger UI would fill it in.
fn set_example(parameter: &mut Map<String, Value>, example: Option<Value>) {
    let is_optional = parameter.get("required") != Some(&Value::Bool(true));
    if let Some(example) = example {
        parameter.remove("examples");
        parameter.insert("example".to_owned(), example);
    } else if is_optional {
        parameter.remove("example");
        if let Some(schema) = parameter.get_mut("schema").and_then(Value::as_object_mut) {
            schema.remove("example");
        }
    }
}

fn extend(schema: Option<&mut Value>, keywords: &Value) {
    if let (Some(schema), Some(keywords)) = (schema.and_then(Value::as_object_mut), keywords.as_object()) {
        schema.extend(keywords.clone());
    }
}
