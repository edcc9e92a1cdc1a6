//! The network I/O of one attempt, with time and size limits.

use std::fmt;
use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use futures_core::Stream;
use reqwest::{Response, Url};
use tokio::time::{Instant, Sleep, sleep, timeout_at};

use super::key::ApiKey;
use super::pools::Pool;
use super::response::{RawResponse, ResponseBody, request_id};
use crate::decode::json_depth;
use crate::error::{AttemptError, TransportErrorKind};

/// The maximum number of bytes in the body of an error response.
const ERROR_BODY_LIMIT: usize = 2 * 1024 * 1024;

/// The maximum number of bytes to allocate for a `Content-Length` before the body arrives.
const MAX_PREALLOCATED: usize = 1024 * 1024;

/// The limits on responses.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ResponseLimits {
    /// The maximum time between two chunks of the body.
    pub(crate) read_timeout: Duration,
    /// The maximum number of bytes in the body, after decompression.
    pub(crate) size: usize,
    /// The maximum nesting depth of the body.
    pub(crate) json_depth: usize,
}

impl Default for ResponseLimits {
    fn default() -> Self {
        Self { read_timeout: Duration::from_secs(20), size: 16 * 1024 * 1024, json_depth: json_depth::MAX }
    }
}

/// Sends a request and reads its response. Times out at `end`.
///
/// If the body of an error response is incomplete, the result contains the bytes received so far. The body of a `download` is not
/// read.
pub(super) async fn exchange(
    (sending, pool): &mut (impl Future<Output = reqwest::Result<Response>> + Unpin, Arc<Pool>),
    end: Instant,
    limits: &ResponseLimits,
    key: Arc<ApiKey>,
    is_download: bool,
) -> Result<RawResponse, AttemptError> {
    let response = timeout_at(end, sending).await.map_err(AttemptError::from);
    let response = response.and_then(|response| response.map_err(AttemptError::from));
    let mut response = response.inspect_err(|error| pool.failed(error))?;
    pool.responded(response.version());
    let status = response.status();
    let headers = std::mem::take(response.headers_mut());
    if is_download && status.is_success() {
        let body = ResponseBody::Chunks(Box::new(BodyChunks::new(response, *limits, Arc::clone(pool))));
        return Ok(RawResponse { status, headers, body, key });
    }
    let mut body = BodyBuffer::default();
    let limit = if status.is_success() { limits.size } else { limits.size.min(ERROR_BODY_LIMIT) };
    let result = body.read(&mut response, &end, &limits.read_timeout, limit).await;
    match result.inspect_err(|error| pool.failed(error)) {
        Err(mut error) if status.is_success() => {
            error.request_id = request_id(&headers, &key);
            Err(error)
        }
        Ok(()) | Err(_) => Ok(RawResponse { status, headers, body: ResponseBody::Read(body.into_bytes()), key }),
    }
}

/// Returns the host and port of a URL, such as `example.com:443`.
pub(super) fn address(url: &Url) -> String {
    format!("{}:{}", url.host_str().unwrap_or_default(), url.port_or_known_default().unwrap_or_default())
}

/// The body of a response, read in chunks.
pub(crate) struct BodyChunks {
    stream: Pin<Box<dyn Stream<Item = reqwest::Result<Bytes>> + Send>>,
    /// The timer of the chunk that the caller waits for.
    timer: Option<Pin<Box<Sleep>>>,
    pub(crate) limits: ResponseLimits,
    /// The server's host and port.
    pub(crate) server: String,
    pool: Arc<Pool>,
}

impl BodyChunks {
    fn new(response: Response, limits: ResponseLimits, pool: Arc<Pool>) -> Self {
        let server = address(response.url());
        Self { stream: Box::pin(response.bytes_stream()), timer: None, limits, server, pool }
    }

    pub(crate) fn poll_next(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<Bytes, AttemptError>>> {
        if let Poll::Ready(chunk) = self.stream.as_mut().poll_next(context) {
            self.timer = None;
            return Poll::Ready(chunk.map(|chunk| chunk.map_err(AttemptError::from)));
        }
        let timer = self.timer.get_or_insert_with(|| Box::pin(sleep(self.limits.read_timeout)));
        ready!(timer.as_mut().poll(context));
        self.pool.timed_out();
        Poll::Ready(Some(Err(AttemptError::new(TransportErrorKind::Timeout))))
    }
}

impl fmt::Debug for BodyChunks {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("BodyChunks").field("limits", &self.limits).finish_non_exhaustive()
    }
}

/// A partially received body. Most bodies consist of one chunk, which is not copied.
#[derive(Default)]
struct BodyBuffer {
    first: Bytes,
    more: Vec<u8>,
}

impl BodyBuffer {
    /// Reads the rest of the body. The arguments are references, to keep the future small.
    async fn read(
        &mut self,
        response: &mut Response,
        end: &Instant,
        idle: &Duration,
        limit: usize,
    ) -> Result<(), AttemptError> {
        let declared = response.content_length().and_then(|length| usize::try_from(length).ok()).unwrap_or_default();
        loop {
            let mut next = pin!(response.chunk());
            let chunk = match poll_fn(|context| Poll::Ready(next.as_mut().poll(context))).await {
                Poll::Ready(chunk) => chunk?,
                // A timer is needed only if the chunk has not arrived yet.
                Poll::Pending => {
                    let idle_end = Instant::now().checked_add(*idle).map_or(*end, |idle_end| idle_end.min(*end));
                    timeout_at(idle_end, next).await??
                }
            };
            let Some(chunk) = chunk else { return Ok(()) };
            // The limit applies to decompressed bytes, which defeats decompression bombs.
            let room = limit - self.len();
            self.push(chunk.slice(..chunk.len().min(room)), declared.min(MAX_PREALLOCATED).min(limit));
            if chunk.len() > room {
                return Err(AttemptError::new(TransportErrorKind::TooLarge));
            }
        }
    }

    fn len(&self) -> usize {
        self.first.len().max(self.more.len())
    }

    fn push(&mut self, chunk: Bytes, declared: usize) {
        if self.first.is_empty() {
            self.first = chunk;
            return;
        }
        if self.more.is_empty() {
            self.more.reserve(declared.max(self.first.len() + chunk.len()));
            self.more.extend_from_slice(&self.first);
        }
        self.more.extend_from_slice(&chunk);
    }

    fn into_bytes(self) -> Bytes {
        if self.more.is_empty() { self.first } else { self.more.into() }
    }
}
