//! A router and extractors for axum.

use std::sync::Arc;

use axum::Router;
use axum::body::{Body, Bytes, HttpBody as _};
use axum::extract::{DefaultBodyLimit, FromRef, FromRequest, Request, State};
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use serde::de::DeserializeOwned;
use tokio::time::timeout;

use super::handlers::{Failure, Handlers};
use super::{Delivery, FromPayload, Rejection, Reply, SIGNATURE_HEADER, Signed, Verifier};

impl Handlers {
    /// Creates a router that receives webhooks of all kinds at a path, such as `/talkable/webhooks`.
    ///
    /// # Panics
    ///
    /// If axum rejects the path, for example because it doesn't start with a slash.
    pub fn router<S: Clone + Send + Sync + 'static>(self, path: &str) -> Router<S> {
        Router::new().route(path, post(receive).with_state(Arc::new(self)))
    }
}

async fn receive(State(handlers): State<Arc<Handlers>>, request: Request) -> Reply {
    match read(request, &handlers.verifier).await {
        Ok((headers, body)) => handlers.handle(single(&headers, &CONTENT_TYPE), &body).await,
        Err(rejection) => handlers.report(&Failure::Rejected(rejection)),
    }
}

/// Extracts a webhook of any kind, or of the kind whose payload type is `E`. The state must provide a [`Verifier`].
impl<S, E> FromRequest<S> for Delivery<E>
where
    S: Send + Sync,
    Verifier: FromRef<S>,
    E: FromPayload,
{
    type Rejection = Rejection;

    async fn from_request(request: Request, state: &S) -> Result<Self, Rejection> {
        let verifier = Verifier::from_ref(state);
        let (headers, body) = read(request, &verifier).await?;
        verifier.verify(single(&headers, &CONTENT_TYPE), &body)
    }
}

/// Extracts the content of a signed request. The state must provide a [`Verifier`].
impl<S, T> FromRequest<S> for Signed<T>
where
    S: Send + Sync,
    Verifier: FromRef<S>,
    T: DeserializeOwned,
{
    type Rejection = Rejection;

    async fn from_request(request: Request, state: &S) -> Result<Self, Rejection> {
        let verifier = Verifier::from_ref(state);
        let (headers, body) = read(request, &verifier).await?;
        verifier.verify_signed(single(&headers, &HeaderName::from_static(SIGNATURE_HEADER)), &body)
    }
}

impl IntoResponse for Reply {
    fn into_response(self) -> Response {
        let mut response = Response::new(Body::from(self.body().clone()));
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

/// Returns the headers and the body. Reads the body up to the size limit.
async fn read(mut request: Request, verifier: &Verifier) -> Result<(HeaderMap, Bytes), Rejection> {
    let limit = verifier.max_body_bytes();
    // Reject a `Content-Length` over the limit without reading the body.
    if usize::try_from(request.body().size_hint().lower()).map_or(true, |announced| announced > limit) {
        return Err(Rejection::too_large(limit));
    }
    let size = request.body().size_hint().upper().and_then(|size| usize::try_from(size).ok());
    let _memory = verifier.body_limits().reserve(size.unwrap_or(limit).min(limit)).ok_or_else(Rejection::busy)?;
    DefaultBodyLimit::max(limit).apply(&mut request);
    let headers = request.headers().clone();
    let body = timeout(verifier.body_limits().timeout, Bytes::from_request(request, &())).await;
    let body = body.map_err(|_| Rejection::timeout())?.map_err(|rejection| {
        if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE {
            Rejection::too_large(limit)
        } else {
            Rejection::malformed("the body ended early")
        }
    })?;
    Ok((headers, body))
}

/// Returns the value of a header. Returns `None` if the header is missing, occurs several times, or contains invalid characters.
fn single<'h>(headers: &'h HeaderMap, name: &HeaderName) -> Option<&'h str> {
    let mut values = headers.get_all(name).iter();
    values.next().filter(|_| values.next().is_none())?.to_str().ok()
}
