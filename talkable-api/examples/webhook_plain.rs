//! Webhooks without a framework: hyper reads the requests, and a `match` deals with them.
//!
//! ```sh
//! cargo run -p talkable-api --features webhooks --example webhook_plain
//! ```
//!
//! The program serves, sends itself a few webhooks, prints what was answered, and ends.

use std::error::Error as StdError;
use std::sync::Arc;

use http_body_util::{BodyExt as _, Full, LengthLimitError, Limited};
use hyper::body::{Bytes, Incoming};
use hyper::header::{CONTENT_TYPE, HeaderValue};
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use talkable_api::webhook::testing::{Draft, Sent};
use talkable_api::webhook::{CheckUnsubscribeEvent, Delivery, Event, Guard, Reply, RewardEvent, UnsubscribeAnswer};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

const KEY: &str = "the-security-key";

#[tokio::main]
async fn main() -> Result<(), Box<dyn StdError>> {
    let guard = Arc::new(Guard::new(KEY)?);
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    tokio::spawn(serve(listener, guard));

    let reward = Draft::of::<RewardEvent>().set("/reward/amount", "5.00");
    for sent in [reward.form(KEY), Draft::of::<CheckUnsubscribeEvent>().json(KEY), reward.form("guessed")] {
        println!("{}\n", send(TcpStream::connect(address).await?, &sent).await?);
    }
    Ok(())
}

/// Answers until the program ends.
async fn serve(listener: TcpListener, guard: Arc<Guard>) {
    while let Ok((stream, _)) = listener.accept().await {
        let guard = guard.clone();
        let service = service_fn(move |request| receive(request, guard.clone()));
        tokio::spawn(hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service));
    }
}

async fn receive(request: Request<Incoming>, guard: Arc<Guard>) -> hyper::Result<Response<Full<Bytes>>> {
    let content_type = request.headers().get(CONTENT_TYPE).cloned();
    // What is longer need not be read; the guard would refuse it.
    let body = match Limited::new(request.into_body(), guard.most_bytes()).collect().await {
        Ok(body) => body.to_bytes(),
        Err(error) if error.is::<LengthLimitError>() => return Ok(empty(StatusCode::PAYLOAD_TOO_LARGE)),
        Err(_) => return Ok(empty(StatusCode::BAD_REQUEST)),
    };
    let content_type = content_type.as_ref().and_then(|value| value.to_str().ok());
    let reply = match Delivery::from_body(content_type, &body, &guard) {
        Ok(delivery) => handle(delivery.event),
        Err(rejection) => rejection.into(),
    };
    let mut response = Response::new(Full::new(reply.body().clone()));
    *response.status_mut() = StatusCode::from_u16(reply.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    if let Some(content_type) = reply.content_type() {
        response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    }
    Ok(response)
}

fn empty(status: StatusCode) -> Response<Full<Bytes>> {
    let mut response = Response::default();
    *response.status_mut() = status;
    response
}

/// Every kind ends in a reply, and a question can only be turned into one by its answer.
fn handle(event: Event) -> Reply {
    match event {
        Event::Reward(event) => println!("give {:?}", event.reward.and_then(|reward| reward.amount)),
        Event::CheckUnsubscribe(question) => {
            let unsubscribed = question.recipient.as_ref().is_some_and(|person| person.unsubscribed_at.is_some());
            return question.answer(UnsubscribeAnswer::new(unsubscribed));
        }
        // A shop stores it; one that it has already is as good.
        Event::CreateCoupon(event) => println!("store {:?}", event.coupon_code),
        Event::Unknown { kind, .. } => {
            println!("nobody deals with {kind}");
            return Reply::unhandled();
        }
        // Talkable sends it again, until a newer version of this service deals with it.
        _ => return Reply::unhandled(),
    }
    Reply::delivered()
}

/// Sends a webhook as Talkable would, and gives the answer as it came.
async fn send(mut stream: TcpStream, sent: &Sent) -> std::io::Result<String> {
    let (content_type, length) = (sent.content_type, sent.body.len());
    let head = format!("POST / HTTP/1.1\r\nHost: example.com\r\nConnection: close\r\nContent-Type: {content_type}\r\n");
    stream.write_all(format!("{head}Content-Length: {length}\r\n\r\n").as_bytes()).await?;
    stream.write_all(&sent.body).await?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await?;
    Ok(answer)
}
