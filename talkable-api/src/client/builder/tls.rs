//! A check for a rustls `CryptoProvider`. With the `rustls-no-provider` feature, reqwest panics if the program has not
//! installed one.

#[cfg(all(feature = "rustls-no-provider", not(any(feature = "rustls", feature = "native-tls"))))]
pub(super) fn is_ready() -> bool {
    rustls::crypto::CryptoProvider::get_default().is_some()
}

#[cfg(not(all(feature = "rustls-no-provider", not(any(feature = "rustls", feature = "native-tls")))))]
pub(super) fn is_ready() -> bool {
    true
}
