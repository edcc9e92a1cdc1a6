//! Responses with an injected fault.

use std::io;
use std::time::Duration;

use axum::body::Body;
use axum::http::response::Parts;
use axum::http::{StatusCode, header};
use axum::response::{Html, IntoResponse as _, Response};
use bytes::Bytes;
use http_body_util::channel::{Channel, Sender};

const CHUNK_INTERVAL: Duration = Duration::from_millis(50);

/// Builds an error page like that of a proxy in front of the API.
pub(crate) fn server_error(status: u16) -> Response {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let page = format!("<html><head><title>{status}</title></head><body><h1>{status}</h1></body></html>\n");
    (status, Html(page)).into_response()
}

/// Announces the full length of the body, sends half of it and resets the connection.
pub(crate) async fn truncated(response: Response) -> Response {
    let (head, bytes, mut sender, body) = split(response).await;
    tokio::spawn(async move {
        let half = bytes.slice(..bytes.len() / 2);
        if sender.send_data(half).await.is_ok() {
            // The first half must be sent before the connection breaks.
            tokio::time::sleep(CHUNK_INTERVAL).await;
        }
        sender.abort(io::Error::from(io::ErrorKind::ConnectionReset));
    });
    Response::from_parts(head, body)
}

/// Sends the body a few bytes at a time.
pub(crate) async fn trickled(response: Response, bytes_per_second: u32) -> Response {
    let (head, mut bytes, mut sender, body) = split(response).await;
    let chunk_size = usize::try_from((bytes_per_second / 20).max(1)).unwrap_or(1);
    let pause = if bytes_per_second < 20 { Duration::from_secs(1) / bytes_per_second.max(1) } else { CHUNK_INTERVAL };
    tokio::spawn(async move {
        while !bytes.is_empty() {
            let chunk = bytes.split_to(chunk_size.min(bytes.len()));
            if sender.send_data(chunk).await.is_err() {
                break;
            }
            tokio::time::sleep(pause).await;
        }
    });
    Response::from_parts(head, body)
}

/// Splits a response into its head and the bytes of its body, and creates a channel for a new body of the same length.
async fn split(response: Response) -> (Parts, Bytes, Sender<Bytes, io::Error>, Body) {
    let (mut head, body) = response.into_parts();
    // The body was created by the sandbox, so it is complete and bounded.
    let bytes = axum::body::to_bytes(body, usize::MAX).await.unwrap_or_default();
    head.headers.insert(header::CONTENT_LENGTH, bytes.len().into());
    let (sender, body) = Channel::new(1);
    (head, bytes, sender, Body::new(body))
}
