//! An inbox for webhooks: each is stored once before the reply, and its effect is applied exactly once.
//!
//! Talkable resends a webhook until it gets a 2xx, so a webhook can arrive several times, also at the same time. The inbox stores the
//! first copy, and replies 200 when it is stored. Afterwards, the effect and the end of the delivery are committed in one transaction.
//!
//! ```no_run
//! # use talkable_outbox::{Error, Outbox, sqlx};
//! # use talkable_outbox::talkable_api::webhook::{Delivery, UnsubscribeAnswer, CheckUnsubscribeEvent, Verifier};
//! # async fn example(outbox: Outbox) -> Result<(), Box<dyn std::error::Error>> {
//! let inbox = outbox.inbox();
//! // Kinds that need an answer are handled in the request. All others are stored.
//! let handlers = inbox.handlers(Verifier::new("the-security-key")?)
//!     .on(async |_: Delivery<CheckUnsubscribeEvent>| Ok::<_, Error>(UnsubscribeAnswer::new(false)));
//! // With the feature `inbox-axum`: let router = handlers.router("/talkable/webhooks");
//!
//! let mut receiver = inbox.receiver();
//! loop {
//!     let mut received = receiver.next().await;
//!     let payload = received.payload().to_owned();
//!     let sql = "INSERT INTO rewards (payload) VALUES ($1)";
//!     let Some(connection) = received.sqlite() else { continue };
//!     match sqlx::query(sql).bind(payload).execute(connection).await {
//!         Ok(_) => received.done().await?,
//!         Err(error) => received.failed(&error.to_string()).await?,
//!     }
//! }
//! # }
//! ```

mod receiver;
mod store;

pub use self::receiver::{Received, Receiver};
use crate::outbox::Outbox;

/// An inbox in the database of an [`Outbox`], whose [`migrate`](Outbox::migrate) creates its table.
#[derive(Clone, Debug)]
pub struct Inbox {
    outbox: Outbox,
}

impl Outbox {
    /// The inbox in the same database.
    pub fn inbox(&self) -> Inbox {
        Inbox { outbox: self.clone() }
    }
}
