//! The values that configure a sandbox.

use std::error::Error;
use std::fmt;
use std::io;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use chrono::{DateTime, Datelike as _, FixedOffset, SubsecRound as _, TimeDelta, Utc};
use reqwest::Url;
use tokio::sync::watch;

/// A clock that tests can advance. It is either frozen or follows the system clock.
///
/// Clones of a clock always show the same time.
#[derive(Clone, Debug)]
pub struct Clock {
    /// The time at which the clock was frozen. `None` means that it follows the system clock.
    frozen_at: Option<DateTime<Utc>>,
    /// The sum of all advances.
    offset: Arc<watch::Sender<TimeDelta>>,
}

impl Clock {
    /// Creates a clock that follows the system clock.
    pub fn system() -> Self {
        Self { frozen_at: None, offset: Arc::new(watch::Sender::new(TimeDelta::zero())) }
    }

    /// Creates a clock that shows the given time until it is advanced.
    pub fn frozen_at(time: DateTime<Utc>) -> Self {
        Self { frozen_at: Some(time), ..Self::system() }
    }

    /// Returns the current time, with millisecond precision.
    pub fn now(&self) -> DateTime<Utc> {
        let base = self.base();
        base.checked_add_signed(*self.offset.borrow()).unwrap_or(base)
    }

    /// Advances the clock. Jobs that become due run before the next request. Does nothing and returns false if
    /// the new time would be after the year 9999.
    pub fn advance(&self, duration: Duration) -> bool {
        let base = self.base();
        self.offset.send_if_modified(|offset| {
            let sum = TimeDelta::from_std(duration).ok().and_then(|duration| offset.checked_add(&duration));
            // The API's dates have four-digit years.
            let sum = sum.filter(|sum| base.checked_add_signed(*sum).is_some_and(|time| time.year() <= 9999));
            *offset = sum.unwrap_or(*offset);
            sum.is_some()
        })
    }

    pub(crate) fn is_frozen(&self) -> bool {
        self.frozen_at.is_some()
    }

    /// Returns a receiver that is notified of every advance.
    pub(crate) fn watch(&self) -> watch::Receiver<TimeDelta> {
        self.offset.subscribe()
    }

    fn base(&self) -> DateTime<Utc> {
        self.frozen_at.unwrap_or_else(|| DateTime::from(SystemTime::now()).trunc_subsecs(3))
    }
}

/// A clock that shows the time at a fixed UTC offset.
#[derive(Clone, Debug)]
pub(crate) struct LocalClock {
    pub(crate) clock: Clock,
    pub(crate) utc_offset: FixedOffset,
}

impl Default for LocalClock {
    fn default() -> Self {
        let utc_offset = FixedOffset::west_opt(8 * 3600).expect("the offset is in range");
        Self { clock: Clock::system(), utc_offset }
    }
}

impl LocalClock {
    pub(crate) fn now(&self) -> DateTime<FixedOffset> {
        self.clock.now().with_timezone(&self.utc_offset)
    }
}

/// The limits on the resources that clients can use.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    pub(crate) connections: usize,
    /// The timeout for receiving a head or body, for idle connections, and for responses that the client does not read.
    pub(crate) client_timeout: Duration,
    pub(crate) site_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { connections: 1024, client_timeout: Duration::from_secs(30), site_bytes: 64 * 1024 * 1024 }
    }
}

/// The error for an invalid setting. The message names the setting and gives the reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvalidSetting(String);

impl InvalidSetting {
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self(message.into())
    }
}

impl fmt::Display for InvalidSetting {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl Error for InvalidSetting {}

impl From<InvalidSetting> for io::Error {
    fn from(invalid: InvalidSetting) -> Self {
        Self::new(io::ErrorKind::InvalidInput, invalid)
    }
}

pub(crate) fn parse_http_url(text: &str) -> Result<Url, InvalidSetting> {
    let url = Url::parse(text).map_err(|error| InvalidSetting::new(format!("`{text}` is not a URL: {error}")))?;
    match url.scheme() {
        "http" | "https" => Ok(url),
        _ => Err(InvalidSetting::new(format!("`{text}` does not start with http:// or https://"))),
    }
}

/// The webhook types, as sent in the `type` field.
const TYPES: [&str; 9] = [
    "check_unsubscribe_web_hook",
    "claim_signup_web_hook",
    "create_coupon_web_hook",
    "event_web_hook",
    "offer_signup_web_hook",
    "post_share_web_hook",
    "referral_web_hook",
    "reward_web_hook",
    "unsubscribe_web_hook",
];

/// The destination of a site's webhooks: a URL, a security key, and the types to send.
#[derive(Clone)]
pub struct WebhookTarget {
    pub(crate) url: Url,
    pub(crate) key: String,
    /// The webhook types to send. If the list is empty, all types are sent.
    types: Vec<&'static str>,
}

impl WebhookTarget {
    /// Creates a target for webhooks of all types.
    ///
    /// # Errors
    ///
    /// Returns an error if the URL is invalid or its scheme is not `http` or `https`.
    pub fn new(url: &str, key: impl Into<String>) -> Result<Self, InvalidSetting> {
        Ok(Self { url: parse_http_url(url)?, key: key.into(), types: Vec::new() })
    }

    /// Limits the webhooks to these types, such as `referral_web_hook`. An empty list selects all types.
    ///
    /// # Errors
    ///
    /// Returns an error if a type does not exist.
    pub fn types<T: AsRef<str>>(mut self, types: impl IntoIterator<Item = T>) -> Result<Self, InvalidSetting> {
        let parse = |kind: T| {
            let kind = kind.as_ref();
            let known = TYPES.into_iter().find(|known| *known == kind);
            let message = || format!("unknown webhook type `{kind}`; the types are {}", TYPES.join(", "));
            known.ok_or_else(|| InvalidSetting::new(message()))
        };
        self.types = types.into_iter().map(parse).collect::<Result<_, _>>()?;
        Ok(self)
    }

    pub(crate) fn accepts(&self, kind: &str) -> bool {
        self.types.is_empty() || self.types.contains(&kind)
    }
}

/// Formats the target without the key and without the parts of the URL that can contain secrets.
impl fmt::Debug for WebhookTarget {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let origin = self.url.origin().ascii_serialization();
        let mut output = formatter.debug_struct("WebhookTarget");
        output.field("origin", &origin).field("types", &self.types).finish_non_exhaustive()
    }
}
