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
//! [`Outbox::resolve`] ends the doubt. These reads show whether the call was processed:
//!
//! | operation | read |
//! |---|---|
//! | purchases | the order number in `people().personal_data(…)`; [`Outbox::look_up`] does it |
//! | events, sign-ups, batches | the origins in `people().personal_data(…)`, if the number of origins before the call is known |
//! | refunds | none; the refunded rewards and referrals change only if there were any |
//! | `referrals().update_status` | the status in `people().referrals_as_advocate(…)` |
//! | loyalty actions and adjustments | the list of the member's actions, by time and points |
//! | shares by e-mail and social channel | `people().shares(…)`, by time |
//! | `people().anonymize` | `people().find(…)`, which no longer finds the address |
//! | offer claims, visits | none |
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
mod mask;
mod outbox;
mod outcome;
mod schema;
mod send;
mod sql;
#[cfg(feature = "postgres")]
mod throttle;
mod turn;
mod wake;
mod worker;

pub use self::admin::{Erased, Filter, Listed, Pause, Resolution, Stats};
pub use self::database::Connection;
pub use self::enqueue::{ENQUEUE_POSTGRES, ENQUEUE_SQLITE, Enqueued};
pub use self::entry::{Entry, EntryId, State};
pub use self::error::Error;
pub use self::outbox::{Clock, Outbox};
#[cfg(feature = "postgres")]
#[cfg_attr(docsrs, doc(cfg(feature = "postgres")))]
pub use self::throttle::ThrottleStore;
pub use self::worker::Worker;
pub use {sqlx, talkable_api};
