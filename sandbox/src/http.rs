//! Connections, and the routes of the API, the admin endpoints and the pages.

use std::sync::Arc;

use axum::Router;
use axum::extract::Request;
use axum::http::StatusCode;
use axum::routing::{MethodFilter, on};

use crate::call::ApiError;
use crate::description::DESCRIPTION;
use crate::shared::Shared;
use crate::{admin, api_docs, behavior, pipeline, public_pages};

pub(crate) mod host;
pub(crate) mod server;

fn router(shared: &Arc<Shared>) -> Router {
    let not_found = async || ApiError::not_found();
    let pages = api_docs::router(shared).merge(public_pages::router(shared));
    let router = api(shared).merge(admin::router(shared)).merge(pages);
    router.fallback(not_found).method_not_allowed_fallback(not_found)
}

/// Routes all described operations. The paths are used unchanged because path parameters have the same syntax in axum
/// and OpenAPI.
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
