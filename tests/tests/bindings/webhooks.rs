//! Tests valid and hostile webhook deliveries, with and without sockets.

mod http;
mod key_first;
mod logging;
mod rejections;
mod signature;

use talkable_api::webhook::Verifier;

const KEY: &str = "sesame-0123";

/// Returns a verifier that accepts [`KEY`].
fn verifier() -> Verifier {
    Verifier::new(KEY).expect("a valid key")
}
