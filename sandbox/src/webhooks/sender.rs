//! Sends deliveries over HTTP as form data, as Talkable does.

use std::error::Error;
use std::iter::successors;
use std::time::Duration;

use reqwest::header::CONTENT_TYPE;
use reqwest::redirect::Policy;
use reqwest::{Client, Response};
use serde_json::Value;

use crate::settings::WebhookTarget;
use crate::state::Delivery;

const TIMEOUT: Duration = Duration::from_secs(10);

const MAX_RESPONSE_BYTES: usize = 64 * 1024;

/// The senders for `http` and `https` URLs. They are created on demand, since loading the system's TLS certificates is slow
/// and fails if the machine has no certificates.
#[derive(Default)]
pub(super) struct Senders {
    plain: Option<Sender>,
    tls: Option<Sender>,
}

impl Senders {
    pub(super) fn for_target(&mut self, target: &WebhookTarget) -> Result<Sender, String> {
        // Redirects and proxies are disabled, because they could change the destination.
        let builder = Client::builder().redirect(Policy::none()).no_proxy().timeout(TIMEOUT);
        let (cached, builder) = match target.url.scheme() {
            "https" => (&mut self.tls, builder),
            _ => (&mut self.plain, builder.tls_certs_only([])),
        };
        let sender = match cached.take() {
            Some(sender) => sender,
            None => Sender(builder.build().map_err(describe)?),
        };
        Ok(cached.insert(sender).clone())
    }
}

#[derive(Clone)]
pub(super) struct Sender(Client);

impl Sender {
    /// Sends a delivery and returns the JSON in the response, or null if the response is not JSON.
    pub(super) async fn send(&self, slug: &str, target: &WebhookTarget, delivery: &Delivery) -> Result<Value, String> {
        let fields = [
            ("key", target.key.as_str()),
            ("site", slug),
            ("type", delivery.kind),
            ("extras", "{}"),
            ("payload", &delivery.payload),
        ];
        let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        let request = self.0.post(target.url.clone()).header(CONTENT_TYPE, "application/x-www-form-urlencoded");
        let response = request.body(body).send().await.map_err(describe)?;
        let status = response.status();
        if status.is_success() { Ok(read_json(response).await) } else { Err(format!("status {status}")) }
    }
}

async fn read_json(mut response: Response) -> Value {
    let mut bytes = Vec::new();
    while let Ok(Some(chunk)) = response.chunk().await {
        if bytes.len() + chunk.len() > MAX_RESPONSE_BYTES {
            return Value::Null;
        }
        bytes.extend_from_slice(&chunk);
    }
    serde_json::from_slice(&bytes).unwrap_or_default()
}

/// Joins the messages of an error and its causes. Omits the URL, because it can contain secrets.
fn describe(error: reqwest::Error) -> String {
    let error = error.without_url();
    let causes = successors(Some(&error as &dyn Error), |error: &&dyn Error| (*error).source());
    causes.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}
