//! Serves connections, with limits, timeouts, faults and graceful shutdown.

use std::borrow::Cow;
use std::io;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use axum::Router;
use axum::extract::MatchedPath;
use axum::http::{Method, StatusCode};
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

use super::{check_host, normalize, router};
use crate::activity::{Exchange, RequestEntry, shorten};
use crate::faults::{Fault, Plan, broken_response};
use crate::pipeline::ClientIp;
use crate::shared::Shared;

const MAX_HEAD_BYTES: usize = 32 * 1024;

/// The channel that delivers `true` when the sandbox is stopped.
type Stop = watch::Receiver<bool>;

/// The time allowed for requests in flight to complete on shutdown.
const SHUTDOWN_GRACE: Duration = Duration::from_millis(1_500);

/// Serves connections until the sandbox is stopped, then waits for requests in flight.
pub(crate) async fn serve(listener: TcpListener, shared: Arc<Shared>, mut stop: Stop) {
    let router = router(&shared);
    let permits = Arc::new(Semaphore::new(shared.limits.connections));
    let mut connections = JoinSet::new();
    loop {
        while connections.try_join_next().is_some() {}
        let permit = Arc::clone(&permits).acquire_owned();
        let accepted = async { (permit.await, listener.accept().await) };
        tokio::select! {
            () = stopped(&mut stop) => break,
            (permit, accepted) = accepted => match accepted {
                Ok((stream, peer)) => {
                    let (router, shared, stop) = (router.clone(), Arc::clone(&shared), stop.clone());
                    connections.spawn(async move {
                        serve_connection(stream, ClientIp(peer.ip()), router, shared, stop).await;
                        drop(permit);
                    });
                }
                // The usual cause is too many open files, so retry after other connections have closed.
                Err(_) => tokio::time::sleep(Duration::from_millis(10)).await,
            },
        }
    }
    drop(listener);
    let all_closed = async { while connections.join_next().await.is_some() {} };
    // When this function returns, `connections` is dropped, which closes the remaining connections.
    let _ = tokio::time::timeout(SHUTDOWN_GRACE, all_closed).await;
}

async fn serve_connection(stream: TcpStream, ip: ClientIp, router: Router, shared: Arc<Shared>, mut stop: Stop) {
    let _ = stream.set_nodelay(true);
    let limits = shared.limits;
    let router = TowerToHyperService::new(router);
    let service = service_fn(move |mut request: hyper::Request<Incoming>| {
        request.extensions_mut().insert(ip);
        let (router, shared) = (router.clone(), Arc::clone(&shared));
        async move { respond(&router, &shared, request).await }
    });
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(limits.client_timeout);
    http.max_buf_size(MAX_HEAD_BYTES).half_close(false);
    let mut stream = Box::pin(TimeoutStream::new(stream));
    stream.as_mut().set_write_timeout_pinned(Some(limits.client_timeout));
    let connection = http.serve_connection(TokioIo::new(stream), service);
    tokio::pin!(connection);
    tokio::select! {
        _ = connection.as_mut() => {}
        () = stopped(&mut stop) => {
            connection.as_mut().graceful_shutdown();
            let _ = connection.await;
        }
    }
}

/// Responds to a request, and adds the request to the history and the log. If this fails, hyper closes the connection.
async fn respond(
    router: &TowerToHyperService<Router>,
    shared: &Shared,
    mut request: hyper::Request<Incoming>,
) -> io::Result<Response> {
    if let Err(error) = check_host(request.headers(), shared.required_host.as_deref()) {
        return Ok(error.into_response());
    }
    normalize(request.uri_mut(), &shared.base_path);
    // Requests from the page that shows the history are not added to it.
    let path = request.uri().path();
    let is_observed = path != "/" && !["/sandbox", "/api-docs"].iter().any(|prefix| path.starts_with(prefix));
    let (method, started) = (request.method().clone(), Instant::now());
    let (response, path, exchange) = exchange(router, shared, request).await;
    if is_observed {
        observe(shared, &method, path, started.elapsed(), response.as_ref().map(Response::status).ok(), exchange);
    }
    shared.responses_sent.fetch_add(u64::from(response.is_ok()), Ordering::Relaxed);
    response
}

/// Handles a request, with injected faults if it is an API request. Returns the response, the template of the path, and the
/// bodies.
async fn exchange(
    router: &TowerToHyperService<Router>,
    shared: &Shared,
    request: hyper::Request<Incoming>,
) -> (io::Result<Response>, Cow<'static, str>, Option<Exchange>) {
    let plan = request.uri().path().starts_with("/api/").then(|| shared.faults().plan());
    if let Some(Plan { latency, .. }) = plan
        && !latency.is_zero()
    {
        tokio::time::sleep(latency).await;
    }
    let mut response = match plan {
        Some(Plan { is_processed: false, .. }) => Response::default(),
        _ => router.call(request).await.unwrap_or_else(|never| match never {}),
    };
    let exchange = response.extensions_mut().remove::<Exchange>();
    let template = response.extensions().get::<MatchedPath>();
    let path = template.map_or(Cow::Borrowed("(other)"), |template| template.as_str().to_owned().into());
    let requested = response.extensions_mut().remove::<Fault>();
    let response = match requested.or_else(|| plan?.fault) {
        None => Ok(response),
        Some(Fault::ServerError(status)) => Ok(broken_response::server_error(status)),
        Some(Fault::Dropped) => Err(io::ErrorKind::ConnectionAborted.into()),
        Some(Fault::Truncated) => Ok(broken_response::truncated(response).await),
        Some(Fault::Trickled { bytes_per_second }) => Ok(broken_response::trickled(response, bytes_per_second).await),
    };
    (response, path, exchange)
}

fn observe(
    shared: &Shared,
    method: &Method,
    path: Cow<'static, str>,
    duration: Duration,
    status: Option<StatusCode>,
    exchange: Option<Exchange>,
) {
    let status = status.map(|status| status.as_u16());
    let (milliseconds, shown) = (duration.as_secs_f64() * 1_000.0, status.unwrap_or_default());
    tracing::info!(target: "talkable_sandbox::request", "{method} {path} {shown} in {milliseconds:.1} ms");
    let bodies = exchange.map_or_else(Default::default, |exchange| [exchange.request, exchange.response]);
    let [request, response] = &bodies;
    tracing::debug!(target: "talkable_sandbox::request", ?request, ?response);
    let bodies = bodies.each_ref().map(shorten);
    let (method, time) = (method.to_string(), shared.clock.now());
    shared.requests.add(|id| RequestEntry { id, time, method, path, status, duration, bodies });
}

/// Waits until the sandbox is stopped or dropped.
async fn stopped(stop: &mut Stop) {
    let _ = stop.wait_for(|stop| *stop).await;
}
