//! A server that answers each request with the next reply of its script, and remembers what it was asked.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use talkable_api::{Client, ClientBuilder};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{JoinHandle, JoinSet};

use crate::KEY;

/// What the server does with one request.
#[derive(Clone)]
pub(crate) enum Reply {
    /// Sends this and keeps the connection.
    Send(Vec<u8>),
    /// Sends this and closes the connection.
    Cut(Vec<u8>),
    /// Sends this and resets the connection.
    Reset(Vec<u8>),
    /// Sends this, says that nothing more will come, and waits until the client has closed the connection, too.
    Close(Vec<u8>),
    /// Sends this and then nothing more.
    Hang(Vec<u8>),
    /// Sends the first once and then the second again and again, after a pause each time.
    Drip(Vec<u8>, Vec<u8>, Duration),
}

impl Reply {
    /// Whether it says that the request wasn't carried out. Of everything else a client has to fear that it was.
    fn is_refusal(&self) -> bool {
        let (Self::Send(bytes) | Self::Cut(bytes) | Self::Reset(bytes) | Self::Close(bytes) | Self::Hang(bytes)) = self
        else {
            return false;
        };
        bytes.starts_with(b"HTTP/1.1 429")
    }
}

/// A request as it came.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    /// `GET /path?query`
    pub(crate) line: String,
    pub(crate) head: String,
    pub(crate) body: String,
}

#[derive(Default)]
struct Counts {
    connections: AtomicUsize,
    closed: AtomicUsize,
    processed: AtomicUsize,
}

/// It runs until it is dropped.
pub(crate) struct Server {
    url: String,
    seen: Arc<Mutex<Vec<Seen>>>,
    counts: Arc<Counts>,
    task: JoinHandle<()>,
}

impl Server {
    /// Starts a server. The last reply of the script repeats.
    pub(crate) async fn start(script: impl IntoIterator<Item = Reply>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let seen = Arc::new(Mutex::new(Vec::new()));
        let script = Arc::new(script.into_iter().collect::<Vec<_>>());
        let counts = Arc::new(Counts::default());
        let task = tokio::spawn({
            let (seen, counts) = (Arc::clone(&seen), Arc::clone(&counts));
            async move {
                let mut open = JoinSet::new();
                while let Ok((stream, _)) = listener.accept().await {
                    counts.connections.fetch_add(1, Ordering::Relaxed);
                    open.spawn(serve(stream, Arc::clone(&script), Arc::clone(&seen), Arc::clone(&counts)));
                }
            }
        });
        Self { url, seen, counts, task }
    }

    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    pub(crate) fn builder(&self) -> ClientBuilder {
        Client::builder().api_key(KEY).site_slug("my-store").base_url(&self.url)
    }

    pub(crate) fn client(&self) -> Client {
        self.builder().build().unwrap()
    }

    pub(crate) fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }

    pub(crate) fn connections(&self) -> usize {
        self.counts.connections.load(Ordering::Relaxed)
    }

    /// How often a request came that wasn't refused with a 429.
    pub(crate) fn processed(&self) -> usize {
        self.counts.processed.load(Ordering::Relaxed)
    }

    /// Waits until a number of connections have been closed by both sides.
    pub(crate) async fn closed(&self, number: usize) {
        while self.counts.closed.load(Ordering::Relaxed) < number {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// A reply with a JSON body.
pub(crate) fn json(status: u16, body: &str) -> Reply {
    with_headers(status, "Content-Type: application/json\r\n", body)
}

/// A reply with headers of its own, each with its line break.
pub(crate) fn with_headers(status: u16, headers: &str, body: impl AsRef<[u8]>) -> Reply {
    let body = body.as_ref();
    let mut reply = format!("HTTP/1.1 {status} Status\r\n{headers}Content-Length: {}\r\n\r\n", body.len()).into_bytes();
    reply.extend_from_slice(body);
    Reply::Send(reply)
}

/// A good answer with the value that the tests look for.
pub(crate) fn good() -> Reply {
    json(200, r#"{"ok":true,"result":{"name":"Jane"}}"#)
}

async fn serve(mut stream: TcpStream, script: Arc<Vec<Reply>>, seen: Arc<Mutex<Vec<Seen>>>, counts: Arc<Counts>) {
    let mut buffer = Vec::new();
    while let Some(request) = read(&mut stream, &mut buffer).await {
        let reply = {
            let mut seen = seen.lock().unwrap();
            seen.push(request);
            script[(seen.len() - 1).min(script.len() - 1)].clone()
        };
        if !reply.is_refusal() {
            counts.processed.fetch_add(1, Ordering::Relaxed);
        }
        match reply {
            Reply::Send(bytes) => {
                if stream.write_all(&bytes).await.is_err() {
                    return;
                }
            }
            Reply::Cut(bytes) => {
                let _ = stream.write_all(&bytes).await;
                return;
            }
            Reply::Reset(bytes) => {
                let _ = stream.write_all(&bytes).await;
                if !bytes.is_empty() {
                    // A reset overtakes what the other side hasn't read yet.
                    tokio::time::sleep(Duration::from_millis(50)).await;
                }
                stream.set_zero_linger().unwrap();
                return;
            }
            Reply::Close(bytes) => {
                let _ = stream.write_all(&bytes).await;
                let _ = stream.shutdown().await;
                while fill(&mut stream, &mut buffer).await.is_some() {}
                counts.closed.fetch_add(1, Ordering::Relaxed);
                return;
            }
            Reply::Hang(bytes) => {
                let _ = stream.write_all(&bytes).await;
                return std::future::pending().await;
            }
            Reply::Drip(first, again, pause) => {
                let mut sent = stream.write_all(&first).await;
                while sent.is_ok() {
                    tokio::time::sleep(pause).await;
                    sent = stream.write_all(&again).await;
                }
                return;
            }
        }
    }
}

/// Reads one request; what follows it stays in the buffer.
async fn read(stream: &mut TcpStream, buffer: &mut Vec<u8>) -> Option<Seen> {
    let head_end = loop {
        if let Some(at) = position(buffer, b"\r\n\r\n") {
            break at + 4;
        }
        fill(stream, buffer).await?;
    };
    let head = String::from_utf8_lossy(&buffer[..head_end]).into_owned();
    let length = head.lines().find_map(|line| line.to_ascii_lowercase().strip_prefix("content-length: ")?.parse().ok());
    let body_end = if head.to_ascii_lowercase().contains("transfer-encoding: chunked") {
        loop {
            if let Some(at) = position(&buffer[head_end..], b"\r\n0\r\n\r\n") {
                break head_end + at + 7;
            }
            fill(stream, buffer).await?;
        }
    } else {
        let body_end = head_end + length.unwrap_or(0_usize);
        while buffer.len() < body_end {
            fill(stream, buffer).await?;
        }
        body_end
    };
    let body = String::from_utf8_lossy(&buffer[head_end..body_end]).into_owned();
    buffer.drain(..body_end);
    let line = head.lines().next()?.trim_end_matches(" HTTP/1.1").to_owned();
    Some(Seen { line, head, body })
}

async fn fill(stream: &mut TcpStream, buffer: &mut Vec<u8>) -> Option<()> {
    let read = stream.read_buf(buffer).await.ok()?;
    (read > 0).then_some(())
}

fn position(text: &[u8], pattern: &[u8]) -> Option<usize> {
    text.windows(pattern.len()).position(|window| window == pattern)
}
