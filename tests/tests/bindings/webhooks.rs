//! Webhooks from outside: hostile and honest deliveries, over sockets and without.

mod counting;
mod hostile;
mod http;
mod quiet;
mod signature;

use talkable_api::webhook::Guard;

const KEY: &str = "sesame-0123";

/// What the tests let in.
fn guard() -> Guard {
    Guard::new(KEY).expect("the key is fit")
}
