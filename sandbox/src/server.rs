//! Connections: how many at once, how long each may take to say something, and how they end.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;

use crate::pipeline::Caller;

/// What a client can take of the sandbox.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    pub(crate) connections: usize,
    /// The longest that a request's head may take, and that a connection may idle.
    pub(crate) head_time: Duration,
    /// The longest that a body may take to arrive.
    pub(crate) body_time: Duration,
    /// The most bytes of a head.
    pub(crate) head: usize,
    /// The most bytes of a body in JSON.
    pub(crate) body: usize,
    /// The most bytes of a body with a file.
    pub(crate) upload: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: 1024,
            head_time: Duration::from_secs(30),
            body_time: Duration::from_secs(30),
            head: 32 * 1024,
            body: 2 * 1024 * 1024,
            upload: 10 * 1024 * 1024,
        }
    }
}

/// The time that open requests have to end when the sandbox stops.
const GRACE: Duration = Duration::from_secs(5);

/// Serves until it is told to stop, and then ends what is open.
pub(crate) async fn serve(listener: TcpListener, router: Router, limits: Limits, mut stop: watch::Receiver<bool>) {
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
                    let (router, stop) = (router.clone(), stop.clone());
                    connections.spawn(async move {
                        converse(stream, peer, router, limits, stop).await;
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
    limits: Limits,
    mut stop: watch::Receiver<bool>,
) {
    let _ = stream.set_nodelay(true);
    let router = TowerToHyperService::new(router);
    let service = service_fn(move |mut request: hyper::Request<Incoming>| {
        request.extensions_mut().insert(Caller(peer.ip()));
        let answer = hyper::service::Service::call(&router, request);
        async move { Ok::<_, Infallible>(answer.await.unwrap_or_else(|never| match never {})) }
    });
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(limits.head_time).max_buf_size(limits.head).half_close(false);
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

/// Waits for the word to stop. That there is nobody left to say it means the same.
async fn told_to(stop: &mut watch::Receiver<bool>) {
    let _ = stop.wait_for(|stop| *stop).await;
}
