//! A proxy that records the messages between a client and a sandbox, and receives webhooks.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::HeaderMap;
use axum::http::header::{CONNECTION, CONTENT_LENGTH, CONTENT_TYPE, HOST, TRANSFER_ENCODING};
use axum::response::Response;
use axum::routing::post;
use tokio::net::TcpListener;

use super::described::Exchange;
use crate::support::HTTP;

/// The fields of a webhook's form.
type Form = BTreeMap<String, String>;

#[derive(Default)]
struct Recorded {
    sandbox: Option<SocketAddr>,
    exchanges: Vec<Exchange>,
    webhooks: Vec<Form>,
}

pub(super) struct Proxy {
    /// The base URL for clients.
    pub(super) url: String,
    recorded: Arc<Mutex<Recorded>>,
}

impl Proxy {
    pub(super) async fn start() -> Self {
        let socket = TcpListener::bind("127.0.0.1:0").await.expect("there is a free port");
        let url = format!("http://{}", socket.local_addr().expect("the socket is bound"));
        let recorded = Arc::<Mutex<Recorded>>::default();
        let router = Router::new().route("/hook", post(receive)).fallback(forward).with_state(Arc::clone(&recorded));
        tokio::spawn(async move { axum::serve(socket, router).await });
        Self { url, recorded }
    }

    /// Sends later requests to a sandbox.
    pub(super) fn forward_to(&self, sandbox: SocketAddr) {
        self.recorded.lock().expect("no thread has panicked").sandbox = Some(sandbox);
    }

    pub(super) fn webhook_url(&self) -> String {
        format!("{}/hook", self.url)
    }

    /// Returns the API calls so far.
    pub(super) fn exchanges(&self) -> Vec<Exchange> {
        self.recorded.lock().expect("no thread has panicked").exchanges.clone()
    }

    /// Returns the webhooks so far.
    pub(super) fn webhooks(&self) -> Vec<Form> {
        self.recorded.lock().expect("no thread has panicked").webhooks.clone()
    }
}

async fn receive(State(recorded): State<Arc<Mutex<Recorded>>>, body: String) -> &'static str {
    let form = form_urlencoded::parse(body.as_bytes()).into_owned().collect();
    recorded.lock().expect("no thread has panicked").webhooks.push(form);
    r#"{"result":{"unsubscribed":false}}"#
}

async fn forward(State(recorded): State<Arc<Mutex<Recorded>>>, request: Request) -> Response {
    let (head, body) = request.into_parts();
    let body = to_bytes(body, usize::MAX).await.expect("the request is complete");
    let sandbox = recorded.lock().expect("no thread has panicked").sandbox.expect("the sandbox is set");
    let mut headers = head.headers.clone();
    without_connection(&mut headers);
    let sent = HTTP.request(head.method.clone(), format!("http://{sandbox}{}", head.uri)).headers(headers);
    let response = sent.body(body.clone()).send().await.expect("the sandbox responds");
    let (status, mut headers) = (response.status(), response.headers().clone());
    let content = response.bytes().await.expect("the response is complete");
    if head.uri.path().starts_with("/api/") {
        let content_type = head.headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
        recorded.lock().expect("no thread has panicked").exchanges.push(Exchange {
            method: head.method.to_string(),
            target: head.uri.to_string(),
            content_type: content_type.to_owned(),
            body,
            status: status.as_u16(),
            response: content.clone(),
        });
    }
    without_connection(&mut headers);
    let mut forwarded = Response::new(Body::from(content));
    *forwarded.status_mut() = status;
    *forwarded.headers_mut() = headers;
    forwarded
}

/// Removes the headers that apply to a single connection.
fn without_connection(headers: &mut HeaderMap) {
    for name in [HOST, CONNECTION, CONTENT_LENGTH, TRANSFER_ENCODING] {
        headers.remove(name);
    }
}
