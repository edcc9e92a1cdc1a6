//! HTTP/2 faults, sent as hand-written frames because server libraries cannot produce them.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use talkable_api::{ClientBuilder, Error, TransportErrorKind};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

use crate::faults::Class;
use crate::{Found, assert_discreet, create, find, found, secrets, settings};

const BODY: &[u8] = br#"{"ok":true,"result":{"name":"Jane"}}"#;
const NO_ERROR: u8 = 0;
const INTERNAL_ERROR: u8 = 2;
const REFUSED_STREAM: u8 = 7;
const ENHANCE_YOUR_CALM: u8 = 11;

/// The server's reaction to a request.
#[derive(Clone, Copy, Debug)]
enum Act {
    Respond,
    /// Sends half of a response, and then resets the stream with this error code.
    Half(u8),
    /// Resets the stream with this error code.
    Reset(u8),
    /// Closes the connection, and reports the request as unprocessed.
    GoAwayUnread(u8),
    /// Closes the connection, and reports the request as processed.
    GoAwayRead(u8),
    /// Closes the connection without a GOAWAY frame.
    Close,
    /// Sends a frame for an unknown stream.
    Garbage,
    /// Sends nothing more over this connection, not even responses to PINGs.
    Silence,
    /// Ignores this request and all further requests over this connection, but responds to PINGs.
    Ignore,
    /// Responds after another stream of this connection was reset.
    RespondAfterReset,
    /// Sends interim responses until the connection is closed.
    Interim,
}

#[derive(Default)]
struct Counts {
    connections: AtomicUsize,
    received: AtomicUsize,
    processed: AtomicUsize,
}

async fn start(script: Vec<Act>) -> (String, Arc<Counts>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let counts = Arc::new(Counts::default());
    let (seen, script) = (Arc::clone(&counts), Arc::new(Mutex::new(script)));
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            seen.connections.fetch_add(1, Ordering::SeqCst);
            tokio::spawn(serve(stream, Arc::clone(&script), Arc::clone(&seen)));
        }
    });
    (url, counts)
}

/// Returns the next act of the script. The last act repeats.
fn next(script: &Mutex<Vec<Act>>) -> Act {
    let mut script = script.lock().unwrap();
    if script.len() > 1 { script.remove(0) } else { script[0] }
}

async fn serve(mut stream: TcpStream, script: Arc<Mutex<Vec<Act>>>, counts: Arc<Counts>) -> std::io::Result<()> {
    stream.read_exact(&mut [0; 24]).await?;
    stream.write_all(&frame(4, 0, 0, &[])).await?;
    let (mut is_ignoring, mut delayed) = (false, Vec::new());
    loop {
        let mut head = [0; 9];
        stream.read_exact(&mut head).await?;
        let length = usize::from(head[0]) << 16 | usize::from(head[1]) << 8 | usize::from(head[2]);
        let mut payload = vec![0; length];
        stream.read_exact(&mut payload).await?;
        let (kind, flags, id) = (head[3], head[4], u32::from_be_bytes([head[5], head[6], head[7], head[8]]));
        match kind {
            3 => {
                for id in delayed.drain(..) {
                    stream.write_all(&Act::Respond.frames(id)).await?;
                }
            }
            4 if flags & 1 == 0 => stream.write_all(&frame(4, 1, 0, &[])).await?,
            6 if flags & 1 == 0 => stream.write_all(&frame(6, 1, 0, &payload)).await?,
            // The frame contains headers or a part of the body, and is the last frame of its request.
            0 | 1 if flags & 1 == 1 => {
                let act = if is_ignoring { Act::Ignore } else { next(&script) };
                counts.received.fetch_add(1, Ordering::SeqCst);
                if !matches!(act, Act::Reset(REFUSED_STREAM) | Act::GoAwayUnread(_)) {
                    counts.processed.fetch_add(1, Ordering::SeqCst);
                }
                stream.write_all(&act.frames(id)).await?;
                match act {
                    Act::Silence => {
                        while stream.read(&mut [0; 1024]).await? > 0 {}
                        return Ok(());
                    }
                    Act::Ignore => is_ignoring = true,
                    Act::RespondAfterReset => delayed.push(id),
                    // Sends headers with the status 103.
                    Act::Interim => loop {
                        stream.write_all(&frame(1, 4, id, b"\x08\x03103").repeat(1000)).await?;
                    },
                    _ => {}
                }
                if act.ends_connection() {
                    // Let the client read everything before the connection is closed.
                    stream.shutdown().await?;
                    while stream.read(&mut [0; 1024]).await? > 0 {}
                    return Ok(());
                }
            }
            _ => {}
        }
    }
}

fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
    [&length[1..], &[kind, flags], &stream.to_be_bytes(), payload].concat()
}

impl Act {
    fn frames(self, id: u32) -> Vec<u8> {
        let headers = || frame(1, 4, id, &[0x88]);
        let reset = |code| frame(3, 0, id, &[0, 0, 0, code]);
        let go_away = |last: u32, code| frame(7, 0, 0, &[&last.to_be_bytes()[..], &[0, 0, 0, code]].concat());
        match self {
            Self::Respond => [headers(), frame(0, 1, id, BODY)].concat(),
            Self::Half(code) => [headers(), frame(0, 0, id, &BODY[..20]), reset(code)].concat(),
            Self::Reset(code) => reset(code),
            Self::GoAwayUnread(code) => go_away(0, code),
            Self::GoAwayRead(code) => go_away(id, code),
            Self::Close | Self::Silence | Self::Ignore | Self::RespondAfterReset | Self::Interim => Vec::new(),
            Self::Garbage => frame(0, 0, 98, BODY),
        }
    }

    fn ends_connection(self) -> bool {
        matches!(self, Self::GoAwayUnread(_) | Self::GoAwayRead(_) | Self::Close)
    }
}

async fn connect(script: &[Act]) -> (ClientBuilder, Arc<Counts>) {
    let (url, counts) = start(script.to_vec()).await;
    let http = || reqwest::Client::builder().http2_prior_knowledge();
    (settings().base_url(url).http_client_builder(http), counts)
}

/// Makes a call to a scripted server. Returns the result, and how many requests the server received and how many it processed.
async fn play(class: Class, script: &[Act]) -> (Result<Found, Error>, usize, usize) {
    let (builder, counts) = connect(script).await;
    let result = class.call(&builder.build().unwrap()).await;
    result.as_ref().err().into_iter().for_each(assert_discreet);
    (result, counts.received.load(Ordering::SeqCst), counts.processed.load(Ordering::SeqCst))
}

#[tokio::test]
async fn resends_requests_that_were_reported_unprocessed() {
    secrets::begin();
    for class in Class::ALL {
        for act in [Act::Reset(REFUSED_STREAM), Act::GoAwayUnread(NO_ERROR)] {
            let (result, received, processed) = play(class, &[act, Act::Respond]).await;
            assert_eq!((result.unwrap(), received, processed), (found(), 2, 1), "{class:?} {act:?}");
        }
        let (result, received, processed) = play(class, &[Act::Respond]).await;
        assert_eq!((result.unwrap(), received, processed), (found(), 1, 1), "{class:?}");
    }
    secrets::check();
}

#[tokio::test]
async fn retries_only_idempotent_requests_that_may_have_been_processed() {
    secrets::begin();
    for act in [
        Act::GoAwayRead(NO_ERROR),
        Act::GoAwayRead(INTERNAL_ERROR),
        Act::Reset(INTERNAL_ERROR),
        Act::Reset(ENHANCE_YOUR_CALM),
        Act::Half(INTERNAL_ERROR),
        Act::Half(REFUSED_STREAM),
        Act::Close,
        Act::Garbage,
    ] {
        for class in Class::ALL {
            let (result, received, processed) = play(class, &[act, Act::Respond]).await;
            if class == Class::RefusedOnly {
                let Err(Error::Transport(error)) = result else {
                    panic!("expected a transport error after {act:?}: {result:?}")
                };
                assert_eq!((error.kind(), error.info().attempts()), (TransportErrorKind::Interrupted, 1), "{act:?}");
                assert!(error.info().maybe_processed(), "{act:?}");
                assert_eq!((received, processed), (1, 1), "{act:?}");
            } else {
                assert_eq!((result.unwrap(), received), (found(), 2), "{class:?} {act:?}");
            }
        }
    }
    secrets::check();
}

#[tokio::test]
async fn gives_up_on_a_server_that_refuses_all_streams() {
    for class in Class::ALL {
        let (result, received, processed) = play(class, &[Act::Reset(REFUSED_STREAM)]).await;
        assert!(matches!(result, Err(Error::Transport(_))), "{class:?} {result:?}");
        assert!((1..=9).contains(&received) && processed == 0, "{class:?} {received} {processed}");
    }
}

