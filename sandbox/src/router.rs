//! Which address leads to which operation.

use std::sync::Arc;

use axum::Router;
use axum::extract::Request;
use axum::response::IntoResponse as _;
use axum::routing::{MethodFilter, on};

use crate::answer::Refusal;
use crate::behavior;
use crate::description::DESCRIPTION;
use crate::page;
use crate::pipeline;
use crate::sandbox::Shared;

pub(crate) fn router(shared: &Arc<Shared>) -> Router {
    let nothing = || async { Refusal::not_found().into_response() };
    api(shared).merge(page::router(shared)).fallback(nothing).method_not_allowed_fallback(nothing)
}

/// All operations of the description at their paths, whose parameters axum writes as OpenAPI does.
fn api(shared: &Arc<Shared>) -> Router {
    DESCRIPTION.operations.iter().fold(Router::new(), |router, operation| {
        let Some(behavior) = behavior::of(&operation.id) else {
            return router;
        };
        let filter = MethodFilter::try_from(operation.method.clone()).expect("the description's methods are HTTP's");
        let shared = Arc::clone(shared);
        let handler = move |request: Request| pipeline::handle(Arc::clone(&shared), operation, behavior, request);
        router.route(&operation.path, on(filter, handler))
    })
}
