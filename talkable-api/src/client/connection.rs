//! Avoids dead connections: closes idle connections before the server does, and closes HTTP/2 connections if the server stops
//! responding.

use std::time::Duration;

use reqwest::ClientBuilder as HttpClientBuilder;

/// The time after which idle connections are closed.
///
/// Servers and proxies close idle connections after a minute or more. This time is shorter, because a request fails if
/// the server closes the connection while the request is being sent.
const POOL_IDLE: Duration = Duration::from_secs(30);

/// The time between two HTTP/2 PINGs while requests are in flight.
///
/// All requests to a server share one HTTP/2 connection. Without PINGs, each later request would also be sent over a connection
/// that no longer responds. The interval and the timeout together are shorter than the default timeout of an attempt.
const PING_INTERVAL: Duration = Duration::from_secs(10);

/// The time after which a connection is closed if the server does not respond to a PING.
const PING_TIMEOUT: Duration = Duration::from_secs(5);

/// Applies the settings for idle connections and for PINGs.
pub(super) fn settings(builder: HttpClientBuilder) -> HttpClientBuilder {
    let builder = builder.http2_keep_alive_interval(PING_INTERVAL).http2_keep_alive_timeout(PING_TIMEOUT);
    builder.pool_idle_timeout(POOL_IDLE)
}
