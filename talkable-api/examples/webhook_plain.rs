//! Receives webhooks without a web framework: hyper reads the requests, and one `match` handles all kinds.
//!
//! ```sh
//! cargo run -p talkable-api --features webhooks --example webhook_plain
//! ```
//!
//! The program starts a server, sends three webhooks to itself, prints the responses and exits.

use std::error::Error as StdError;
use std::sync::Arc;
use std::time::Duration;

use http_body_util::{BodyExt as _, Full, LengthLimitError, Limited};
use hyper::body::{Bytes, Incoming};
use hyper::header::{CONTENT_TYPE, HeaderValue};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use talkable_api::webhook::testing::{WebhookBuilder, WebhookRequest};
use talkable_api::webhook::{CheckUnsubscribeEvent, Delivery, Event, Reply, RewardEvent, UnsubscribeAnswer, Verifier};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

const SECURITY_KEY: &str = "the-security-key";

/// The maximum time to read the body of a request.
const BODY_TIMEOUT: Duration = Duration::from_secs(10);

#[tokio::main]
async fn main() -> Result<(), Box<dyn StdError>> {
    let verifier = Arc::new(Verifier::new(SECURITY_KEY)?);
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    tokio::spawn(serve(listener, verifier));

    let reward = WebhookBuilder::sample::<RewardEvent>().set("/reward/amount", "5.00");
    let check = WebhookBuilder::sample::<CheckUnsubscribeEvent>();
    for webhook in [reward.form(SECURITY_KEY), check.json(SECURITY_KEY), reward.form("a-wrong-key")] {
        println!("{}\n", send(TcpStream::connect(address).await?, &webhook).await?);
    }
    Ok(())
}

async fn serve(listener: TcpListener, verifier: Arc<Verifier>) {
    while let Ok((stream, _)) = listener.accept().await {
        let verifier = Arc::clone(&verifier);
        let service = service_fn(move |request| receive(request, Arc::clone(&verifier)));
        tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(stream), service));
    }
}

async fn receive(request: Request<Incoming>, verifier: Arc<Verifier>) -> hyper::Result<Response<Full<Bytes>>> {
    let content_type = request.headers().get(CONTENT_TYPE).cloned();
    let content_type = content_type.as_ref().and_then(|value| value.to_str().ok());
    // Anyone can send bodies, so limit their size and the time to read them. A real service also limits its connections.
    let body = Limited::new(request.into_body(), verifier.max_body_bytes()).collect();
    let Ok(body) = tokio::time::timeout(BODY_TIMEOUT, body).await else {
        return Ok(empty(StatusCode::REQUEST_TIMEOUT));
    };
    let body = match body {
        Ok(body) => body.to_bytes(),
        Err(error) if error.is::<LengthLimitError>() => return Ok(empty(StatusCode::PAYLOAD_TOO_LARGE)),
        Err(_) => return Ok(empty(StatusCode::BAD_REQUEST)),
    };
    Ok(match verifier.verify(content_type, &body) {
        Ok(delivery) => response(&handle(delivery)),
        Err(rejection) => response(&rejection.into()),
    })
}

/// Handles a webhook of any kind. If the webhook needs an answer, [`NeedsAnswer::answer`] creates the reply.
///
/// [`NeedsAnswer::answer`]: talkable_api::webhook::NeedsAnswer::answer
fn handle(delivery: Delivery) -> Reply {
    match delivery.event {
        Event::Reward(event) => println!("give {:?}", event.reward.and_then(|reward| reward.amount)),
        Event::CreateCoupon(event) => println!("store {:?}", event.coupon_code),
        Event::CheckUnsubscribe(event) => {
            let unsubscribed = event.recipient.as_ref().is_some_and(|person| person.unsubscribed_at.is_some());
            return event.answer(UnsubscribeAnswer::new(unsubscribed));
        }
        // This program cannot handle other kinds yet. The status 501 makes Talkable resend the webhook later.
        _ => {
            println!("no handler for {:?}", delivery.kind);
            return Reply::unhandled();
        }
    }
    Reply::delivered()
}

fn response(reply: &Reply) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(reply.body().clone()));
    *response.status_mut() = StatusCode::from_u16(reply.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    if let Some(content_type) = reply.content_type() {
        response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    }
    response
}

fn empty(status: StatusCode) -> Response<Full<Bytes>> {
    let mut response = Response::default();
    *response.status_mut() = status;
    response
}

/// Sends a webhook the way Talkable does, and returns the raw response.
async fn send(mut stream: TcpStream, webhook: &WebhookRequest) -> std::io::Result<String> {
    let (content_type, length) = (webhook.content_type, webhook.body.len());
    let head = format!("POST / HTTP/1.1\r\nHost: example.com\r\nConnection: close\r\nContent-Type: {content_type}\r\n");
    stream.write_all(format!("{head}Content-Length: {length}\r\n\r\n").as_bytes()).await?;
    stream.write_all(&webhook.body).await?;
    let mut response = String::new();
    stream.read_to_string(&mut response).await?;
    Ok(response)
}
