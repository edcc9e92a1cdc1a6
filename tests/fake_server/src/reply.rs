//! What the server does with a request.

use std::time::Duration;

use bytes::Bytes;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// The bytes that the server sends, and what it does with the connection then.
#[derive(Clone, Debug)]
pub struct Reply {
    bytes: Bytes,
    then: Then,
}

#[derive(Clone, Debug)]
enum Then {
    Keep,
    Close,
    Reset,
    Shutdown,
    Hang,
    Repeat { bytes: Bytes, pause: Duration },
}

impl Reply {
    /// Sends this and keeps the connection.
    pub fn send(bytes: impl Into<Bytes>) -> Self {
        Self { bytes: bytes.into(), then: Then::Keep }
    }

    /// Sends this and closes the connection.
    pub fn close(bytes: impl Into<Bytes>) -> Self {
        Self { bytes: bytes.into(), then: Then::Close }
    }

    /// Sends this and resets the connection.
    pub fn reset(bytes: impl Into<Bytes>) -> Self {
        Self { bytes: bytes.into(), then: Then::Reset }
    }

    /// Sends this, shuts down its side, and waits until the client has closed the connection.
    pub fn shutdown(bytes: impl Into<Bytes>) -> Self {
        Self { bytes: bytes.into(), then: Then::Shutdown }
    }

    /// Sends this and then nothing more, until the client closes the connection.
    pub fn hang(bytes: impl Into<Bytes>) -> Self {
        Self { bytes: bytes.into(), then: Then::Hang }
    }

    /// Sends the first once and then the second again and again, with a pause before each.
    pub fn drip(first: impl Into<Bytes>, again: impl Into<Bytes>, pause: Duration) -> Self {
        Self { bytes: first.into(), then: Then::Repeat { bytes: again.into(), pause } }
    }

    /// Whether it is a 429, which says that the request was not carried out.
    pub(crate) fn is_refusal(&self) -> bool {
        self.bytes.starts_with(b"HTTP/1.1 429")
    }

    /// Sends the reply. Returns whether the connection takes another request.
    pub(crate) async fn send_to(self, stream: &mut TcpStream) -> bool {
        let mut sent = stream.write_all(&self.bytes).await;
        match self.then {
            Then::Keep => return sent.is_ok(),
            Then::Close => {}
            Then::Reset => {
                if !self.bytes.is_empty() {
                    // A reset overtakes what the other side hasn't read yet.
                    tokio::time::sleep(Duration::from_millis(50)).await;
                }
                let _ = stream.set_zero_linger();
            }
            Then::Shutdown => {
                let _ = stream.shutdown().await;
                wait_for_end(stream).await;
            }
            Then::Hang => wait_for_end(stream).await,
            Then::Repeat { bytes, pause } => {
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

/// A reply with a JSON body.
pub fn json(status: u16, body: &str) -> Reply {
    with_headers(status, "Content-Type: application/json\r\n", body)
}

/// A reply with headers of its own, each with its line break.
pub fn with_headers(status: u16, headers: &str, body: impl AsRef<[u8]>) -> Reply {
    let body = body.as_ref();
    let head = format!("HTTP/1.1 {status} Status\r\n{headers}Content-Length: {}\r\n\r\n", body.len());
    Reply::send([head.as_bytes(), body].concat())
}
