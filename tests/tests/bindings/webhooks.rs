//! Webhook deliveries, valid and hostile, over sockets and without.

mod http;
mod key_first;
mod logging;
mod rejections;
mod signature;

use talkable_api::webhook::Verifier;

const KEY: &str = "sesame-0123";

/// Accepts requests with [`KEY`].
fn verifier() -> Verifier {
    Verifier::new(KEY).expect("a valid key")
}
