//! Selects the TLS library, and checks for a rustls `CryptoProvider`.

use reqwest::ClientBuilder;

/// Selects the TLS library. Otherwise, reqwest would use `native-tls` if another crate enables that feature.
#[cfg(any(feature = "rustls", feature = "rustls-no-provider"))]
pub(super) fn select(builder: ClientBuilder) -> ClientBuilder {
    builder.tls_backend_rustls()
}

#[cfg(all(feature = "native-tls", not(any(feature = "rustls", feature = "rustls-no-provider"))))]
pub(super) fn select(builder: ClientBuilder) -> ClientBuilder {
    builder.tls_backend_native()
}

#[cfg(not(any(feature = "rustls", feature = "rustls-no-provider", feature = "native-tls")))]
pub(super) fn select(builder: ClientBuilder) -> ClientBuilder {
    builder
}

/// Whether the program has installed a `CryptoProvider`. With the `rustls-no-provider` feature, reqwest panics if it has not.
#[cfg(all(feature = "rustls-no-provider", not(feature = "rustls")))]
pub(super) fn is_ready() -> bool {
    rustls::crypto::CryptoProvider::get_default().is_some()
}

#[cfg(not(all(feature = "rustls-no-provider", not(feature = "rustls"))))]
pub(super) fn is_ready() -> bool {
    true
}
