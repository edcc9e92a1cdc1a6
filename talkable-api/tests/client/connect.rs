//! Connections that cannot be established. No request is sent, so every operation is retried.

use std::time::Duration;

use talkable_api::{Error, TransportErrorKind};
use tokio::io::AsyncWriteExt as _;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{JoinHandle, JoinSet};

use crate::faults::Class;
use crate::{assert_discreet, secrets, settings};

/// How a server makes a TLS connection fail.
#[derive(Clone, Copy, Debug)]
enum Server {
    /// Nothing listens on the port.
    None,
    Silent,
    Closes,
    Resets,
    /// Replies in plain HTTP.
    Http,
    Garbage,
    /// Ends the handshake with an alert.
    Alert,
}

impl Server {
    const ALL: [Self; 7] =
        [Self::None, Self::Silent, Self::Closes, Self::Resets, Self::Http, Self::Garbage, Self::Alert];

    async fn serve(self, mut stream: TcpStream) {
        let response: &[u8] = match self {
            Self::None | Self::Closes => return,
            Self::Silent => return std::future::pending().await,
            Self::Resets => return stream.set_zero_linger().unwrap(),
            Self::Http => b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n",
            Self::Garbage => &[0xff; 100],
            Self::Alert => b"\x15\x03\x03\x00\x02\x02\x28",
        };
        let _ = stream.write_all(response).await;
        std::future::pending::<()>().await;
    }

    async fn start(self) -> (String, JoinHandle<()>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let task = tokio::spawn(async move {
            if matches!(self, Self::None) {
                return drop(listener);
            }
            let mut open = JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                open.spawn(self.serve(stream));
            }
        });
        (address, task)
    }
}

#[tokio::test]
async fn retries_connection_failures() {
    secrets::begin();
    let mut scenes = Vec::new();
    for (server, scheme) in Server::ALL.map(|server| (server, "https")).into_iter().chain([(Server::None, "http")]) {
        let (address, task) = server.start().await;
        let builder = settings().base_url(format!("{scheme}://{address}"));
        let client = builder.connect_timeout(Duration::from_secs(1)).build().unwrap();
        scenes.push((server, client, task));
    }
    let mut checks = JoinSet::new();
    for (server, client, _) in &scenes {
        for class in Class::ALL {
            let (server, client) = (*server, client.clone());
            checks.spawn(async move {
                let error = class.call(&client).await.unwrap_err();
                assert_discreet(&error);
                let is_retryable = error.is_retryable();
                let Error::Transport(error) = error else { panic!("{server:?}: {error:?}") };
                assert_eq!(
                    (error.kind(), error.info().attempts()),
                    (TransportErrorKind::Connect, 3),
                    "{server:?} {class:?}"
                );
                assert!(!error.info().maybe_processed() && is_retryable, "{server:?} {class:?}");
            });
        }
    }
    checks.join_all().await;
    for (_, _, task) in scenes {
        task.abort();
    }
    secrets::check();
}
