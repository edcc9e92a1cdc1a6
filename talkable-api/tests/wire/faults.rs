//! What the tables of faults in `matrix.rs` leave open: limits, and what an error keeps of a broken answer.

use std::time::{Duration, Instant};

use talkable_api::{Error, TransportErrorKind};

use crate::server::{Reply, Server, good};
use crate::{assert_discreet, create, find, found};

const OK_HEAD: &str = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n";
const SHORT: Duration = Duration::from_millis(60);

fn kind(error: &Error) -> TransportErrorKind {
    assert_discreet(error);
    let Error::Transport(error) = error else { panic!("there was no answer: {error:?}") };
    error.kind()
}

#[tokio::test]
async fn a_trickle_does_not_outlast_the_timeout() {
    let head = format!("{OK_HEAD}Content-Length: 1000000\r\n\r\n");
    let server = Server::start([Reply::Drip(head.into_bytes(), b"1".to_vec(), Duration::from_millis(10))]).await;
    let client = server.builder().read_timeout(SHORT).build().unwrap();
    let start = Instant::now();
    let error = create(&client).timeout(SHORT * 3).await.unwrap_err();
    assert_eq!(kind(&error), TransportErrorKind::Timeout);
    assert!(start.elapsed() >= SHORT * 3 && start.elapsed() < Duration::from_secs(5));
}

#[tokio::test]
async fn the_deadline_ends_everything() {
    let server = Server::start([Reply::Hang(Vec::new())]).await;
    let start = Instant::now();
    let error = find(&server.client()).deadline(SHORT).await.unwrap_err();
    assert_eq!((kind(&error), error.attempts()), (TransportErrorKind::Timeout, 1));
    assert!(start.elapsed() < Duration::from_secs(5));
}

#[tokio::test]
async fn an_answer_beyond_the_limit_is_not_read_to_its_end() {
    let declared = format!("{OK_HEAD}Content-Length: 2000000000\r\n\r\n").into_bytes();
    let chunked = format!("{OK_HEAD}Transfer-Encoding: chunked\r\n\r\n").into_bytes();
    let chunk = [&b"4000\r\n"[..], &[b' '; 0x4000], b"\r\n"].concat();
    for reply in
        [Reply::Drip(declared, vec![b' '; 0x4000], Duration::ZERO), Reply::Drip(chunked, chunk, Duration::ZERO)]
    {
        let server = Server::start([reply]).await;
        let client = server.builder().response_limit(100_000).build().unwrap();
        let error = find(&client).await.unwrap_err();
        assert_eq!((kind(&error), error.attempts()), (TransportErrorKind::TooLarge, 1));
        assert!(error.to_string().contains("ClientBuilder::response_limit"));
    }
}

#[tokio::test]
async fn the_limit_is_the_last_byte_that_is_taken() {
    let body = r#"{"ok":true,"result":{"name":"Jane"}}"#;
    let server = Server::start([good()]).await;
    let client = |limit| server.builder().response_limit(limit).build().unwrap();
    assert_eq!(find(&client(body.len())).await.unwrap(), found());
    let error = find(&client(body.len() - 1)).await.unwrap_err();
    assert_eq!(kind(&error), TransportErrorKind::TooLarge);
}

#[tokio::test]
async fn a_refusal_is_one_whatever_its_body_does() {
    let head = "HTTP/1.1 400 Bad Request\r\n";
    let start = r#"{"ok":false,"#;
    for reply in [
        Reply::Cut(format!("{head}Content-Length: 100\r\n\r\n{start}").into_bytes()),
        Reply::Hang(format!("{head}Content-Length: 100\r\n\r\n{start}").into_bytes()),
        Reply::Drip(
            format!("{head}Transfer-Encoding: chunked\r\n\r\nc\r\n{start}\r\n").into_bytes(),
            [&b"4000\r\n"[..], &[b' '; 0x4000], b"\r\n"].concat(),
            Duration::ZERO,
        ),
    ] {
        let server = Server::start([reply]).await;
        let client = server.builder().read_timeout(SHORT).response_limit(100_000).build().unwrap();
        let error = find(&client).await.unwrap_err();
        assert_discreet(&error);
        let Error::Api(error) = error else { panic!("the status came: {error:?}") };
        assert_eq!((error.status(), error.attempts()), (400, 1));
        assert!(error.body().starts_with(start.as_bytes()) && error.body().len() <= 100_000);
    }
}
