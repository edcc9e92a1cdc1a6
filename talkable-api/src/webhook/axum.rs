//! For axum: a router made of handlers, and extractors for handlers of one's own.
//!
//! ```no_run
//! use talkable_api::webhook::{Delivery, Guard, Handlers, ReferralEvent};
//!
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! let handlers = Handlers::new(Guard::new(std::env::var("TALKABLE_SECURITY_KEY")?)?)
//!     .on(|delivery: Delivery<ReferralEvent>| async move { Ok::<(), std::io::Error>(()) });
//! let app: axum::Router = axum::Router::new().merge(handlers.router("/talkable/webhooks"));
//! # Ok(())
//! # }
//! ```

use axum::Router;
use axum::body::{Body, Bytes, HttpBody as _};
use axum::extract::{DefaultBodyLimit, FromRef, FromRequest, Request, State};
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use serde::de::DeserializeOwned;

use super::handlers::{Failure, Handlers};
use super::{Delivery, FromPayload, Guard, Rejection, RejectionKind, Reply, SIGNATURE_HEADER, Signed};

impl Handlers {
    /// A router that answers webhooks at a path, whatever their kind.
    ///
    /// # Panics
    ///
    /// If axum doesn't take the path, as when it begins without a slash.
    ///
    /// ```
    /// # use talkable_api::webhook::Handlers;
    /// # fn example(handlers: Handlers) {
    /// let app: axum::Router = axum::Router::new().merge(handlers.router("/talkable/webhooks"));
    /// # }
    /// ```
    pub fn router<S: Clone + Send + Sync + 'static>(self, path: &str) -> Router<S> {
        Router::new().route(path, post(respond).with_state(std::sync::Arc::new(self)))
    }
}

async fn respond(State(handlers): State<std::sync::Arc<Handlers>>, request: Request) -> Reply {
    match read(request, handlers.guard()).await {
        Ok((headers, body)) => handlers.answer(text(&headers, &CONTENT_TYPE), &body).await,
        Err(rejection) => handlers.report(&Failure::Rejected(rejection)),
    }
}

/// Takes a webhook of any kind, or of one, out of a request. The state must give a [`Guard`].
impl<S, E> FromRequest<S> for Delivery<E>
where
    S: Send + Sync,
    Guard: FromRef<S>,
    E: FromPayload,
{
    type Rejection = Rejection;

    async fn from_request(request: Request, state: &S) -> Result<Self, Rejection> {
        let guard = Guard::from_ref(state);
        let (headers, body) = read(request, &guard).await?;
        guard.open(text(&headers, &CONTENT_TYPE), &body)
    }
}

/// Takes a signed message out of a request. The state must give a [`Guard`].
impl<S, T> FromRequest<S> for Signed<T>
where
    S: Send + Sync,
    Guard: FromRef<S>,
    T: DeserializeOwned,
{
    type Rejection = Rejection;

    async fn from_request(request: Request, state: &S) -> Result<Self, Rejection> {
        let guard = Guard::from_ref(state);
        let (headers, body) = read(request, &guard).await?;
        Self::from_body(text(&headers, &HeaderName::from_static(SIGNATURE_HEADER)), &body, &guard)
    }
}

impl IntoResponse for Reply {
    fn into_response(self) -> Response {
        let mut response = Response::new(Body::from(self.body().clone()));
        // All statuses that a reply can have are known ones.
        *response.status_mut() = StatusCode::from_u16(self.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        if let Some(content_type) = self.content_type() {
            response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
        }
        response
    }
}

impl IntoResponse for Rejection {
    fn into_response(self) -> Response {
        Reply::from(self).into_response()
    }
}

/// Reads the body as far as the limit allows.
async fn read(mut request: Request, guard: &Guard) -> Result<(HeaderMap, Bytes), Rejection> {
    // A length that is announced need not be waited for.
    let announced = request.body().size_hint().lower();
    if usize::try_from(announced).map_or(true, |announced| announced > guard.most_bytes()) {
        return Err(Rejection::too_large(guard.most_bytes()));
    }
    DefaultBodyLimit::max(guard.most_bytes()).apply(&mut request);
    let headers = request.headers().clone();
    let body = Bytes::from_request(request, &()).await.map_err(|refused| {
        if refused.status().as_u16() == RejectionKind::TooLarge.status() {
            Rejection::too_large(guard.most_bytes())
        } else {
            Rejection::malformed("the body broke off")
        }
    })?;
    Ok((headers, body))
}

/// A header that comes once and is text.
fn text<'h>(headers: &'h HeaderMap, name: &HeaderName) -> Option<&'h str> {
    let mut values = headers.get_all(name).iter();
    values.next().filter(|_| values.next().is_none())?.to_str().ok()
}
