//! Why a delivery was not taken, and what to answer.
//!
//! ```
//! use talkable_api::webhook::{Delivery, Guard};
//!
//! let guard = Guard::new("the-security-key")?;
//! let rejection = Delivery::from_form(b"key=another&type=reward_web_hook&payload=%7B%7D", &guard).unwrap_err();
//! assert_eq!(rejection.status(), 401);
//! assert!(!rejection.to_string().contains("another"));
//! # Ok::<(), talkable_api::InvalidError>(())
//! ```

use std::borrow::Cow;
use std::fmt;

use crate::decode::location::{Mismatch, masked};

/// A delivery that was not taken. It holds neither the key nor anything of the payload but the place of a mistake.
///
/// ```
/// # fn example(rejection: &talkable_api::webhook::Rejection) {
/// eprintln!("answered {}: {rejection}", rejection.status());
/// # }
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Rejection {
    kind: RejectionKind,
    reason: Cow<'static, str>,
    pointer: Option<String>,
}

/// What is wrong with a delivery, told apart by what to answer.
///
/// ```
/// use talkable_api::webhook::RejectionKind;
///
/// assert_eq!(RejectionKind::TooLarge.status(), 413);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum RejectionKind {
    /// It is no webhook, or one of an unknown form: 400.
    Malformed,
    /// It has no key or signature, or a wrong one: 401.
    Unauthorized,
    /// It is larger than the limit: 413.
    TooLarge,
    /// Its content type is neither a form nor JSON: 415.
    UnsupportedMediaType,
}

impl RejectionKind {
    /// The status to answer.
    ///
    /// ```
    /// # use talkable_api::webhook::RejectionKind;
    /// assert_eq!(RejectionKind::Malformed.status(), 400);
    /// ```
    pub fn status(self) -> u16 {
        match self {
            Self::Malformed => 400,
            Self::Unauthorized => 401,
            Self::TooLarge => 413,
            Self::UnsupportedMediaType => 415,
        }
    }
}

impl Rejection {
    pub(super) fn malformed(reason: impl Into<Cow<'static, str>>) -> Self {
        Self { kind: RejectionKind::Malformed, reason: reason.into(), pointer: None }
    }

    /// JSON that isn't what it should be.
    pub(super) fn mismatch(part: &str, mismatch: Mismatch) -> Self {
        let Mismatch { pointer, reason } = mismatch;
        Self { pointer: Some(format!("{part}{pointer}")), ..Self::malformed(reason) }
    }

    /// Says nothing about what was expected: whoever has no key has no business to know.
    pub(super) fn unauthorized(reason: &'static str) -> Self {
        Self { kind: RejectionKind::Unauthorized, reason: Cow::Borrowed(reason), pointer: None }
    }

    pub(super) fn too_large(limit: usize) -> Self {
        let reason = format!("the body has more than {limit} bytes");
        Self { kind: RejectionKind::TooLarge, reason: reason.into(), pointer: None }
    }

    pub(super) fn media_type() -> Self {
        let reason = "the content type is neither application/x-www-form-urlencoded nor application/json";
        Self { kind: RejectionKind::UnsupportedMediaType, reason: Cow::Borrowed(reason), pointer: None }
    }

    /// The status to answer: 400, 401, 413 or 415.
    ///
    /// ```
    /// # fn example(rejection: &talkable_api::webhook::Rejection) {
    /// assert!((400..500).contains(&rejection.status()));
    /// # }
    /// ```
    pub fn status(&self) -> u16 {
        self.kind.status()
    }

    /// What is wrong, as a kind.
    ///
    /// ```
    /// # use talkable_api::webhook::{Rejection, RejectionKind};
    /// # fn example(rejection: &Rejection) {
    /// if rejection.kind() == RejectionKind::Unauthorized {
    ///     eprintln!("somebody knocks with a wrong key");
    /// }
    /// # }
    /// ```
    pub fn kind(&self) -> RejectionKind {
        self.kind
    }

    /// What is wrong, in words.
    ///
    /// ```
    /// # fn example(rejection: &talkable_api::webhook::Rejection) {
    /// eprintln!("{}", rejection.reason());
    /// # }
    /// ```
    pub fn reason(&self) -> &str {
        &self.reason
    }

    /// The place of the mistake as a JSON pointer, such as `/payload/reward/amount`. `Display` masks names in it that may
    /// be personal, and so does `Debug`.
    ///
    /// ```
    /// # fn example(rejection: &talkable_api::webhook::Rejection) {
    /// eprintln!("{}", rejection.pointer().unwrap_or("everywhere"));
    /// # }
    /// ```
    pub fn pointer(&self) -> Option<&str> {
        self.pointer.as_deref()
    }
}

impl fmt::Display for Rejection {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "the webhook was refused with status {}: ", self.status())?;
        match self.pointer.as_deref() {
            Some(pointer) if !pointer.is_empty() => write!(formatter, "at {}: {}", masked(pointer), self.reason),
            _ => formatter.write_str(&self.reason),
        }
    }
}

/// Masks the same names as `Display`.
impl fmt::Debug for Rejection {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let pointer = self.pointer.as_deref().map(masked);
        let mut shown = formatter.debug_struct("Rejection");
        shown.field("kind", &self.kind).field("reason", &self.reason).field("pointer", &pointer).finish()
    }
}

impl std::error::Error for Rejection {}
