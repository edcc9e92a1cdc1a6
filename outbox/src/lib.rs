//! An outbox for calls of the [Talkable](https://www.talkable.com) API that must survive a crash, and an inbox for webhooks, on SQLite
//! or PostgreSQL.
//!
//! The order and its call to Talkable are written in one transaction. A [`Worker`] sends the call afterwards, also if Talkable is not
//! available for hours, or if the process is restarted in between:
//!
//! ```no_run
//! # async fn example(pool: talkable_outbox::sqlx::SqlitePool) -> Result<(), Box<dyn std::error::Error>> {
//! use talkable_outbox::talkable_api::{Client, types::NewPurchase, rust_decimal::Decimal};
//! use talkable_outbox::{Entry, Outbox, Worker, sqlx};
//!
//! let client = Client::from_env()?;
//! let outbox = Outbox::sqlite(pool.clone()); // or `Outbox::postgres`
//! outbox.migrate().await?;
//! let worker = Worker::new(outbox.clone(), client.clone());
//! tokio::spawn(worker.run(std::future::pending()));
//!
//! let subtotal = Decimal::new(9950, 2);
//! let purchase = NewPurchase::new("jane@example.com", "1042", subtotal)
//!     .created_at(talkable_outbox::talkable_api::now());
//! let call = client.origins().create_purchase(&purchase);
//! let entry = Entry::new(&call)?.key("order-1042").dedup("purchase-1042");
//!
//! let mut transaction = pool.begin_with("BEGIN IMMEDIATE").await?;
//! sqlx::query("INSERT INTO orders (number) VALUES (1042)").execute(&mut *transaction).await?;
//! outbox.enqueue(&mut *transaction, &entry).await?;
//! transaction.commit().await?;
//! # Ok(())
//! # }
//! ```
//!
//! Other languages and drivers enqueue entries with [`ENQUEUE_SQLITE`] or [`ENQUEUE_POSTGRES`].
//!
//! # When you don't need it
//!
//! The client alone retries a call for minutes, and is enough if a lost call does no harm, if the caller waits for the result, or if
//! the input can be sent again, as in a backfill with [`talkable_api::bulk`]. Use the outbox for calls that must not be lost when the
//! process ends: purchases, refunds, loyalty points.
//!
//! # Guarantees
//!
//! - **Nothing is lost.** A committed entry is sent until the API processes or rejects it, or until it is dead or doubtful. Dead and
//!   doubtful entries stay until an operator decides or the retention time ends.
//! - **An operation that is not idempotent is never sent twice** if its first request may have been processed. The entry is marked
//!   as *sending* right before the request. If the worker crashes, or the response is lost, the entry is doubtful.
//! - **An idempotent operation may be sent twice**, with the same effect as once.
//! - **Entries of a site with the same key are sent in order.** A refund never overtakes its purchase. A dead or doubtful entry lets
//!   later ones pass, unless it was enqueued with [`Entry::hold_key`]. The order is that of the ids: if two transactions run at
//!   the same time, either can be first. If an operator retries an entry, later ones may have been sent already.
//! - **A deduplication key is enqueued once**, until its entry is [purged](Outbox::purge).
//!
//! Exactly once is impossible, because a response can be lost after the API has processed the request, and the API has no idempotency
//! keys. Such calls are doubtful.
//!
//! # Failures
//!
//! | | entry | site |
//! |---|---|---|
//! | rate limited | keeps its place, no attempt counts | paused for all workers until the throttle's next slot |
//! | 401 or 403 | is sent again | paused, by default for a minute; then one entry is sent |
//! | five failures without a success | is sent again, no attempt counts | paused for 1 second to 1 minute; then one entry is sent |
//! | 5xx or lost response, idempotent | is sent again; dead after 20 attempts | |
//! | 5xx or lost response, otherwise | doubtful | |
//! | rejected by the API | dead | |
//! | crash of a worker before the mark | is sent again after the lease | |
//! | crash of a worker after the mark | doubtful after the lease | |
//!
//! A worker that was suspended until its lease expired can't change an entry that was claimed again, because each claim has a token.
//! PostgreSQL's clock determines all times, so the clocks of the machines do not matter. With SQLite, the clock of the machine
//! does: if it is set back, leases and pauses end later.
//!
//! # Doubtful calls
//!
//! Most calls that create something are idempotent, because the API recognizes a repetition: `create_purchase` and `create_event`
//! are sent again and never doubtful. The following operations are not idempotent. [`Outbox::look_up`] finds out whether a call was
//! processed if a read shows it, and [`Outbox::resolve`] ends the doubt.
//!
//! | operation | how to find out |
//! |---|---|
//! | `createOrigin` | a purchase by order number, an event by number and time, a sign-up by time, in [`personal_data`] |
//! | `createAffiliateMember` | by time in [`personal_data`] |
//! | `createBatchOfPurchases` | the first 20 order numbers in [`personal_data`] |
//! | `createBatchOfEvents` | the first 20 event numbers in [`personal_data`] |
//! | `createBatchOfAffiliateMembers` | the first 20 people in [`personal_data`] |
//! | `createCollectAction` | by type and time in [`collect_actions`] |
//! | `createRedeemAction` | by time in [`redeem_actions`] |
//! | `adjustLoyaltyMembersPointsBalance` | by points and time in [`manual_adjustments`] |
//! | `shareViaEmail` | a validation of the recipients, which shows who got the offer before |
//! | `shareViaSocialChannel` | by channel and time in [`shares`], if [`find`] returns the advocate's address |
//! | `anonymizePerson` | [`personal_data`] no longer finds the person |
//! | `updateReferralStatus` | by an operator: the status in [`referrals_as_friend`] of the customer |
//! | `shareAndClaimOffer` | not for certain; [`rewards`] of the friend shows the reward, if there is one |
//! | `markOriginAsRefunded` | no read shows it; see below |
//! | `markVisitorOfferAsVisited` | no read shows it |
//! | `uploadAsset` | can't be enqueued |
//!
//! [`personal_data`]: talkable_api::People::personal_data
//! [`collect_actions`]: talkable_api::Loyalty::collect_actions
//! [`redeem_actions`]: talkable_api::Loyalty::redeem_actions
//! [`manual_adjustments`]: talkable_api::Loyalty::manual_adjustments
//! [`shares`]: talkable_api::People::shares
//! [`find`]: talkable_api::Offers::find
//! [`referrals_as_friend`]: talkable_api::People::referrals_as_friend
//! [`rewards`]: talkable_api::People::rewards
//!
//! By time means: the call was processed if exactly one matching record was created while it was in flight, give or take
//! 10 seconds, and it was not processed if none was created within 10 minutes. Otherwise, it is not known. Give calls for
//! the same person the same key, so that they are not in flight at the same time.
//!
//! A refund that is resolved as not processed is sent again. If the first one was processed, the API rejects the second
//! one, and the entry is dead with the error `Origin has already been refunded`.
//!
//! # Operation
//!
//! Alert on [`Stats::oldest`], [`Stats::dead`] and [`Stats::doubtful`], and look at [`Stats::pauses`] for the reason. [`Outbox::list`]
//! shows entries with masked addresses, [`Outbox::retry`] and [`Outbox::resolve`] change them, and [`Outbox::resume`] ends a pause
//! after a key was replaced. Workers log warnings with `tracing`, without payloads.
//!
//! # Personal data
//!
//! Payloads contain e-mail addresses. They are deleted as soon as the call is processed. [`Outbox::purge`] deletes entries after a
//! retention time, and [`Outbox::erase`] deletes the data of a person. Keys and deduplication keys stay, so build them from order
//! numbers and not from addresses.
//!
//! # Sizing
//!
//! One worker with 16 concurrent calls sends as fast as Talkable permits. Run a second one for availability. A worker needs three
//! connections. Entries with the same key are sent one at a time, so a key with many entries takes as long as their calls. SQLite must be on a local disk, with WAL and `synchronous = FULL`. Use PostgreSQL for more than one machine.
//!
//! # Without this crate
//!
//! If you have a queue, such as SQS, Sidekiq or Kafka, put a [`StoredCall`](talkable_api::StoredCall) into its messages. The
//! consumer sends it with [`Client::restore`](talkable_api::Client::restore), and acts on the
//! [`Verdict`](talkable_api::Verdict) of an error:
//!
//! ```
//! use talkable_outbox::talkable_api::{Client, Error, RetryClass, StoredCall, Verdict};
//!
//! # struct Message { text: String, id: String }
//! # impl Message {
//! #     fn delete(self) {}
//! #     fn retry_in(self, _: std::time::Duration) {}
//! #     fn move_to(self, _: &str) {}
//! # }
//! # struct Marks;
//! # impl Marks {
//! #     async fn contains(&self, _: &str) -> bool { false }
//! #     async fn insert(&self, _: String) -> Result<(), std::io::Error> { Ok(()) }
//! # }
//! # async fn example(client: &Client, message: Message, marks: &'static Marks)
//! # -> Result<(), Box<dyn std::error::Error>> {
//! let stored: StoredCall = serde_json::from_str(&message.text)?;
//! let call = client.restore(&stored)?;
//! let id = message.id.clone();
//! // A marked message was delivered before, and its consumer crashed.
//! if call.request().retry_class() != RetryClass::Idempotent && marks.contains(&id).await {
//!     message.move_to("doubtful");
//!     return Ok(());
//! }
//! let call = call.before_send(move |_| marks.insert(id.clone()));
//! match call.await.map_err(|error: Error| error.verdict()) {
//!     Ok(_) | Err(Verdict::Processed) => message.delete(),
//!     Err(Verdict::RetryAfter(pause)) => message.retry_in(pause), // and remove the mark
//!     Err(Verdict::MaybeProcessed) => message.move_to("doubtful"),
//!     Err(Verdict::Unauthorized) => message.move_to("held"),
//!     Err(_) => message.move_to("dead"),
//! }
//! # Ok(())
//! # }
//! ```
//!
//! # Features
//!
//! | feature | default | |
//! |---|---|---|
//! | `sqlite` | yes | SQLite, compiled in |
//! | `postgres` | no | PostgreSQL, with TLS by rustls |
//! | `inbox` | no | the module `inbox`, which stores webhooks |
//! | `inbox-axum` | no | a router for axum, with `Handlers::router` |
#![cfg_attr(docsrs, feature(doc_cfg))]
#![deny(missing_docs)]

#[cfg(not(any(feature = "sqlite", feature = "postgres")))]
compile_error!("enable the feature `sqlite` or `postgres`");

mod admin;
mod claimed;
mod database;
mod enqueue;
mod entry;
mod error;
mod fail_point;
#[cfg(feature = "inbox")]
#[cfg_attr(docsrs, doc(cfg(feature = "inbox")))]
pub mod inbox;
mod look_up;
mod marker;
mod mask;
mod outbox;
mod outcome;
mod schema;
mod send;
mod sql;
mod turn;
mod wake;
mod worker;

pub use self::admin::{Erased, Filter, Listed, Pause, Resolution, Stats};
pub use self::database::Connection;
pub use self::enqueue::{ENQUEUE_POSTGRES, ENQUEUE_SQLITE, Enqueued};
pub use self::entry::{Entry, EntryId, State};
pub use self::error::Error;
pub use self::outbox::{Clock, Outbox};
#[cfg(feature = "fail-points")]
#[doc(hidden)]
pub use self::turn::claim_entries;
pub use self::worker::Worker;
pub use {sqlx, talkable_api};
