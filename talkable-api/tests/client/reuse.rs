//! Connections that fail when they are reused or written to.

use std::time::Duration;

use fake_server::{Reply, Server};
use talkable_api::{Call, Error, TransportErrorKind, Verdict};
use tokio::io::AsyncReadExt as _;
use tokio::net::TcpListener;
use tokio::task::JoinSet;

use crate::faults::Class;
use crate::{CREATE, Connect as _, Found, GOOD, UPDATE, assert_discreet, found, good, settings};

#[tokio::test]
async fn does_not_reuse_a_closed_connection() {
    for class in Class::ALL {
        let closing = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{GOOD}", GOOD.len());
        let server = Server::script([Reply::shutdown(closing), good()]);
        let client = server.client();
        assert_eq!(class.call(&client).await.unwrap(), found());
        server.closed(1).await;
        let response = class.call(&client).response().await.unwrap();
        assert_eq!((response.value, response.info.attempts()), (found(), 1), "{class:?}");
        assert_eq!((server.requests().len(), server.connections()), (2, 2), "{class:?}");
    }
}

/// The request counts as sent, because the server may have read it before the connection was lost.
#[tokio::test]
async fn a_request_counts_as_sent_if_a_reused_connection_is_lost() {
    for reply in [Reply::close(""), Reply::reset("")] {
        for class in Class::ALL {
            let server = Server::script([good(), reply.clone(), good()]);
            let client = server.client();
            assert_eq!(class.call(&client).await.unwrap(), found());
            let result = class.call(&client).response().await;
            if class == Class::RefusedOnly {
                let Err(Error::Transport(error)) = result else { panic!("expected a transport error: {result:?}") };
                assert!(error.info().maybe_processed());
                assert_eq!((error.kind(), error.info().attempts()), (TransportErrorKind::Interrupted, 1));
                assert_eq!((server.requests().len(), server.processed()), (2, 2));
            } else {
                let response = result.unwrap();
                assert_eq!(
                    (response.value, response.info.attempts(), server.requests().len()),
                    (found(), 2, 3),
                    "{class:?}"
                );
            }
        }
    }
}

/// Servers send a 408 if they close an idle connection while the next request arrives.
#[tokio::test]
async fn a_408_on_a_reused_connection_counts_as_a_lost_connection() {
    for class in Class::ALL {
        let timeout = "HTTP/1.1 408 Request Timeout\r\nConnection: close\r\nContent-Length: 0\r\n\r\n";
        let server = Server::script([good(), Reply::close(timeout), good()]);
        let client = server.client();
        assert_eq!(class.call(&client).await.unwrap(), found());
        let result = class.call(&client).response().await;
        if class == Class::RefusedOnly {
            let error = result.unwrap_err();
            assert_eq!((error.status(), error.verdict()), (Some(408), Verdict::MaybeProcessed));
        } else {
            let response = result.unwrap();
            assert_eq!((response.info.attempts(), server.connections()), (2, 2), "{class:?}");
        }
    }
}

/// How a server stops reading in the middle of a request.
#[derive(Clone, Copy, Debug)]
enum Stop {
    Silent,
    Closed,
    Reset,
}

#[tokio::test]
async fn a_server_that_stops_reading_is_an_error() {
    let mut checks = JoinSet::new();
    for (stop, kind) in [
        (Stop::Silent, TransportErrorKind::Timeout),
        (Stop::Closed, TransportErrorKind::Interrupted),
        (Stop::Reset, TransportErrorKind::Interrupted),
    ] {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let builder = settings().base_url(url);
        let timeout = if matches!(stop, Stop::Silent) { Duration::from_secs(1) } else { Duration::from_secs(60) };
        let client = builder.timeout(timeout).build().unwrap();
        let mut server = tokio::spawn(async move {
            let mut open = Vec::new();
            loop {
                let (mut stream, _) = listener.accept().await.unwrap();
                let _ = stream.read_exact(&mut [0; 1000]).await;
                match stop {
                    Stop::Silent => open.push(stream),
                    Stop::Closed => drop(stream),
                    Stop::Reset => stream.set_zero_linger().unwrap(),
                }
            }
        });
        checks.spawn(async move {
            // This string does not fit into the send and receive buffers.
            let long = "x".repeat(16_000_000);
            for (operation, attempts) in [(&UPDATE, 3), (&CREATE, 1)] {
                let call: Call<Found> = Call::enveloped(&client, operation);
                let call = if attempts == 3 { call.segment("jane@example.com") } else { call };
                let error = call.data(&long).await.unwrap_err();
                assert_discreet(&error);
                let Error::Transport(error) = error else { panic!("expected a transport error: {error:?}") };
                assert_eq!((error.kind(), error.info().attempts()), (kind, attempts), "{stop:?}");
                assert!(error.info().maybe_processed());
            }
            server.abort();
            let _ = (&mut server).await;
        });
    }
    checks.join_all().await;
}
