//! Responses that the caller reads in chunks, and redirects.

use std::time::{Duration, Instant};

use fake_server::{Reply, Server, with_headers};
use talkable_api::__private::{Method, Operation};
use talkable_api::{Call, Client, Download, Error, Redirect, TransportErrorKind};

use crate::{Connect as _, KEY, argument, assert_discreet, refused};

static EXPORT: Operation =
    Operation::new("export", Method::GET, "/api/v2/people/{slug}").accept("text/csv").download().idempotent();
static CLAIM: Operation = Operation::new("claim", Method::GET, "/api/v2/people/{slug}").redirect().idempotent();

fn export(client: &Client) -> Call<Download> {
    Call::download(client, &EXPORT).segment("jane@example.com")
}

fn kind(error: &Error) -> TransportErrorKind {
    let Error::Transport(error) = error else { panic!("expected a transport error: {error:?}") };
    error.kind()
}

#[test]
fn downloads_and_redirects_cannot_be_stored() {
    let client = Client::new(KEY, "my-store").unwrap();
    let redirect = Call::redirect(&client, &CLAIM).segment("jane@example.com");
    for error in [export(&client).to_stored().unwrap_err(), redirect.to_stored().unwrap_err()] {
        assert_eq!(argument(&error), "operation");
        assert!(error.to_string().ends_with("help: call the typed method of the operation"), "{error}");
    }
}

#[tokio::test]
async fn only_the_headers_are_retried() {
    let half = Reply::close("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf");
    let server = Server::script([with_headers(503, "", ""), refused(), half]);
    let response = export(&server.client()).response().await.unwrap();
    assert_eq!((response.status, response.info.attempts()), (200, 3));
    let mut download = response.value;
    assert_eq!(download.chunk().await.unwrap().as_deref(), Some(&b"half"[..]));
    let error = download.chunk().await.unwrap_err();
    assert_eq!(
        (kind(&error), error.info().is_some_and(talkable_api::CallInfo::maybe_processed)),
        (TransportErrorKind::Interrupted, true)
    );
    assert_discreet(&error);
    assert_eq!(download.chunk().await.unwrap(), None);
    assert_eq!(server.requests().len(), 3);
}

#[tokio::test]
async fn only_the_read_timeout_applies_to_a_download() {
    let head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
    let server = Server::script([Reply::drip(head, "1\r\nx\r\n", Duration::from_millis(60))]);
    let client = server.builder().read_timeout(Duration::from_secs(5)).build().unwrap();
    let call = export(&client).timeout(Duration::from_millis(100)).deadline(Duration::from_millis(100));
    let mut download = call.await.unwrap();
    for _ in 0..3 {
        assert_eq!(download.chunk().await.unwrap().as_deref(), Some(&b"x"[..]));
    }

    let server = Server::script([Reply::hang(format!("{head}1\r\nx\r\n"))]);
    let client = server.builder().read_timeout(Duration::from_millis(100)).build().unwrap();
    let mut download = export(&client).await.unwrap();
    assert_eq!(download.chunk().await.unwrap().as_deref(), Some(&b"x"[..]));
    // The time between two calls of `chunk` does not count.
    tokio::time::sleep(Duration::from_millis(150)).await;
    let started = Instant::now();
    assert_eq!(kind(&download.chunk().await.unwrap_err()), TransportErrorKind::Timeout);
    assert!(started.elapsed() >= Duration::from_millis(90), "{:?}", started.elapsed());
}

#[tokio::test]
async fn the_response_limit_applies_to_a_body_in_memory() {
    let server = Server::script([with_headers(200, "", "123456789")]);
    let client = server.builder().response_limit(8).build().unwrap();
    assert_eq!(kind(&export(&client).await.unwrap().bytes().await.unwrap_err()), TransportErrorKind::TooLarge);
    assert_eq!(export(&client).await.unwrap().chunk().await.unwrap().as_deref(), Some(&b"123456789"[..]));
}

#[tokio::test]
async fn only_some_operations_accept_a_redirect() {
    let server = Server::script([with_headers(302, "Location: /elsewhere\r\n", "")]);
    let client = server.client();
    let call: Call<Redirect> = Call::redirect(&client, &CLAIM).segment("jane@example.com");
    assert_eq!(call.await.unwrap().location.as_deref(), Some("/elsewhere"));
    assert!(matches!(export(&client).await, Err(Error::Api(error)) if error.status() == 302));
}

#[cfg(feature = "blocking")]
#[test]
fn downloads_can_be_read_without_async() {
    let server = Server::script([with_headers(200, "", "text")]);
    let client = server.client();
    let download = || export(&client).wait().unwrap();
    let chunks: Vec<_> = download().wait().unwrap().map(Result::unwrap).collect();
    assert_eq!(chunks.concat(), b"text");
    assert_eq!(download().wait_bytes().unwrap(), "text");
    assert_eq!(download().wait_text().unwrap(), "text");
}
