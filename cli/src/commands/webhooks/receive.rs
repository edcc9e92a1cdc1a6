//! The server of `talkable webhooks listen`.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use serde_json::{Value, json};
use talkable_api::reqwest;
use talkable_api::webhook::{Delivery, Verifier};
use tokio::sync::mpsc;

use super::known;
use super::saved::Saved;
use super::send::reason;

/// A received webhook and its reply, or the reason why a request was rejected.
pub(super) type Received = Result<(Saved, Reply), String>;

/// The reply to a webhook.
pub(super) struct Reply {
    pub(super) status: StatusCode,
    body: String,
    /// The reason why the webhook could not be forwarded.
    pub(super) error: Option<String>,
}

/// The state of the server.
pub(super) struct Receiver {
    pub(super) verifier: Verifier,
    /// The URL of the server to which deliveries are forwarded.
    pub(super) forward: Option<String>,
    pub(super) client: reqwest::Client,
    pub(super) received: mpsc::Sender<Received>,
}

/// Checks a delivery, forwards it if there is another server, and replies.
pub(super) async fn receive(
    State(receiver): State<Arc<Receiver>>,
    method: Method,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    if method != Method::POST {
        let _ = receiver.received.send(Err(format!("{method}; webhooks are POST requests"))).await;
        return StatusCode::METHOD_NOT_ALLOWED.into_response();
    }
    let content_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let delivery: Delivery = match receiver.verifier.verify(content_type, &body) {
        Ok(delivery) => delivery,
        Err(rejection) => {
            let status = StatusCode::from_u16(rejection.status()).unwrap_or(StatusCode::BAD_REQUEST);
            // The channel is closed only while the program stops.
            let place = rejection.pointer().map(|pointer| format!("at {pointer}: ")).unwrap_or_default();
            let _ = receiver.received.send(Err(format!("{place}{}", rejection.reason()))).await;
            return status.into_response();
        }
    };
    let reply = match &receiver.forward {
        Some(url) => forward(&receiver.client, url, content_type, body).await,
        None => Reply { status: StatusCode::OK, body: reply(delivery.kind.as_deref()), error: None },
    };
    let (status, text) = (reply.status, reply.body.clone());
    let saved = Saved {
        kind: delivery.kind.clone(),
        site: delivery.site.clone(),
        received_at: Some(jiff::Timestamp::now().strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string()),
        payload: serde_json::from_str(delivery.payload_json()).unwrap_or_default(),
    };
    if receiver.received.send(Ok((saved, reply))).await.is_err() {
        // Talkable sends the webhook again.
        return StatusCode::SERVICE_UNAVAILABLE.into_response();
    }
    (status, [(header::CONTENT_TYPE, "application/json")], text).into_response()
}

/// Returns the reply to a webhook. All its flags are false, so that it has no effect.
fn reply(kind: Option<&str>) -> String {
    let answer = kind.and_then(known).and_then(|webhook| webhook.answer);
    let Some(mut answer) = answer.and_then(|answer| serde_json::from_str::<Value>(answer).ok()) else {
        return String::new();
    };
    for value in answer.as_object_mut().into_iter().flat_map(|fields| fields.values_mut()) {
        if value.is_boolean() {
            *value = false.into();
        }
    }
    json!({"result": answer}).to_string()
}

async fn forward(client: &reqwest::Client, url: &str, content_type: Option<&str>, body: Bytes) -> Reply {
    let request = client.post(url).timeout(Duration::from_secs(30)).body(body);
    let request = match content_type {
        Some(content_type) => request.header("content-type", content_type),
        None => request,
    };
    match request.send().await {
        Ok(response) => {
            let status = response.status();
            Reply { status, body: response.text().await.unwrap_or_default(), error: None }
        }
        Err(error) => Reply { status: StatusCode::BAD_GATEWAY, body: String::new(), error: Some(reason(error)) },
    }
}
