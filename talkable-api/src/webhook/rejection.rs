//! Rejected requests.

use std::borrow::Cow;
use std::fmt;

use crate::decode::location::{Mismatch, masked};

/// The rejection of a request. It can be converted to a [`Reply`](super::Reply).
///
/// It contains neither the security key nor the payload, only the location of the error in the payload.
#[derive(Clone, PartialEq, Eq)]
pub struct Rejection {
    kind: RejectionKind,
    reason: Cow<'static, str>,
    pointer: Option<String>,
}

/// The kind of a [`Rejection`]. Each kind has its own status.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum RejectionKind {
    /// 400: the body is not a webhook, or doesn't decode.
    Malformed,
    /// 401: the security key or the signature is missing or wrong.
    Unauthorized,
    /// 408: the body did not arrive in time.
    Timeout,
    /// 413: the body exceeds the size limit.
    TooLarge,
    /// 415: the content type is neither a form nor JSON, or the body is compressed.
    UnsupportedMediaType,
    /// 503: too many bodies are being read.
    Busy,
}

impl Rejection {
    /// The kind of the rejection.
    pub fn kind(&self) -> RejectionKind {
        self.kind
    }

    /// The status to reply with: 400, 401, 408, 413, 415 or 503.
    pub fn status(&self) -> u16 {
        match self.kind {
            RejectionKind::Malformed => 400,
            RejectionKind::Unauthorized => 401,
            RejectionKind::Timeout => 408,
            RejectionKind::TooLarge => 413,
            RejectionKind::UnsupportedMediaType => 415,
            RejectionKind::Busy => 503,
        }
    }

    /// The reason, such as `the security key is wrong`.
    pub fn reason(&self) -> &str {
        &self.reason
    }

    /// The JSON pointer to the location of the error, such as `/payload/reward/amount`, or `None` if the error has no location.
    /// `Display` and `Debug` mask parts of the pointer that may be personal data.
    pub fn pointer(&self) -> Option<&str> {
        self.pointer.as_deref()
    }

    pub(super) fn malformed(reason: impl Into<Cow<'static, str>>) -> Self {
        Self::new(RejectionKind::Malformed, reason)
    }

    pub(super) fn missing_payload() -> Self {
        Self::malformed("the payload is missing")
    }

    /// Creates a rejection for a part of the body that can't be decoded. `part` is the JSON pointer to that part.
    pub(super) fn mismatch(part: &str, mismatch: Mismatch) -> Self {
        let Mismatch { pointer, reason } = mismatch;
        Self { pointer: Some(format!("{part}{pointer}")), ..Self::malformed(reason) }
    }

    /// Creates a rejection whose reason must not reveal the expected key or signature.
    pub(super) fn unauthorized(reason: &'static str) -> Self {
        Self::new(RejectionKind::Unauthorized, reason)
    }

    pub(super) fn too_large(limit: usize) -> Self {
        Self::new(RejectionKind::TooLarge, format!("the body is larger than {limit} bytes"))
    }

    pub(super) fn unsupported_media_type() -> Self {
        let reason = "the content type is neither application/x-www-form-urlencoded nor application/json";
        Self::new(RejectionKind::UnsupportedMediaType, reason)
    }

    pub(super) fn compressed() -> Self {
        let reason = "the body is compressed with gzip; help: decompress it first";
        Self::new(RejectionKind::UnsupportedMediaType, reason)
    }

    #[cfg(feature = "webhook-axum")]
    pub(super) fn timeout() -> Self {
        Self::new(RejectionKind::Timeout, "the body did not arrive in time")
    }

    #[cfg(feature = "webhook-axum")]
    pub(super) fn busy() -> Self {
        Self::new(RejectionKind::Busy, "too many bodies are being read")
    }

    fn new(kind: RejectionKind, reason: impl Into<Cow<'static, str>>) -> Self {
        Self { kind, reason: reason.into(), pointer: None }
    }
}

impl fmt::Display for Rejection {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "webhook rejected with status {}: ", self.status())?;
        match self.pointer.as_deref() {
            Some(pointer) if !pointer.is_empty() => write!(formatter, "at {}: {}", masked(pointer), self.reason),
            _ => formatter.write_str(&self.reason),
        }
    }
}

/// Masks the same parts of the JSON pointer as `Display`.
impl fmt::Debug for Rejection {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let pointer = self.pointer.as_deref().map(masked);
        let mut shown = formatter.debug_struct("Rejection");
        shown.field("kind", &self.kind).field("reason", &self.reason).field("pointer", &pointer).finish()
    }
}

impl std::error::Error for Rejection {}
