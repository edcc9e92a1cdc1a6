//! Responses whose bodies the caller reads in chunks.

use std::fmt;
use std::future::poll_fn;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::{Bytes, BytesMut};
use futures_core::Stream;
use reqwest::StatusCode;
use reqwest::header::CONTENT_TYPE;

use crate::call_info::CallInfo;
use crate::error::{AttemptError, DecodeError, Error, TransportError, TransportErrorKind};
use crate::send::{BodyChunks, DecodableResponse};

/// The body of a response that is not JSON, such as an image or plain text. It is a [`Stream`] of chunks.
///
/// The call completes when the headers arrive, and its timeout and deadline do not apply to the body. The time between two
/// chunks is limited by [`read_timeout`](crate::ClientBuilder::read_timeout). Dropping the download cancels it.
#[must_use = "the body is not read unless the download is used"]
pub struct Download {
    content_type: Option<String>,
    status: StatusCode,
    /// The information about the call, for errors.
    info: CallInfo,
    /// The rest of the body, or `None` after its end or an error.
    chunks: Option<Box<BodyChunks>>,
}

impl Download {
    pub(super) fn new(response: &mut DecodableResponse) -> Self {
        // The server has begun to respond, so the request may have been processed even if the body fails.
        let mut info = response.info();
        info.stats.maybe_processed = true;
        let content_type = response.raw.headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
        Self {
            content_type: content_type.map(str::to_owned),
            status: response.raw.status,
            info,
            chunks: response.raw.body.take_chunks(),
        }
    }

    /// The `Content-Type` of the response.
    #[must_use]
    pub fn content_type(&self) -> Option<&str> {
        self.content_type.as_deref()
    }

    /// Returns the next chunk, or `None` after the end of the body.
    ///
    /// # Errors
    ///
    /// [`Error::Transport`] if the connection is lost or the read timeout expires.
    pub async fn chunk(&mut self) -> Result<Option<Bytes>, Error> {
        poll_fn(|context| Pin::new(&mut *self).poll_next(context)).await.transpose()
    }

    /// Reads the rest of the body into memory.
    ///
    /// # Errors
    ///
    /// Returns the same errors as [`chunk`](Self::chunk), and an error if the body exceeds
    /// [`response_limit`](crate::ClientBuilder::response_limit).
    pub async fn bytes(mut self) -> Result<Bytes, Error> {
        let Some((limit, server)) = self.chunks.as_ref().map(|it| (it.limits.size, it.server.clone())) else {
            return Ok(Bytes::new());
        };
        let mut body = BytesMut::new();
        while let Some(chunk) = self.chunk().await? {
            if chunk.len() > limit - body.len() {
                return Err(self.error(AttemptError::new(TransportErrorKind::TooLarge), server));
            }
            body.extend_from_slice(&chunk);
        }
        Ok(body.freeze())
    }

    /// Reads the rest of the body into memory as UTF-8.
    ///
    /// # Errors
    ///
    /// Returns the same errors as [`bytes`](Self::bytes), and [`Error::Decode`] if the body is not UTF-8.
    pub async fn text(self) -> Result<String, Error> {
        let (status, info) = (self.status, self.info.clone());
        String::from_utf8(self.bytes().await?.into()).map_err(|error| {
            let body = error.into_bytes().into();
            Error::Decode(Box::new(DecodeError::of_body(info, status, body, "the body is not UTF-8", false)))
        })
    }

    fn error(&self, error: AttemptError, server: String) -> Error {
        let AttemptError { kind, source, .. } = error;
        Error::Transport(Box::new(TransportError { info: self.info.clone(), kind, server, source }))
    }
}

impl Stream for Download {
    type Item = Result<Bytes, Error>;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let download = self.get_mut();
        let Some(chunks) = &mut download.chunks else { return Poll::Ready(None) };
        let chunk = ready!(chunks.poll_next(context));
        Poll::Ready(match chunk {
            Some(Ok(chunk)) => Some(Ok(chunk)),
            Some(Err(error)) => {
                let server = std::mem::take(&mut chunks.server);
                download.chunks = None;
                Some(Err(download.error(error, server)))
            }
            None => {
                download.chunks = None;
                None
            }
        })
    }
}

impl fmt::Debug for Download {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Download").field("content_type", &self.content_type).finish_non_exhaustive()
    }
}
