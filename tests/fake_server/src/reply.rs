//! The replies sent by a server.

use std::time::Duration;

use bytes::Bytes;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// A reply: the bytes to send, and what to do with the connection afterwards.
#[derive(Clone, Debug)]
pub struct Reply {
    bytes: Bytes,
    then: AfterSend,
}

#[derive(Clone, Debug)]
enum AfterSend {
    Keep,
    Close,
    Reset,
    Shutdown,
    Hang,
    Repeat { bytes: Bytes, pause: Duration },
}

impl Reply {
    /// Creates a reply that sends the bytes and keeps the connection open.
    pub fn send(bytes: impl Into<Bytes>) -> Self {
        Self { bytes: bytes.into(), then: AfterSend::Keep }
    }

    /// Creates a reply that sends the bytes and closes the connection.
    pub fn close(bytes: impl Into<Bytes>) -> Self {
        Self { bytes: bytes.into(), then: AfterSend::Close }
    }

    /// Creates a reply that sends the bytes and resets the connection.
    pub fn reset(bytes: impl Into<Bytes>) -> Self {
        Self { bytes: bytes.into(), then: AfterSend::Reset }
    }

    /// Creates a reply that sends the bytes, shuts down the sending side, and waits until the client closes the connection.
    pub fn shutdown(bytes: impl Into<Bytes>) -> Self {
        Self { bytes: bytes.into(), then: AfterSend::Shutdown }
    }

    /// Creates a reply that sends the bytes and waits until the client closes the connection.
    pub fn hang(bytes: impl Into<Bytes>) -> Self {
        Self { bytes: bytes.into(), then: AfterSend::Hang }
    }

    /// Creates a reply that sends `first` once and then `repeated` forever, with a pause before each repetition.
    pub fn drip(first: impl Into<Bytes>, repeated: impl Into<Bytes>, pause: Duration) -> Self {
        Self { bytes: first.into(), then: AfterSend::Repeat { bytes: repeated.into(), pause } }
    }

    /// Returns whether the reply is a 429, which means that the server did not process the request.
    pub(crate) fn is_throttled(&self) -> bool {
        self.bytes.starts_with(b"HTTP/1.1 429")
    }

    /// Sends the reply. Returns whether the connection stays open.
    pub(crate) async fn send_to(self, stream: &mut TcpStream) -> bool {
        let mut sent = stream.write_all(&self.bytes).await;
        match self.then {
            AfterSend::Keep => return sent.is_ok(),
            AfterSend::Close => {}
            AfterSend::Reset => {
                if !self.bytes.is_empty() {
                    // A reset discards bytes that the client hasn't read yet. The pause gives the client time to read them.
                    tokio::time::sleep(Duration::from_millis(50)).await;
                }
                let _ = stream.set_zero_linger();
            }
            AfterSend::Shutdown => {
                let _ = stream.shutdown().await;
                wait_for_end(stream).await;
            }
            AfterSend::Hang => wait_for_end(stream).await,
            AfterSend::Repeat { bytes, pause } => {
                while sent.is_ok() {
                    tokio::time::sleep(pause).await;
                    sent = stream.write_all(&bytes).await;
                }
            }
        }
        false
    }
}

async fn wait_for_end(stream: &mut TcpStream) {
    while matches!(stream.read(&mut [0; 1024]).await, Ok(1..)) {}
}

/// Creates a reply with a JSON body.
pub fn json(status: u16, body: &str) -> Reply {
    with_headers(status, "Content-Type: application/json\r\n", body)
}

/// Creates a reply with the given headers, each of which must end with `\r\n`.
pub fn with_headers(status: u16, headers: &str, body: impl AsRef<[u8]>) -> Reply {
    let body = body.as_ref();
    let head = format!("HTTP/1.1 {status} Status\r\n{headers}Content-Length: {}\r\n\r\n", body.len());
    Reply::send([head.as_bytes(), body].concat())
}
