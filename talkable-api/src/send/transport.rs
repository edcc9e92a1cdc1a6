//! The only I/O of the crate: one request out, one answer in, within a time and a size.
//!
//! The status comes first. Once it says no, trouble with the body doesn't hide it: an HTML page, a body that breaks off
//! or one without end are still an answer with that status.
//!
//! ```
//! # use std::time::Duration;
//! # use talkable_api::Client;
//! let client = Client::builder()
//!     .api_key("a-key-of-your-site")
//!     .site_slug("my-store")
//!     .timeout(Duration::from_secs(10))
//!     .response_limit(1024 * 1024)
//!     .build()?;
//! # Ok::<(), talkable_api::Error>(())
//! ```

use std::time::Duration;

use bytes::Bytes;
use reqwest::Response;
use reqwest::header::HeaderMap;
use tokio::time::{Instant, timeout_at};

use crate::error::{AttemptError, TransportErrorKind};
use crate::send::retry_loop::{RawResponse, timed_out};

/// How much of the body of a refusal is read.
const REFUSAL_LIMIT: usize = 2 * 1024 * 1024;

/// How much memory is set aside because an answer says how long it is, before that much of it is there.
const MOST_DECLARED: usize = 1024 * 1024;

/// The header with the name of a request.
pub(crate) const REQUEST_ID: &str = "x-request-id";

/// Names of requests are a few dozen characters long.
const LONGEST_REQUEST_ID: usize = 200;

/// What one attempt may take.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    pub(crate) read_timeout: Duration,
    pub(crate) response_limit: usize,
}

/// Waits for an answer, which lets the request be sent, and reads it.
pub(crate) async fn exchange(
    answer: impl Future<Output = reqwest::Result<Response>>,
    end: Instant,
    limits: Limits,
) -> Result<RawResponse, AttemptError> {
    let mut response = timeout_at(end, answer).await.map_err(|_| timed_out())??;
    let status = response.status();
    let headers = std::mem::take(response.headers_mut());
    let mut body = Body::default();
    let limit = if status.is_success() { limits.response_limit } else { limits.response_limit.min(REFUSAL_LIMIT) };
    match body.read(&mut response, end, limits.read_timeout, limit).await {
        Err(mut fault) if status.is_success() => {
            fault.request_id = request_id(&headers).map(Box::from);
            Err(fault)
        }
        Ok(()) | Err(_) => Ok(RawResponse { status, headers, body: body.into_bytes() }),
    }
}

/// The name that the server, or a proxy in front of it, gave to the request.
///
/// It is shown in errors and logs, so what doesn't look like such a name, an e-mail address for one, doesn't count.
pub(crate) fn request_id(headers: &HeaderMap) -> Option<&str> {
    let text = headers.get(REQUEST_ID)?.to_str().ok()?;
    let is_name = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.:/+=".contains(&byte);
    (text.len() <= LONGEST_REQUEST_ID && text.bytes().all(is_name)).then_some(text)
}

/// A body as it comes in. Most consist of one piece, which isn't copied.
#[derive(Default)]
struct Body {
    first: Bytes,
    more: Vec<u8>,
}

impl Body {
    async fn read(
        &mut self,
        response: &mut Response,
        end: Instant,
        idle: Duration,
        limit: usize,
    ) -> Result<(), AttemptError> {
        let declared = response.content_length().and_then(|length| usize::try_from(length).ok()).unwrap_or_default();
        loop {
            let idle_end = Instant::now().checked_add(idle).map_or(end, |idle_end| idle_end.min(end));
            let chunk = timeout_at(idle_end, response.chunk()).await.map_err(|_| timed_out())??;
            let Some(chunk) = chunk else { return Ok(()) };
            // What is counted is decoded: a small body that unpacks into a large one is a large one.
            let room = limit - self.len();
            self.push(chunk.slice(..chunk.len().min(room)), declared.min(MOST_DECLARED).min(limit));
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
