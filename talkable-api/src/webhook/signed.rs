//! The Custom App, which takes the place of webhooks: it sends JSON of the site's own making, and signs it.
//!
//! ```
//! use talkable_api::webhook::{Guard, Signed, testing};
//!
//! #[derive(serde::Deserialize)]
//! struct Purchase {
//!     order_number: String,
//! }
//!
//! let guard = Guard::new("the-security-key")?;
//! let sent = testing::signed(&serde_json::json!({"order_number": "1042"}), "the-security-key");
//! let Signed { content, .. } = Signed::<Purchase>::from_body(sent.signature.as_deref(), &sent.body, &guard)?;
//! assert_eq!(content.order_number, "1042");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use data_encoding::{BASE64, HEXLOWER};
use serde::de::DeserializeOwned;

use super::guard::Guard;
use super::rejection::Rejection;
use crate::decode::location::Mismatch;

/// The header that holds the signature.
///
/// ```
/// assert_eq!(talkable_api::webhook::SIGNATURE_HEADER, "x-talkable-signature");
/// ```
pub const SIGNATURE_HEADER: &str = "x-talkable-signature";

/// A message whose signature is right, as a type of your own: what a Custom App sends is configured for each site.
///
/// The signature is the base64 of the hexadecimal digits of the HMAC-SHA256 of the body. The key is the one by which webhooks of
/// the site are secured.
///
/// As long as the site doesn't say otherwise, all values are texts, amounts as well, and times look like
/// `2024-11-25 00:00:00 -0800`, which isn't RFC 3339. A click that is to be verified has to be answered within a second;
/// afterwards it counts as verified.
///
/// ```
/// use talkable_api::Decimal;
///
/// #[derive(serde::Deserialize)]
/// struct Order {
///     order_number: String,
///     subtotal: Decimal, // written as a text or as a number
///     created_at: String,
/// }
///
/// let body = r#"{"order_number":"1042","subtotal":"99.50","created_at":"2024-11-25 00:00:00 -0800"}"#;
/// let order: Order = serde_json::from_str(body)?; // what `Signed::<Order>::from_body` does once the signature is right
/// assert_eq!(order.subtotal, Decimal::new(9950, 2));
/// let created_at = chrono::DateTime::parse_from_str(&order.created_at, "%Y-%m-%d %H:%M:%S %z");
/// assert!(created_at.is_ok());
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Signed<T> {
    /// What was signed.
    pub content: T,
}

impl<T: DeserializeOwned> Signed<T> {
    /// Reads a body, after its signature has been verified.
    ///
    /// `signature` is the value of the header [`SIGNATURE_HEADER`], exactly as it came: a line break, a missing `=` or any other
    /// spelling than the usual one is refused.
    ///
    /// # Errors
    ///
    /// What to answer instead; see [`Rejection`].
    ///
    /// ```
    /// use talkable_api::webhook::{Guard, Signed};
    ///
    /// let guard = Guard::new("the-security-key")?;
    /// let rejection = Signed::<serde_json::Value>::from_body(Some("guessed"), b"no JSON", &guard).unwrap_err();
    /// assert_eq!(rejection.status(), 401);
    /// # Ok::<(), talkable_api::InvalidError>(())
    /// ```
    pub fn from_body(signature: Option<&str>, body: &[u8], guard: &Guard) -> Result<Self, Rejection> {
        guard.measure(body)?;
        let signature = signature.ok_or_else(|| Rejection::unauthorized("it has no signature"))?;
        let verified = code(signature).is_some_and(|code| guard.signed(&code, body));
        if !verified {
            return Err(Rejection::unauthorized("the signature is wrong"));
        }
        guard.fathom("the body", body)?;
        let content = serde_json::from_slice(body);
        let content = content.map_err(|error| Rejection::mismatch("", Mismatch::new(body, &error)))?;
        Ok(Self { content })
    }
}

/// The authentication code in a signature. Both encodings are read strictly, so that each code has one spelling.
fn code(signature: &str) -> Option<Vec<u8>> {
    let digits = BASE64.decode(signature.as_bytes()).ok()?;
    HEXLOWER.decode(&digits).ok()
}

/// The signature of an authentication code.
pub(super) fn spelled(code: &[u8]) -> String {
    BASE64.encode(HEXLOWER.encode(code).as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_has_one_spelling() {
        let code_of_app = [0xab; 32];
        let signature = spelled(&code_of_app);
        assert_eq!(code(&signature).as_deref(), Some(&code_of_app[..]));
        let upper = BASE64.encode("AB".repeat(32).as_bytes());
        let stripped = signature.trim_end_matches('=').to_owned();
        for other in [upper, stripped, format!("{signature}\n"), format!(" {signature}"), "ab".repeat(32), "é".into()]
        {
            assert_eq!(code(&other), None, "{other}");
        }
    }
}
