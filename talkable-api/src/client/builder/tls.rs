//! Whether TLS can be set up.
//!
//! With the feature `rustls-no-provider`, the program installs a `CryptoProvider`. reqwest panics if there is none, so it is
//! checked first.

#[cfg(all(feature = "rustls-no-provider", not(any(feature = "rustls", feature = "native-tls"))))]
pub(super) fn is_ready() -> bool {
    rustls::crypto::CryptoProvider::get_default().is_some()
}

#[cfg(not(all(feature = "rustls-no-provider", not(any(feature = "rustls", feature = "native-tls")))))]
pub(super) fn is_ready() -> bool {
    true
}
