//! Answers that arrive damaged.

use std::io;
use std::time::Duration;

use axum::body::Body;
use axum::http::{StatusCode, header};
use axum::response::{Html, IntoResponse as _, Response};
use bytes::Bytes;
use http_body_util::channel::Channel;

/// How often a trickle drips.
const DRIP: Duration = Duration::from_millis(50);

/// The page of a server in front of the API.
pub(crate) fn server_error(status: u16) -> Response {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let words = format!("<html><head><title>{status}</title></head><body><h1>{status}</h1></body></html>\n");
    (status, Html(words)).into_response()
}

/// Promises all of the answer, and breaks off in the middle.
pub(crate) async fn truncated(response: Response) -> Response {
    let (mut head, bytes) = whole(response).await;
    head.headers.insert(header::CONTENT_LENGTH, bytes.len().into());
    let (mut sender, body) = Channel::<Bytes, io::Error>::new(1);
    tokio::spawn(async move {
        let half = bytes.slice(..bytes.len() / 2);
        if sender.send_data(half).await.is_ok() {
            // The first half has to be on its way before the connection breaks.
            tokio::time::sleep(DRIP).await;
        }
        sender.abort(io::Error::from(io::ErrorKind::ConnectionReset));
    });
    Response::from_parts(head, Body::new(body))
}

/// Sends the answer a few bytes at a time.
pub(crate) async fn trickled(response: Response, bytes_per_second: u32) -> Response {
    let (mut head, mut bytes) = whole(response).await;
    head.headers.insert(header::CONTENT_LENGTH, bytes.len().into());
    let (mut sender, body) = Channel::<Bytes, io::Error>::new(1);
    let per_drip = (bytes_per_second / 20).max(1);
    let pause = if bytes_per_second < 20 { Duration::from_secs(1) / bytes_per_second.max(1) } else { DRIP };
    tokio::spawn(async move {
        while !bytes.is_empty() {
            let drop = bytes.split_to(usize::try_from(per_drip).unwrap_or(1).min(bytes.len()));
            // Whoever hangs up gets no more.
            if sender.send_data(drop).await.is_err() {
                break;
            }
            tokio::time::sleep(pause).await;
        }
    });
    Response::from_parts(head, Body::new(body))
}

async fn whole(response: Response) -> (axum::http::response::Parts, Bytes) {
    let (head, body) = response.into_parts();
    // The sandbox made this body itself.
    (head, axum::body::to_bytes(body, usize::MAX).await.unwrap_or_default())
}
