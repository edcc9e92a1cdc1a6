//! Whether TLS can be set up.
//!
//! With the feature `rustls-no-provider` it takes the cryptography that the program has installed, which is looked at before
//! reqwest does, since reqwest panics where there is none. The other features bring their own.
//!
//! ```
//! // With that feature, `rustls::crypto::ring::default_provider().install_default()` has to come first.
//! let client = talkable_api::Client::builder().api_key("a-key-of-your-site").site_slug("my-store").build()?;
//! # Ok::<(), talkable_api::Error>(())
//! ```

#[cfg(all(feature = "rustls-no-provider", not(any(feature = "rustls", feature = "native-tls"))))]
pub(super) fn is_ready() -> bool {
    rustls::crypto::CryptoProvider::get_default().is_some()
}

#[cfg(not(all(feature = "rustls-no-provider", not(any(feature = "rustls", feature = "native-tls")))))]
pub(super) fn is_ready() -> bool {
    true
}
