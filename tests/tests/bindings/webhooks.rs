//! Webhook deliveries, valid and hostile, over sockets and without.

mod http;
mod key_first;
mod logging;
mod rejections;
mod signature;

use talkable_api::webhook::Guard;

const KEY: &str = "sesame-0123";

/// Accepts deliveries that are signed with [`KEY`].
fn guard() -> Guard {
    Guard::new(KEY).expect("the key is fit")
}
