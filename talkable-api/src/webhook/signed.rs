//! Requests from Custom Apps: JSON in a configured format, signed by Talkable.

use data_encoding::{BASE64, HEXLOWER};
use serde::de::DeserializeOwned;

use super::rejection::Rejection;
use super::verifier::Verifier;
use crate::decode::location::Mismatch;

/// The name of the header that contains the signature.
pub const SIGNATURE_HEADER: &str = "x-talkable-signature";

/// The verified content of a request from a Custom App.
///
/// Each site configures the content, so you define its type. By default, all values are strings, including amounts, and times
/// have the format `2024-11-25 00:00:00 -0800`, which is not RFC 3339:
///
/// ```
/// use talkable_api::webhook::{Signed, Verifier, testing};
/// use talkable_api::{Decimal, chrono::DateTime};
///
/// #[derive(serde::Deserialize)]
/// struct Order {
///     order_number: String,
///     subtotal: Decimal, // a string or a number
///     created_at: String,
/// }
///
/// let request = testing::signed_request(
///     &serde_json::json!({
///         "order_number": "1042",
///         "subtotal": "99.50",
///         "created_at": "2024-11-25 00:00:00 -0800",
///     }),
///     "the-security-key",
/// );
/// let verifier = Verifier::new("the-security-key")?;
/// let signature = request.signature.as_deref();
/// let signed: Signed<Order> = verifier.verify_signed(signature, &request.body)?;
/// let order = signed.content;
/// assert_eq!(order.subtotal, Decimal::new(9950, 2));
/// assert!(DateTime::parse_from_str(&order.created_at, "%Y-%m-%d %H:%M:%S %z").is_ok());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// If Talkable asks you to verify a click, reply within one second. Otherwise, Talkable counts the click as verified.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Signed<T> {
    /// The decoded body.
    pub content: T,
}

impl Verifier {
    /// Verifies the signature of a request from a Custom App, and then decodes its body.
    ///
    /// `signature` is the value of the [`SIGNATURE_HEADER`] header: the HMAC-SHA256 of the body with the site's security key,
    /// encoded in hexadecimal and then in base64. The signature must match exactly. Missing padding or additional whitespace
    /// makes it invalid.
    ///
    /// # Errors
    ///
    /// If the body exceeds a limit, the signature is missing or wrong, or the body doesn't decode.
    pub fn verify_signed<T: DeserializeOwned>(
        &self,
        signature: Option<&str>,
        body: &[u8],
    ) -> Result<Signed<T>, Rejection> {
        self.check_size(body)?;
        let signature = signature.ok_or_else(|| Rejection::unauthorized("the signature is missing"))?;
        if !decode_signature(signature).is_some_and(|code| self.accepts_code(&code, body)) {
            return Err(Rejection::unauthorized("the signature is wrong"));
        }
        self.check_depth("body", body)?;
        let content = serde_json::from_slice(body);
        let content = content.map_err(|error| Rejection::mismatch("", Mismatch::new(body, &error)))?;
        Ok(Signed { content })
    }
}

/// Decodes a signature to its authentication code. Returns `None` if the signature is malformed. Decoding is strict, so that each
/// code has only one valid signature.
fn decode_signature(signature: &str) -> Option<Vec<u8>> {
    let digits = BASE64.decode(signature.as_bytes()).ok()?;
    HEXLOWER.decode(&digits).ok()
}

/// Encodes an authentication code as a signature.
pub(super) fn encode_signature(code: &[u8]) -> String {
    BASE64.encode(HEXLOWER.encode(code).as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_code_has_one_signature() {
        let code = [0xab; 32];
        let signature = encode_signature(&code);
        assert_eq!(decode_signature(&signature).as_deref(), Some(&code[..]));
        let upper = BASE64.encode("AB".repeat(32).as_bytes());
        let stripped = signature.trim_end_matches('=').to_owned();
        for other in [upper, stripped, format!("{signature}\n"), format!(" {signature}"), "ab".repeat(32), "é".into()]
        {
            assert_eq!(decode_signature(&other), None, "{other}");
        }
    }
}
