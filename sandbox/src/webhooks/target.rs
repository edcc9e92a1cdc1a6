//! Where the webhooks of a site go.

use std::fmt;

use reqwest::Url;

use super::TYPES;
use crate::invalid::{Invalid, web_address};

/// Where the webhooks of a site go, with which security key, and which of them.
///
/// ```
/// use talkable_sandbox::WebhookTarget;
///
/// let target = WebhookTarget::new("http://127.0.0.1:3000/hook", "a-security-key")?.types(["referral_web_hook"])?;
/// assert!(WebhookTarget::new("ftp://example.com", "a-security-key").is_err());
/// # Ok::<(), talkable_sandbox::Invalid>(())
/// ```
#[derive(Clone)]
pub struct WebhookTarget {
    pub(super) url: Url,
    /// What every webhook carries.
    pub(super) key: String,
    /// What is sent; all if empty.
    types: Vec<&'static str>,
}

impl WebhookTarget {
    /// All webhooks go to this address, with this security key.
    ///
    /// # Errors
    ///
    /// It is no address, or not one of HTTP or HTTPS.
    pub fn new(url: &str, key: impl Into<String>) -> Result<Self, Invalid> {
        Ok(Self { url: web_address(url)?, key: key.into(), types: Vec::new() })
    }

    /// Only webhooks of these types are sent, as they travel: `referral_web_hook`. All are if there is none.
    ///
    /// # Errors
    ///
    /// There are no webhooks of such a type.
    pub fn types<T: AsRef<str>>(mut self, types: impl IntoIterator<Item = T>) -> Result<Self, Invalid> {
        let known = |kind: T| {
            let kind = kind.as_ref();
            let found = TYPES.into_iter().find(|known| *known == kind);
            found.ok_or_else(|| Invalid::new(format!("There is no webhook `{kind}`, but: {}", TYPES.join(", "))))
        };
        self.types = types.into_iter().map(known).collect::<Result<_, _>>()?;
        Ok(self)
    }

    pub(super) fn takes(&self, kind: &str) -> bool {
        self.types.is_empty() || self.types.contains(&kind)
    }
}

/// The key is left out, and of the address all that may be as secret.
impl fmt::Debug for WebhookTarget {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let origin = self.url.origin().ascii_serialization();
        let mut shown = formatter.debug_struct("WebhookTarget");
        shown.field("origin", &origin).field("types", &self.types).finish_non_exhaustive()
    }
}
