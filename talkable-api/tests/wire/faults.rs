//! Everything that can go wrong on the wire, and how often the request was sent.

use std::time::{Duration, Instant};

use talkable_api::{Client, Error, TransportErrorKind};
use tokio::net::TcpListener;
use tokio::task::JoinSet;

use crate::server::{Reply, Server, good, json};
use crate::{KEY, assert_discreet, create, find, found};

const OK_HEAD: &str = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n";
const SHORT: Duration = Duration::from_millis(60);

fn kind(error: &Error) -> TransportErrorKind {
    assert_discreet(error);
    let Error::Transport(error) = error else { panic!("there was no answer: {error:?}") };
    error.kind()
}

/// Both classes meet each of the replies: the safe one is sent three times, the other once.
async fn check(replies: impl IntoIterator<Item = Reply>, expected: TransportErrorKind) {
    let mut scenes = Vec::new();
    for reply in replies {
        let server = Server::start([reply]).await;
        let client = server.builder().timeout(SHORT * 10).read_timeout(SHORT * 5).build().unwrap();
        scenes.push((server, client));
    }
    // Only now does time begin to count: loading certificates takes longer than a call.
    let mut checks = JoinSet::new();
    for (server, client) in scenes {
        checks.spawn(async move {
            let error = find(&client).await.unwrap_err();
            assert_eq!((kind(&error), error.attempts(), server.seen().len()), (expected, 3, 3), "{error:?}");
            let error = create(&client).await.unwrap_err();
            assert_eq!((kind(&error), error.attempts(), server.seen().len()), (expected, 1, 4), "{error:?}");
            assert!(matches!(error, Error::Transport(error) if error.maybe_executed()));
        });
    }
    checks.join_all().await;
}

#[tokio::test]
async fn a_refused_connection_was_not_sent_and_is_tried_again() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let client = Client::builder().api_key(KEY).site_slug("my-store").base_url(url).build().unwrap();
    for error in [find(&client).await.unwrap_err(), create(&client).await.unwrap_err()] {
        assert_eq!((kind(&error), error.attempts()), (TransportErrorKind::Connect, 3));
        assert!(matches!(error, Error::Transport(error) if !error.maybe_executed()));
    }
}

#[tokio::test]
async fn connections_that_break_at_any_place() {
    let texts = [
        String::new(),
        "HTTP/1.1 20".to_owned(),
        OK_HEAD.to_owned(),
        format!("{OK_HEAD}Content-Length: 100\r\n\r\n{{\"ok\":tr"),
        format!("{OK_HEAD}Transfer-Encoding: chunked\r\n\r\n5\r\n{{\"ok\""),
        format!("{OK_HEAD}Transfer-Encoding: chunked\r\n\r\nnot a length\r\n"),
        "this is no HTTP\r\n\r\n".to_owned(),
    ];
    check(texts.map(|text| Reply::Cut(text.into_bytes())), TransportErrorKind::Interrupted).await;
}

#[tokio::test]
async fn silence_at_any_place() {
    let texts = [String::new(), OK_HEAD.to_owned(), format!("{OK_HEAD}Content-Length: 100\r\n\r\n{{\"ok\":tr")];
    check(texts.map(|text| Reply::Hang(text.into_bytes())), TransportErrorKind::Timeout).await;
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

#[tokio::test]
async fn a_body_longer_than_it_says_is_cut_off_there() {
    let text = format!("{OK_HEAD}Content-Length: 36\r\n\r\n{{\"ok\":true,\"result\":{{\"name\":\"Jane\"}}}} and more");
    let server = Server::start([Reply::Cut(text.into_bytes())]).await;
    assert_eq!(find(&server.client()).await.unwrap(), found());
}

#[tokio::test]
async fn bodies_that_break_readers_are_decode_errors() {
    let deep = format!(r#"{{"ok":true,"result":{}"#, "[".repeat(100_000));
    let wide = format!(r#"{{"ok":true,"result":{{"name":{}}}}}"#, "9".repeat(400));
    for body in [&deep, &wide, "\u{feff}{\"ok\":true}", "{\"ok\":true,\"result\":{\"name\":\"\\ud800\"}}"] {
        let server = Server::start([json(200, body)]).await;
        let error = find(&server.client()).await.unwrap_err();
        assert!(matches!(error, Error::Decode(_)), "{error:?}");
    }
    let Reply::Send(mut invalid) = good() else { unreachable!("it is sent") };
    let at = invalid.len() - 5;
    invalid[at] = 0xff;
    let server = Server::start([Reply::Send(invalid)]).await;
    assert!(matches!(find(&server.client()).await, Err(Error::Decode(_))));
}

#[tokio::test]
async fn depth_in_what_nobody_reads_does_no_harm() {
    let new = format!("{}{}", "[".repeat(10_000), "]".repeat(10_000));
    let body = format!(r#"{{"ok":true,"new":{new},"result":{{"name":"Jane"}}}}"#);
    let server = Server::start([json(200, &body)]).await;
    assert_eq!(find(&server.client()).await.unwrap(), found());
}

#[tokio::test]
async fn interim_answers_are_passed_over() {
    let Reply::Send(good) = good() else { unreachable!("it is sent") };
    let text = ["HTTP/1.1 103 Early Hints\r\n\r\n".repeat(50).into_bytes(), good].concat();
    let server = Server::start([Reply::Send(text)]).await;
    assert_eq!(find(&server.client()).await.unwrap(), found());
}

#[tokio::test]
async fn a_handshake_that_fails_was_not_sent() {
    let server = Server::start([good()]).await;
    // The server waits for the rest of what it takes for a request.
    let builder = server.builder().base_url(server.url().replace("http:", "https:"));
    let error = create(&builder.connect_timeout(SHORT).build().unwrap()).await.unwrap_err();
    assert_eq!((kind(&error), error.attempts()), (TransportErrorKind::Connect, 3));
    assert!(matches!(error, Error::Transport(error) if !error.maybe_executed()));
}
