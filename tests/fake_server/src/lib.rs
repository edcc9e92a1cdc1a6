//! An HTTP/1.1 server for tests. It listens on a loopback socket, records every request, and sends the replies returned by its
//! handler.
//!
//! All servers in a process share one background thread, so a test can use any async runtime, or none.
//!
//! ```
//! use fake_server::{Reply, Server, json};
//!
//! // Resets the connection of the first request; all others succeed.
//! let server = Server::script([Reply::reset(""), json(200, r#"{"ok":true}"#)]);
//! assert!(server.url().starts_with("http://127.0.0.1:"));
//! assert!(server.requests().is_empty());
//! ```
#![allow(clippy::missing_panics_doc, reason = "a panic fails the test")]

mod reply;
mod request;

use std::future::{Future, ready};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, LazyLock, Mutex};
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::{Builder, Runtime};
use tokio::task::{AbortHandle, JoinSet};

pub use reply::{Reply, json, with_headers};
pub use request::Request;

static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| {
    let mut builder = Builder::new_multi_thread();
    builder.worker_threads(1).thread_name("fake-server").enable_all().build().expect("a runtime can be built")
});

/// A running server. Dropping it closes all connections.
#[derive(Debug)]
pub struct Server {
    url: String,
    log: Arc<Log>,
    task: AbortHandle,
}

#[derive(Debug, Default)]
struct Log {
    requests: Mutex<Vec<Request>>,
    processed: AtomicUsize,
    opened: AtomicUsize,
    closed: AtomicUsize,
}

impl Server {
    /// Starts a server that sends the given replies in order, one per request. The last reply is repeated for all further
    /// requests.
    pub fn script(replies: impl IntoIterator<Item = Reply>) -> Self {
        let replies: Vec<Reply> = replies.into_iter().collect();
        assert!(!replies.is_empty(), "a script has at least one reply");
        let next = AtomicUsize::new(0);
        Self::start(move |_| {
            let index = next.fetch_add(1, Ordering::Relaxed);
            ready(replies[index.min(replies.len() - 1)].clone())
        })
    }

    /// Starts a server with a handler that returns the reply to each request.
    pub fn start<F, R>(handler: F) -> Self
    where
        F: Fn(Request) -> R + Send + Sync + 'static,
        R: Future<Output = Reply> + Send + 'static,
    {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("loopback has a free port");
        listener.set_nonblocking(true).expect("a socket supports non-blocking mode");
        let url = format!("http://{}", listener.local_addr().expect("a bound socket has an address"));
        let (handler, log) = (Arc::new(handler), Arc::new(Log::default()));
        let task = RUNTIME.spawn({
            let log = Arc::clone(&log);
            async move {
                let listener = TcpListener::from_std(listener).expect("the runtime drives sockets");
                let mut connections = JoinSet::new();
                while let Ok((stream, _)) = listener.accept().await {
                    connections.spawn(serve(stream, Arc::clone(&handler), OpenConnection::new(&log)));
                    while connections.try_join_next().is_some() {}
                }
            }
        });
        Self { url, log, task: task.abort_handle() }
    }

    /// Returns the URL, `http://127.0.0.1:PORT` without a trailing slash.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Returns all requests so far, oldest first.
    pub fn requests(&self) -> Vec<Request> {
        self.log.requests.lock().expect("no thread panics while holding the lock").clone()
    }

    /// Removes and returns all recorded requests.
    pub fn take_requests(&self) -> Vec<Request> {
        std::mem::take(&mut self.log.requests.lock().expect("no thread panics while holding the lock"))
    }

    /// Returns the number of requests that did not get a 429. A client must assume that the server processed them.
    pub fn processed(&self) -> usize {
        self.log.processed.load(Ordering::SeqCst)
    }

    /// Returns the number of connections accepted so far.
    pub fn connections(&self) -> usize {
        self.log.opened.load(Ordering::SeqCst)
    }

    /// Returns the number of open connections.
    pub fn open_connections(&self) -> usize {
        let closed = self.log.closed.load(Ordering::SeqCst);
        self.connections() - closed
    }

    /// Waits until at least the given number of connections have been closed.
    pub async fn closed(&self, connections: usize) {
        while self.log.closed.load(Ordering::SeqCst) < connections {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// A guard that counts a connection as open until the guard is dropped.
struct OpenConnection(Arc<Log>);

impl OpenConnection {
    fn new(log: &Arc<Log>) -> Self {
        log.opened.fetch_add(1, Ordering::SeqCst);
        Self(Arc::clone(log))
    }
}

impl Drop for OpenConnection {
    fn drop(&mut self) {
        self.0.closed.fetch_add(1, Ordering::SeqCst);
    }
}

async fn serve<F, R>(mut stream: TcpStream, handler: Arc<F>, OpenConnection(ref log): OpenConnection)
where
    F: Fn(Request) -> R,
    R: Future<Output = Reply>,
{
    let _ = stream.set_nodelay(true);
    let mut buffer = Vec::new();
    while let Some(request) = request::read(&mut stream, &mut buffer).await {
        log.requests.lock().expect("no thread panics while holding the lock").push(request.clone());
        let reply = handler(request).await;
        if !reply.is_throttled() {
            log.processed.fetch_add(1, Ordering::SeqCst);
        }
        if !reply.send_to(&mut stream).await {
            return;
        }
    }
}
