//! An outbox for calls of the [Talkable](https://www.talkable.com) API that must survive a crash, and an inbox for
//! webhooks, on SQLite or PostgreSQL.
//!
//! A shop writes an order and its call to Talkable in one transaction. A [`Worker`] sends the call afterwards, even if
//! Talkable is not available for hours, or if the process is restarted in between:
//!
//! ```no_run
//! # async fn example(pool: talkable_outbox::sqlx::SqlitePool) -> Result<(), Box<dyn std::error::Error>> {
//! use talkable_outbox::talkable_api::{Client, Decimal, now, types::NewPurchase};
//! use talkable_outbox::{Entry, Outbox, Worker, sqlx};
//!
//! let client = Client::from_env()?;
//! let outbox = Outbox::sqlite(pool.clone()); // or `Outbox::postgres`
//! outbox.migrate().await?;
//! let worker = Worker::new(outbox.clone(), client.clone());
//! // After the signal, the worker waits for the calls in flight.
//! let sending = tokio::spawn(worker.run(async { tokio::signal::ctrl_c().await.unwrap_or_default() }));
//!
//! let purchase = NewPurchase::new("jane@example.com", "1042", Decimal::new(9950, 2)).created_at(now());
//! let call = client.origins().create_purchase(&purchase);
//! let entry = Entry::new(&call)?.key("order-1042").dedup("purchase-1042");
//!
//! let mut transaction = pool.begin_with("BEGIN IMMEDIATE").await?;
//! sqlx::query("INSERT INTO orders (number) VALUES (1042)").execute(&mut *transaction).await?;
//! outbox.enqueue(&mut *transaction, &entry).await?;
//! transaction.commit().await?;
//!
//! sending.await?;
//! # Ok(())
//! # }
//! ```
//!
//! Other languages and drivers enqueue entries with one SQL statement, [`ENQUEUE_SQLITE`] or [`ENQUEUE_POSTGRES`].
//!
//! # When the client is enough
//!
//! The client alone keeps calls in memory, and retries each for some minutes. That is enough
//!
//! - if the caller waits for the result, as in a page that shows an offer,
//! - if a lost call does no harm, such as a visit, or
//! - if the input can be read again after a crash, as in a backfill with [`talkable_api::bulk`].
//!
//! Use the outbox for calls that must not be lost when the process ends: purchases, refunds, loyalty points.
//!
//! # Guarantees
//!
//! - **Nothing is lost.** A committed entry is sent until the API processes or rejects the call, or until the entry is
//!   dead or doubtful. Dead and doubtful entries stay until they are retried, resolved or [purged](Outbox::purge).
//! - **An operation that is not idempotent is never sent again** if the API may have processed it. The entry is marked
//!   as *sending* right before the request. If the worker crashes afterwards, or the response is lost, the entry is
//!   doubtful.
//! - **An idempotent operation may be sent twice**, with the same effect as once.
//! - **Entries of a site with the same key are sent in order.** A refund never overtakes its purchase. A dead or
//!   doubtful entry lets later ones pass, unless it was enqueued with [`Entry::hold_key`]. The order is that of the
//!   ids: if two transactions run at the same time, either can be first. When a dead or doubtful entry is sent again,
//!   later ones may have been sent already.
//! - **A deduplication key is enqueued once**, until its entry is purged.
//!
//! There are limits that no outbox can remove:
//!
//! - Sending exactly once is impossible, because a response can be lost after the API has processed the request, and
//!   the API has no idempotency keys. Such calls are doubtful.
//! - A process that is suspended inside a transaction of SQLite, for example by a debugger or `SIGSTOP`, blocks all
//!   other writers until it resumes or ends. With PostgreSQL, it blocks only the rows that it has locked.
//! - A committed transaction can be lost if PostgreSQL fails over to a standby without synchronous replication, if a
//!   backup is restored, or if SQLite runs with less than `synchronous = FULL`. Then calls that were already sent look as
//!   if they were waiting. Before the workers start again, make all waiting entries doubtful, and look them up. In
//!   PostgreSQL: `UPDATE talkable_outbox SET state = 'doubtful', blocks = holds, lease = NULL, token = coalesce(token, 0),
//!   changed = talkable_outbox_now() WHERE state IN ('ready', 'claimed', 'sending')`. The marks of calls are durable even
//!   with `synchronous_commit = off`, but entries that were just enqueued are not.
//! - With SQLite, the clock of the machine determines all times. If it is set back, leases, pauses and retries end
//!   later. With PostgreSQL, the clock of the server does, and the clocks of the other machines do not matter.
//!
//! # Failures
//!
//! | | entry | site |
//! |---|---|---|
//! | status 429, if the client's throttle is off | is sent again after `Retry-After`; no attempt counts | |
//! | throttled by the client | keeps its place; no attempt counts | paused until the throttle's next slot |
//! | wrong API key: several calls get a 401 or 403 | is sent again; no attempt counts | paused for a minute |
//! | call not permitted: only this one gets a 401 or 403 | is sent again, counts after the first time | |
//! | five failures without a success | is sent again; no attempt counts | paused for a second to a minute |
//! | no connection | is sent again; no attempt counts | |
//! | 5xx or lost response, idempotent operation | is sent again; the attempt counts | |
//! | 5xx or lost response, other operation | doubtful | |
//! | rejected by the API | dead | |
//! | 5xx, even if the site is unavailable, 1,000 times | dead | |
//! | panic or expired lease of a call | is sent again, or doubtful after the mark; the attempt counts | |
//! | crash of a worker before the mark | is sent again after the lease | |
//! | crash of a worker after the mark | doubtful after the lease | |
//!
//! An entry is dead after [20 attempts](Worker::max_attempts) that count. Pauses apply to all workers. After a pause,
//! the oldest entry is sent, and the others follow if it succeeds. If its operation is not idempotent, a read must
//! succeed first, so that an outage does not make entries doubtful one after another. If reads succeed while writes
//! fail, the entry that is sent after each pause may still become doubtful.
//!
//! A worker that was suspended until its lease expired can't send an operation that is not idempotent, because its mark
//! fails, and can't settle an entry that was claimed again, because each claim has a token. For an idempotent operation,
//! it compares only its own clock with the lease. If it is suspended between this comparison and the request, or if the
//! clock stops too, as in a paused virtual machine, it may repeat the call after later calls with the same key.
//!
//! # Doubtful calls
//!
//! Calls of idempotent operations are sent again, and never doubtful. Among them are `create_purchase` and
//! `create_event`, because the API recognizes a number that it has already processed. Prefer them to `create`.
//!
//! The other operations are listed here. If a read shows whether a call was processed, [`Outbox::look_up`] finds it
//! out. [`Outbox::resolve`] then ends the doubt. Both take the [`Doubt`] of a listed entry, so that a resolution never
//! applies to a later attempt.
//!
//! | operation | how to find out |
//! |---|---|
//! | `createOrigin` | a purchase by order number, an event by number and time, a sign-up by time, in [`personal_data`] |
//! | `createAffiliateMember` | by time in [`personal_data`] |
//! | `createBatchOfPurchases` | 20 of the orders in [`personal_data`], if one of them was created after the call |
//! | `createBatchOfEvents` | 20 of the events, in the same way |
//! | `createBatchOfAffiliateMembers` | 20 of the people, in the same way |
//! | `createCollectAction` | by type and time in [`collect_actions`] |
//! | `createRedeemAction` | by time in [`redeem_actions`] |
//! | `adjustLoyaltyMembersPointsBalance` | by points and time in [`manual_adjustments`] |
//! | `shareViaEmail` | a validation of the recipients, which shows who got the offer before, except with `reminder` |
//! | `shareViaSocialChannel` | by channel and time in [`shares`], if [`find`] returns the advocate's address |
//! | `anonymizePerson` | [`personal_data`] no longer finds the person |
//! | `updateReferralStatus` | by an operator: the status in [`referrals_as_friend`] of the customer |
//! | `shareAndClaimOffer` | not for certain; [`rewards`] of the friend shows the reward, if there is one |
//! | `markOriginAsRefunded` | no read shows it; see below |
//! | `markVisitorOfferAsVisited` | no read shows it |
//! | `uploadAsset` | can't be enqueued |
//!
//! [`personal_data`]: talkable_api::people::People::personal_data
//! [`collect_actions`]: talkable_api::loyalty::Loyalty::collect_actions
//! [`redeem_actions`]: talkable_api::loyalty::Loyalty::redeem_actions
//! [`manual_adjustments`]: talkable_api::loyalty::Loyalty::manual_adjustments
//! [`shares`]: talkable_api::people::People::shares
//! [`find`]: talkable_api::offers::Offers::find
//! [`referrals_as_friend`]: talkable_api::people::People::referrals_as_friend
//! [`rewards`]: talkable_api::people::People::rewards
//!
//! Looked up by time means: the call was processed if exactly one matching record was created while it was in flight,
//! give or take 10 seconds, and it was not processed if no record of any type was created within 10 minutes. Otherwise,
//! or if a record can't be compared with the call, it is not known. Enqueue calls for the same person with the same key,
//! so that they are not in flight at the same time.
//!
//! A look-up finds nothing in the first 10 minutes after the failure, and in the first 12 hours for batches, because the
//! API may show records with a delay. It compares the clock of the outbox with the `Date` of the response. If they
//! differ by more than 10 seconds, calls can't be looked up by time. The clock at the time of the call can't be checked,
//! so resolve calls by hand if they failed before you corrected a clock.
//!
//! If the API returns events without numbers, an event can only be found missing.
//!
//! A refund that is resolved as not processed is sent again. If the first one was processed, the API rejects the second
//! one, and the entry is dead with the error `Origin has already been refunded`.
//!
//! # Operation
//!
//! Run [`Outbox::stats`] every minute, and alert on these figures:
//!
//! | figure | meaning of an alert |
//! |---|---|
//! | [`oldest`](Stats::oldest) | calls wait for long; [`pauses`](Stats::pauses) shows the reason |
//! | [`dead`](Stats::dead) | the API rejects calls; fix the cause and [retry](Outbox::retry), or purge them |
//! | [`doubtful`](Stats::doubtful) | calls must be [looked up](Outbox::look_up) and [resolved](Outbox::resolve) |
//! | [`oldest_webhook`](Stats::oldest_webhook), [`dead_webhooks`](Stats::dead_webhooks) | the receiver is down, or fails |
//!
//! [`Outbox::list`] shows entries without payloads and with masked addresses. [`Outbox::resume`] ends a pause, for
//! example after an API key was replaced. Workers log warnings with `tracing`, without personal data. Call
//! [`Outbox::purge`] every day.
//!
//! # Personal data
//!
//! Payloads contain e-mail addresses. The payload of a call or webhook is deleted in the transaction that records that
//! it was processed. Dead and doubtful entries keep theirs until [`Outbox::purge`] deletes them after a retention time.
//! [`Outbox::erase`] removes a person's address from all entries and webhooks. Waiting calls with the address are not
//! sent anymore, and [`Erased::unsent`] counts them; batches keep the records of other people. Its documentation lists
//! the data that stay. Build keys from order numbers and not from addresses.
//!
//! # Sizing
//!
//! - One worker with the default of 16 concurrent calls sends as fast as Talkable permits. A second one in another
//!   process takes over when the first one crashes, after the lease of a minute.
//! - If several workers run on PostgreSQL, give each client a `ThrottleStore`, so that the workers find the rate limit
//!   of a site together. At a limit of 5 requests per second, four workers with a backlog had 15 to 31 percent of their
//!   requests refused, and 41 to 54 percent without the store. At 50 per second, the store made no difference.
//! - A worker needs three connections of the pool, a receiver of webhooks two, and a `ThrottleStore` one.
//! - An idle worker sends less than two queries per second, and five while its sites are paused. With SQLite, it also
//!   reads `PRAGMA data_version` about seven times per second, to notice the commits of other connections.
//! - A claim takes some milliseconds with 500,000 waiting entries. Entries with the same key are sent one at a time. If
//!   hundreds of the oldest entries wait for others with the same key, each claim also searches up to 512 keys for
//!   entries that can be sent, which can take some milliseconds. Choose keys with few entries, such as order numbers.
//! - SQLite must be on a local disk, with WAL and `synchronous = FULL`. Use PostgreSQL for more than one machine.
//!
//! `cargo bench -p talkable-outbox --features inbox,postgres` measures rates and times on your machine.
//!
//! # With your own queue
//!
//! If you have a queue already, you don't need this crate. Put a [`StoredCall`](talkable_api::StoredCall) into the
//! messages; it is JSON, so that producers can be written in any language. The consumer sends it with
//! [`Client::restore`](talkable_api::Client::restore), and acts on the [`Verdict`](talkable_api::Verdict) of an error:
//!
//! ```
//! use std::time::Duration;
//! use talkable_outbox::talkable_api::{Client, Error, RetryClass, StoredCall, Verdict};
//!
//! # struct Message { text: String, id: String, delivery: String }
//! # impl Message {
//! #     fn delete(self) {}
//! #     fn retry_in(self, _: Duration) {}
//! #     fn move_to(self, _: &str) {}
//! # }
//! # struct Marks;
//! # impl Marks {
//! #     async fn contains(&self, _: &str) -> Result<bool, std::io::Error> { Ok(false) }
//! #     async fn insert(&self, _: String, _: String) -> Result<(), std::io::Error> { Ok(()) }
//! #     async fn remove(&self, _: &str, _: &str) -> Result<(), std::io::Error> { Ok(()) }
//! # }
//! # async fn example(client: &Client, message: Message, marks: &'static Marks)
//! # -> Result<(), Box<dyn std::error::Error>> {
//! let stored: StoredCall = serde_json::from_str(&message.text)?;
//! let mut call = client.restore(&stored)?;
//! if call.request().retry_class() != RetryClass::Idempotent {
//!     // An earlier consumer crashed after it had marked the message.
//!     if marks.contains(&message.id).await? {
//!         message.move_to("doubtful");
//!         return Ok(());
//!     }
//!     // `insert` fails if the mark of another delivery of this message exists.
//!     let (id, delivery) = (message.id.clone(), message.delivery.clone());
//!     call = call.before_send(move |_| marks.insert(id.clone(), delivery.clone()));
//! }
//! let error = match call.await {
//!     Ok(_) => return Ok(message.delete()),
//!     Err(Error::Hook(_)) => return Ok(message.retry_in(Duration::from_secs(60))),
//!     Err(error) => error,
//! };
//! let verdict = error.verdict();
//! if !matches!(verdict, Verdict::Processed | Verdict::MaybeProcessed) {
//!     // The next delivery may send the call. `remove` keeps the mark of another delivery.
//!     marks.remove(&message.id, &message.delivery).await?;
//! }
//! match verdict {
//!     Verdict::Processed => message.delete(),
//!     Verdict::RetryAfter(pause) => message.retry_in(pause),
//!     Verdict::MaybeProcessed => message.move_to("doubtful"),
//!     Verdict::Unauthorized => message.move_to("held"),
//!     _ => message.move_to("dead"),
//! }
//! # Ok(())
//! # }
//! ```
//!
//! The marks must be durable, in a table of your database for example, with the message as the primary key. A queue can
//! deliver a message again after it was deleted, so keep the marks for as long as the queue keeps messages. To send a
//! doubtful message again, remove its mark, but only after the longest call has passed since the mark.
//!
//! The rest depends on the queue:
//!
//! | | Amazon SQS | Sidekiq | Kafka |
//! |---|---|---|---|
//! | order per key | FIFO queue, message group | none: a refund job checks its purchase | the key of the record |
//! | `retry_in` | `ChangeMessageVisibility` | `perform_in` | pause the partition, and seek back |
//! | `move_to` | another queue | another queue | another topic |
//! | attempts that don't count | no `maxReceiveCount` | `retry: false` | nothing |
//! | longest call | the visibility timeout | no limit | `max.poll.interval.ms` |
//!
//! Set [`Call::deadline`](talkable_api::Call::deadline) below the longest call. Write the order and the message
//! atomically, or send the message from an outbox of your own: a shop that crashes between its commit and the queue
//! loses the call.
//!
//! # Features
//!
//! | feature | default | |
//! |---|---|---|
//! | `sqlite` | yes | SQLite, compiled in |
//! | `postgres` | no | PostgreSQL, with TLS by rustls, and `ThrottleStore`, which shares the rate limit of a site |
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
#[cfg(feature = "postgres")]
mod throttle;
mod turn;
mod wake;
mod worker;

pub use self::admin::{Erased, Filter, Listed, Pause, Resolution, Stats};
pub use self::database::Connection;
pub use self::enqueue::{ENQUEUE_POSTGRES, ENQUEUE_SQLITE, Enqueued};
pub use self::entry::{Doubt, Entry, EntryId, State};
pub use self::error::Error;
pub use self::outbox::{Clock, Outbox};
#[cfg(feature = "postgres")]
#[cfg_attr(docsrs, doc(cfg(feature = "postgres")))]
pub use self::throttle::ThrottleStore;
#[cfg(feature = "fail-points")]
#[doc(hidden)]
pub use self::turn::claim_entries;
pub use self::worker::Worker;
pub use {sqlx, talkable_api};
