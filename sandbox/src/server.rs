//! Connections: how many at once, how long each may take to say something, and how they end.

use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use axum::Router;
use axum::response::{IntoResponse as _, Response};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::{Service as _, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;
use tokio_io_timeout::TimeoutStream;

use crate::host;
use crate::pipeline::Caller;
use crate::router::router;
use crate::sandbox::Shared;
use crate::trouble::{Fate, Plan, wire};

/// What a client can take of the sandbox.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    pub(crate) connections: usize,
    /// The longest that a head or a body may take to arrive, that a connection may idle, and that an answer may wait to be
    /// read.
    pub(crate) patience: Duration,
    /// The most bytes of a head.
    pub(crate) head: usize,
    /// The most bytes of a body in JSON.
    pub(crate) body: usize,
    /// The most bytes of a body with a file.
    pub(crate) upload: usize,
    /// How many bodies of more than 64 KiB are read at the same time.
    pub(crate) large_bodies: usize,
    /// The most bytes that a site remembers.
    pub(crate) state: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: 1024,
            patience: Duration::from_secs(30),
            head: 32 * 1024,
            body: 2 * 1024 * 1024,
            upload: 10 * 1024 * 1024,
            large_bodies: 8,
            state: 64 * 1024 * 1024,
        }
    }
}

/// The time that open requests have to end when the sandbox stops.
const GRACE: Duration = Duration::from_secs(5);

/// Serves until it is told to stop, and then ends what is open.
pub(crate) async fn serve(listener: TcpListener, shared: Arc<Shared>, mut stop: watch::Receiver<bool>) {
    let (limits, router) = (shared.limits, router(&shared));
    let places = Arc::new(Semaphore::new(limits.connections));
    let mut connections = JoinSet::new();
    loop {
        while connections.try_join_next().is_some() {}
        let place = Arc::clone(&places).acquire_owned();
        let accepted = async { (place.await, listener.accept().await) };
        tokio::select! {
            () = told_to(&mut stop) => break,
            (place, accepted) = accepted => match accepted {
                Ok((stream, peer)) => {
                    let (router, shared, stop) = (router.clone(), Arc::clone(&shared), stop.clone());
                    connections.spawn(async move {
                        converse(stream, peer, router, shared, stop).await;
                        drop(place);
                    });
                }
                // Too many open files, as a rule: others will be closed.
                Err(_) => tokio::time::sleep(Duration::from_millis(10)).await,
            },
        }
    }
    drop(listener);
    let all = async { while connections.join_next().await.is_some() {} };
    // Whoever is still open then is cut off with the set.
    let _ = tokio::time::timeout(GRACE, all).await;
}

async fn converse(
    stream: TcpStream,
    peer: SocketAddr,
    router: Router,
    shared: Arc<Shared>,
    mut stop: watch::Receiver<bool>,
) {
    // A small answer shouldn't wait for the next one.
    let _ = stream.set_nodelay(true);
    let limits = shared.limits;
    let router = TowerToHyperService::new(router);
    let service = service_fn(move |mut request: hyper::Request<Incoming>| {
        request.extensions_mut().insert(Caller(peer.ip()));
        let (router, shared) = (router.clone(), Arc::clone(&shared));
        async move { answer(&router, &shared, request).await }
    });
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(limits.patience).max_buf_size(limits.head).half_close(false);
    let mut stream = Box::pin(TimeoutStream::new(stream));
    stream.as_mut().set_write_timeout_pinned(Some(limits.patience));
    let connection = http.serve_connection(TokioIo::new(stream), service);
    tokio::pin!(connection);
    tokio::select! {
        // A connection that breaks is its client's affair.
        _ = connection.as_mut() => {}
        () = told_to(&mut stop) => {
            connection.as_mut().graceful_shutdown();
            let _ = connection.await;
        }
    }
}

/// There is no answer: the connection ends.
#[derive(Debug)]
struct Dropped;

impl fmt::Display for Dropped {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("dropped on demand")
    }
}

impl std::error::Error for Dropped {}

/// The answer to a request, with the trouble that was asked for. Only the API has any.
async fn answer(
    router: &TowerToHyperService<Router>,
    shared: &Shared,
    request: hyper::Request<Incoming>,
) -> Result<Response, Dropped> {
    if let Some(own) = &shared.only_called
        && let Err(refusal) = host::check(request.headers(), own)
    {
        return Ok(refusal.into_response());
    }
    let is_api = request.uri().path().starts_with("/api/");
    let Plan { latency, fate } = if is_api { shared.troubles.plan() } else { Plan::NONE };
    if !latency.is_zero() {
        tokio::time::sleep(latency).await;
    }
    let ask = async { router.call(request).await.unwrap_or_else(|never| match never {}) };
    let response = match fate {
        Fate::Answered => ask.await,
        Fate::ServerError { status, is_carried_out } => {
            if is_carried_out {
                ask.await;
            }
            wire::server_error(status)
        }
        Fate::Dropped { is_carried_out } => {
            if is_carried_out {
                ask.await;
            }
            return Err(Dropped);
        }
        Fate::Truncated => wire::truncated(ask.await).await,
        Fate::Trickled { bytes_per_second } => wire::trickled(ask.await, bytes_per_second).await,
    };
    shared.answered.fetch_add(1, Ordering::Relaxed);
    Ok(response)
}

/// Waits for the word to stop. That there is nobody left to say it means the same.
async fn told_to(stop: &mut watch::Receiver<bool>) {
    let _ = stop.wait_for(|stop| *stop).await;
}
