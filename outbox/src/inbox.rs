//! An inbox for webhooks: each is stored once before the reply, and its effect is applied exactly once.
//!
//! Talkable resends a webhook until it gets a 2xx, so a webhook can arrive several times, even at the same time. The
//! inbox stores the first copy, and replies 200 when it is stored. Afterwards, a [`Receiver`] commits the effect and
//! the end of the webhook in one transaction. Copies have the same
//! [fingerprint](talkable_api::webhook::Delivery::fingerprint). Share webhooks contain neither an id nor a time, so
//! identical shares count as copies of the first one.
//!
//! ```no_run
//! # use talkable_outbox::{Error, Outbox, inbox::Received, sqlx};
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
//!     let result = match record(&mut received).await {
//!         Ok(()) => received.done().await,
//!         Err(error) => received.failed(&error.to_string()).await,
//!     };
//!     if let Err(error) = result {
//!         eprintln!("the webhook will be received again: {error}");
//!     }
//! }
//! # }
//!
//! async fn record(received: &mut Received) -> Result<(), Error> {
//!     let insert = sqlx::query("INSERT INTO rewards (payload) VALUES ($1)").bind(received.payload().to_owned());
//!     insert.execute(received.sqlite().await?).await?;
//!     Ok(())
//! }
//! ```
//!
//! The transaction begins with the first call of `Received::sqlite` or `Received::postgres`. With SQLite, it blocks
//! all other writers, the workers included, so call other services before it begins. Such calls can happen several
//! times, because only the effects in the transaction are applied exactly once.
//!
//! A webhook is dead after ten attempts. An attempt counts when it begins, even if the process crashes, the handler
//! fails, or no connection of the pool is free for its transaction. A webhook whose payload does not decode is stored
//! all the same; report it as [failed](Received::failed), so that it can be retried after an update. Alert on
//! [`Stats::dead_webhooks`](crate::Stats::dead_webhooks) and [`Stats::oldest_webhook`](crate::Stats::oldest_webhook).
//! [`Inbox::dead`] lists dead webhooks, and [`Inbox::retry`] makes one ready again.

mod dead;
mod receiver;
mod store;

pub use self::dead::{DeadWebhook, WebhookId};
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