/// PINGs detect the failure before the attempts time out.
#[tokio::test]
async fn abandons_a_silent_connection() {
    let calls = Class::ALL.map(|class| async move { (class, play(class, &[Act::Silence, Act::Respond]).await) });
    let [get, post, write] = calls;
    for (class, (result, received, _)) in <[_; 3]>::from(tokio::join!(get, post, write)) {
        if class == Class::RefusedOnly {
            let Err(Error::Transport(error)) = result else { panic!("expected a transport error: {result:?}") };
            assert_eq!((error.kind(), error.info().attempts()), (TransportErrorKind::Timeout, 1));
        } else {
            assert_eq!((result.unwrap(), received), (found(), 2), "{class:?}");
        }
    }
}

/// PINGs can't detect a connection over which the server responds only to PINGs.
#[tokio::test]
async fn does_not_reuse_a_connection_after_a_timeout() {
    let timeout = Duration::from_millis(500);
    let (builder, counts) = connect(&[Act::Respond, Act::Ignore, Act::Respond]).await;
    let client = builder.timeout(timeout).build().unwrap();
    assert_eq!(find(&client).await.unwrap(), found());
    let response = find(&client).response().await.unwrap();
    assert_eq!((response.value, response.info.attempts()), (found(), 2));
    assert_eq!((counts.received.load(Ordering::SeqCst), counts.connections.load(Ordering::SeqCst)), (3, 2));

    // A call that is not retried fails, but the next call succeeds.
    let (builder, counts) = connect(&[Act::Ignore, Act::Respond]).await;
    let client = builder.timeout(timeout).build().unwrap();
    let Err(Error::Transport(error)) = create(&client).await else { panic!("expected a transport error") };
    assert_eq!((error.kind(), error.info().attempts()), (TransportErrorKind::Timeout, 1));
    assert_eq!(create(&client).await.unwrap(), found());
    assert_eq!((counts.received.load(Ordering::SeqCst), counts.connections.load(Ordering::SeqCst)), (2, 2));
}

/// The HTTP client of the caller can have a timeout of its own.
#[tokio::test]
async fn does_not_reuse_a_connection_after_a_timeout_of_the_http_client() {
    let (builder, counts) = connect(&[Act::Ignore, Act::Respond]).await;
    let http = || reqwest::Client::builder().http2_prior_knowledge().timeout(Duration::from_millis(500));
    let client = builder.http_client_builder(http).build().unwrap();
    let response = find(&client).response().await.unwrap();
    assert_eq!((response.value, response.info.attempts()), (found(), 2));
    assert_eq!((counts.received.load(Ordering::SeqCst), counts.connections.load(Ordering::SeqCst)), (2, 2));
}

#[tokio::test]
async fn calls_that_time_out_together_share_the_new_connection() {
    let (builder, counts) = connect(&[Act::Respond, Act::Ignore, Act::Respond]).await;
    let client = builder.timeout(Duration::from_millis(500)).build().unwrap();
    find(&client).await.unwrap();
    let mut calls = JoinSet::new();
    for _ in 0..10 {
        calls.spawn(find(&client).send());
    }
    for result in calls.join_all().await {
        assert_eq!(result.unwrap(), found());
    }
    assert_eq!((counts.received.load(Ordering::SeqCst), counts.connections.load(Ordering::SeqCst)), (21, 2));
}

#[tokio::test]
async fn a_timeout_does_not_affect_other_calls_in_flight() {
    let (builder, counts) = connect(&[Act::RespondAfterReset, Act::Ignore, Act::Respond]).await;
    let client = builder.build().unwrap();
    let slow = tokio::spawn(create(&client).send());
    while counts.received.load(Ordering::SeqCst) == 0 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let response = find(&client).timeout(Duration::from_millis(500)).response().await.unwrap();
    assert_eq!(response.info.attempts(), 2);
    assert_eq!(slow.await.unwrap().unwrap(), found());
    assert_eq!((counts.received.load(Ordering::SeqCst), counts.connections.load(Ordering::SeqCst)), (3, 2));
}

#[tokio::test]
async fn endless_interim_responses_time_out() {
    let (builder, counts) = connect(&[Act::Interim, Act::Respond]).await;
    let client = builder.build().unwrap();
    let began = Instant::now();
    let response = find(&client).timeout(Duration::from_secs(2)).response().await.unwrap();
    assert_eq!((response.value, response.info.attempts()), (found(), 2));
    assert_eq!(counts.connections.load(Ordering::SeqCst), 2);
    assert!(began.elapsed() < Duration::from_secs(20), "{:?}", began.elapsed());
}
