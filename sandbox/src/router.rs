//! Which address leads where.

use std::sync::Arc;

use axum::Router;
use axum::extract::Request;
use axum::response::IntoResponse as _;
use axum::routing::{MethodFilter, on};

use crate::answer::Refusal;
use crate::description::DESCRIPTION;
use crate::sandbox::Shared;
use crate::{admin, behavior, page, pipeline, visits};

pub(crate) fn router(shared: &Arc<Shared>) -> Router {
    let nothing = || async { Refusal::not_found().into_response() };
    let all = api(shared).merge(admin::router(shared)).merge(page::router(shared)).merge(visits::router(shared));
    all.fallback(nothing).method_not_allowed_fallback(nothing)
}

/// All operations of the description at their paths, whose parameters axum writes as OpenAPI does.
fn api(shared: &Arc<Shared>) -> Router {
    DESCRIPTION.operations.iter().fold(Router::new(), |router, operation| {
        let filter = MethodFilter::try_from(operation.method.clone()).expect("the description's methods are HTTP's");
        let method = match behavior::of(&operation.id) {
            Some(behavior) => {
                let shared = Arc::clone(shared);
                on(filter, move |request: Request| pipeline::handle(Arc::clone(&shared), operation, behavior, request))
            }
            // The description is newer than this program.
            None => on(filter, || async { Refusal::not_implemented(&operation.id).into_response() }),
        };
        router.route(&operation.path, method)
    })
}
