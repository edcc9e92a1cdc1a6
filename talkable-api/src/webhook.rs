//! Webhooks: verification, decoding and replies.
//!
//! Register a handler for each kind of webhook. [`Handlers::handle`] takes requests from any web framework:
//!
//! ```
//! use talkable_api::webhook::testing::WebhookBuilder;
//! use talkable_api::webhook::{CheckUnsubscribeEvent, Delivery, Handlers};
//! use talkable_api::webhook::{RewardEvent, UnsubscribeAnswer, Verifier};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), talkable_api::InvalidError> {
//! let handlers = Handlers::new(Verifier::new("the-security-key")?)
//!     .on(|delivery: Delivery<RewardEvent>| async move {
//!         println!("pay {:?}", delivery.event.reward);
//!         Ok::<_, std::io::Error>(())
//!     })
//!     .on(|_: Delivery<CheckUnsubscribeEvent>| async {
//!         Ok::<_, std::io::Error>(UnsubscribeAnswer::new(false))
//!     });
//!
//! let request = WebhookBuilder::sample::<RewardEvent>().form("the-security-key");
//! let reply = handlers.handle(Some(request.content_type), &request.body).await;
//! assert_eq!(reply.status(), 200);
//!
//! let forged = WebhookBuilder::sample::<RewardEvent>().form("another-key");
//! assert_eq!(handlers.handle(Some(forged.content_type), &forged.body).await.status(), 401);
//! # Ok(())
//! # }
//! ```
//!
//! With the `webhook-axum` feature, `Handlers::router` creates an axum router, and [`Delivery`] and [`Signed`] are extractors.
//! To `match` on all kinds in one place, decode to an [`Event`] with [`Verifier::verify`]. [`testing`] builds requests for
//! tests. Requests from Custom Apps are signed; verify them with [`Verifier::verify_signed`].
//!
//! # Security
//!
//! The security key in the body is the only proof that a request comes from Talkable. The [`Verifier`] compares it in constant
//! time with all configured keys before it reads the payload, and enforces limits on size and nesting. Receive webhooks over
//! https only.
//!
//! Anyone can send bodies to your server, so limit the time and the memory for reading them. The axum router and extractors have
//! these limits; see [`Verifier::body_timeout`] and [`Verifier::memory_limit`]. With another framework, set its limits, or apply
//! [`Verifier::max_body_bytes`] and a timeout yourself.
//!
//! # Replies
//!
//! Talkable resends a webhook until it receives a 2xx. Reply with 200 after processing a webhook, and with 500 after a failure.
//! Note the following:
//!
//! - Talkable does not pay the rewards for a referral until its `referral` webhook is delivered.
//! - Talkable discards a coupon unless its `create_coupon` webhook is delivered. Reply with 200 even if your shop already has
//!   the coupon.
//! - Reply with [`Reply::unhandled`] if you cannot handle a kind yet, and with [`Reply::delivered`] if you do not need it.
//! - The payload of a `check_unsubscribe` webhook is a [`NeedsAnswer`], because your answer determines whether Talkable sends
//!   an e-mail.
//!
//! # Duplicates
//!
//! Talkable may send a webhook several times, even at the same time. All copies have the same [`Fingerprint`]. The safest recipe
//! stores the fingerprint and the effect of the webhook in one database transaction, so that either both or neither are stored:
//!
//! ```
//! use talkable_api::webhook::{Delivery, Handlers, RewardEvent, Verifier};
//!
//! # #[derive(Clone)]
//! # struct Database;
//! # struct Transaction;
//! # impl Database { async fn begin(&self) -> Result<Transaction, std::io::Error> { Ok(Transaction) } }
//! # impl Transaction {
//! #     async fn execute(&mut self, _: &str, _: &[u8]) -> Result<u64, std::io::Error> { Ok(1) }
//! #     async fn pay(&mut self, _: RewardEvent) -> Result<(), std::io::Error> { Ok(()) }
//! #     async fn commit(self) -> Result<(), std::io::Error> { Ok(()) }
//! # }
//! # fn example(database: Database) -> Result<Handlers, talkable_api::InvalidError> {
//! let handlers = Handlers::new(Verifier::new("the-security-key")?).on_with(
//!     &database,
//!     |database, delivery: Delivery<RewardEvent>| async move {
//!         let fingerprint = delivery.fingerprint();
//!         let mut transaction = database.begin().await?;
//!         // `fingerprint` is the primary key. A copy that arrives at the same time waits
//!         // here for the other transaction.
//!         let insert = "INSERT INTO webhooks VALUES ($1) ON CONFLICT DO NOTHING";
//!         if transaction.execute(insert, fingerprint.as_bytes()).await? == 1 {
//!             transaction.pay(delivery.event).await?;
//!         }
//!         transaction.commit().await
//!     },
//! );
//! # Ok(handlers)
//! # }
//! ```
//!
//! The example `webhook_service` does this with SQLite. If the effect is not in your database, use [`Handlers::deduplicate`], which
//! claims a webhook before its handler runs. If a handler crashes after it has started its effect, the effect is repeated.
//!
//! # Forward compatibility
//!
//! Fields may be missing or null, amounts may be numbers or strings, enums preserve unknown values, and unknown kinds decode to
//! [`Event::Unknown`]. Unknown fields are available in [`Delivery::payload_json`].
//!
//! The types of this module are separate from those in [`types`](crate::types), even if they have the same name, like
//! [`RewardStatus`], because Talkable documents webhooks separately from the API.

#[cfg(feature = "webhook-axum")]
mod axum;
pub(crate) mod body;
#[cfg_attr(not(feature = "webhook-axum"), allow(dead_code, reason = "only the axum layer reads bodies"))]
mod body_limits;
mod delivery;
mod fingerprint;
mod handlers;
mod needs_answer;
pub(crate) mod payload;
mod rejection;
mod reply;
mod signed;
pub mod testing;
mod verifier;

pub use crate::generated::webhooks::*;
pub use delivery::Delivery;
pub use fingerprint::Fingerprint;
pub use handlers::{Claim, DeduplicationStore, Failure, Handlers, Lease, MemoryStore};
pub use needs_answer::NeedsAnswer;
pub(crate) use payload::decode_by_kind;
pub use payload::{FromPayload, Payload};
pub use rejection::{Rejection, RejectionKind};
pub use reply::{IntoReply, Reply};
pub use signed::{SIGNATURE_HEADER, Signed};
pub use verifier::Verifier;
