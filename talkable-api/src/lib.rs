//! Typed bindings for version 2 of the [Talkable](https://www.talkable.com) REST API: referrals, offers, rewards, coupons
//! and loyalty.
//!
//! A [`Client`] stands for a site. Its resources have a method for every operation of the API, and each method returns a
//! [`Call`]: one request as data, which is sent when it is awaited.
//!
//! ```no_run
//! # #[cfg(all(feature = "origins", feature = "people"))]
//! # async fn example() -> Result<(), talkable_api::Error> {
//! use rust_decimal::dec;
//! use talkable_api::{ApiErrorKind, Client, Error, types::*};
//!
//! let client = Client::from_env()?; // TALKABLE_API_KEY, TALKABLE_SITE_SLUG, and TALKABLE_BASE_URL if it isn't Talkable's own
//!
//! let purchase = NewPurchase::new("jane@example.com", "1042", dec!(99.50)).first_name("Jane");
//! let created = client.origins().create_purchase(&purchase).await?;
//! if let Some(offer) = created.offer {
//!     println!("share {}", offer.claim_url);
//! }
//!
//! match client.people().find("nobody@example.com").await {
//!     Err(Error::Api(error)) if error.kind() == ApiErrorKind::BadRequest => eprintln!("{}", error.message()),
//!     other => println!("{:?}", other?.person.first_name),
//! }
//! # Ok(())
//! # }
//! ```
//!
//! ```toml
//! [dependencies]
//! talkable-api = "0.1"
//! tokio = { version = "1", features = ["macros", "rt-multi-thread"] }
//! rust_decimal = { version = "1", features = ["macros"] } # for dec!(99.50)
//! ```
//!
//! The key belongs on a server, never in a browser or an app. Error messages are for developers, not for shoppers.
//!
//! # Calls
//!
//! A call can be looked at, changed, stored and spawned before it is sent:
//!
//! ```no_run
//! # #[cfg(feature = "people")]
//! # async fn example(client: talkable_api::Client) -> Result<(), Box<dyn std::error::Error>> {
//! use std::time::Duration;
//!
//! let call = client.people().find("jane@example.com").timeout(Duration::from_secs(3));
//! assert_eq!(call.request().path(), "/api/v2/people/jane%40example.com");
//!
//! let response = tokio::spawn(call.response()).await??;
//! println!("{} after {} attempts: {:?}", response.status, response.info.attempts(), response.value.person);
//! # Ok(())
//! # }
//! ```
//!
//! Dropping the future of a call at any point is safe: nothing of it stays behind, though a request that has reached the
//! API may be carried out.
//!
//! # Limits
//!
//! | limit | default | of client and call |
//! |---|---|---|
//! | one attempt | 30 seconds | [`timeout`](ClientBuilder::timeout), [`timeout`](Call::timeout) |
//! | a call with all its attempts and waits | 5 minutes | [`deadline`](ClientBuilder::deadline), [`deadline`](Call::deadline) |
//! | how often a call is sent | unlimited after a 429, else 3 | [`attempts`](ClientBuilder::attempts), [`attempts`](Call::attempts) |
//! | a pause while nothing gets through | 1 minute | [`pause_cap`](ClientBuilder::pause_cap), [`pause_cap`](Call::pause_cap) |
//! | throttling at all | on | [`throttle_off`](ClientBuilder::throttle_off), [`throttle_off`](Call::throttle_off) |
//! | calls under way before the first answer | 16 | [`initial_window`](ClientBuilder::initial_window) |
//! | connecting | 10 seconds | [`connect_timeout`](ClientBuilder::connect_timeout) |
//! | silence within an answer | 20 seconds | [`read_timeout`](ClientBuilder::read_timeout) |
//! | bytes of an answer, unpacked | 16 MiB | [`response_limit`](ClientBuilder::response_limit) |
//! | nesting of an answer | 127 levels | [`json_depth_limit`](ClientBuilder::json_depth_limit) |
//!
//! Time is counted by the monotonic clock, so nothing happens early or late when the clock on the wall is set.
//!
//! # What is sent again: rate limits and retries
//!
//! The API throttles each site by itself and answers 429 without having done anything. So every call is sent again after a 429,
//! as often as its limits allow. All calls of the same client and site queue up together, the oldest first, at a pace that is
//! learned from what gets through. While nothing does, one call at a time finds out whether there is time again, after pauses
//! that grow up to a minute; a `Retry-After` is obeyed, for an hour at most. If the limits of a call leave no time for that, it
//! ends at once with [`Error::Throttled`]. [`Client::throttle`] shows how things stand.
//!
//! After a 500, 502, 503 or 504, a timeout or a broken connection, a request may have been carried out. Only operations
//! that may be done twice (the idempotent ones, as the documentation of each tells) are sent again then, three times in all,
//! with back-off; every other one only if no connection came about.
//! [`Error::maybe_executed`] tells whether it was so. A refusal that says so much as `Duplicate entity` may then be
//! about the very same call. Beneath all that, a request that an HTTP/2 server says it hasn't
//! looked at goes out again on another connection; that is no attempt of its own.
//!
//! # Many rows
//!
//! [`bulk`] sends a million of them with concurrent calls, and resumes where it stopped.
//!
//! # Watching
//!
//! [`ClientBuilder::on_attempt`] calls a function after every attempt and [`ClientBuilder::on_call`] one at the end of every
//! call, for metrics. With the feature `tracing` every call
//! is a span, and every attempt an event in it, at the level `DEBUG`, or `WARN` after a 429, a 5xx or no answer at all.
//! Both use the names that OpenTelemetry has for HTTP clients: `http.request.method`, `http.response.status_code`,
//! `http.request.resend_count`, `url.template`, `server.address`, `server.port`, `error.type`, and `otel.*` for layers that
//! make spans of it. The path is only told as its template, since paths hold e-mail addresses, and bodies, queries,
//! headers and the key aren't told at all.
//!
//! Responses and errors tell the number of attempts, the time spent waiting, and the server's name for the request.
//!
//! ```
//! use std::sync::atomic::{AtomicU64, Ordering};
//! use talkable_api::Client;
//!
//! static THROTTLED: AtomicU64 = AtomicU64::new(0);
//!
//! let builder = Client::builder().on_attempt(|attempt| {
//!     if attempt.error_type() == Some("429") {
//!         THROTTLED.fetch_add(1, Ordering::Relaxed);
//!     }
//! });
//! ```
//!
//! The span of a call is a child of the one in which the call is awaited:
//!
//! ```no_run
//! # #[cfg(feature = "tracing")]
//! # async fn example(call: talkable_api::Call<String>) -> Result<(), talkable_api::Error> {
//! use tracing::{Instrument as _, info_span};
//!
//! let value = call.into_future().instrument(info_span!("import")).await?;
//! # Ok(())
//! # }
//! ```
//!
//! # Changing requests
//!
//! Headers can be added, by [`Call::header`] to one call and by [`ClientBuilder::on_request`] to all. Neither can break
//! out of its line, replace the key, or change where a request goes and what it does. Proxies, certificates and name
//! resolution come with [`ClientBuilder::http_client_builder`].
//!
//! # Keys
//!
//! A key can be rotated, that is, replaced while the client is at work, by [`Client::set_api_key`], or be asked for before every
//! attempt, by
//! [`ClientBuilder::key_provider`]. It is kept in memory that is wiped when it is dropped, but for the copy in the header,
//! and it is in no `Debug`, error, log or span, even if a server echoes it in the answer that an error keeps.
//!
//! # Webhooks
//!
//! With the feature `webhooks`, `talkable_api::webhook` verifies and decodes webhooks: it compares security keys in constant time
//! before it reads the payload, and has a type for each kind. `webhook-axum` adds a router and extractors for axum.
//!
//! ```
//! # #[cfg(feature = "webhooks")] {
//! use talkable_api::webhook::{CheckUnsubscribeEvent, Delivery, Handlers, RewardEvent, UnsubscribeAnswer, Verifier};
//!
//! # async fn pay(_: RewardEvent) -> Result<(), std::io::Error> { Ok(()) }
//! # fn example() -> Result<(), talkable_api::InvalidError> {
//! let handlers = Handlers::new(Verifier::new("the-security-key")?)
//!     .on(|delivery: Delivery<RewardEvent>| async { pay(delivery.event).await })
//!     .on(|_: Delivery<CheckUnsubscribeEvent>| async { Ok::<_, std::io::Error>(UnsubscribeAnswer::new(false)) });
//! # Ok(())
//! # }
//! # }
//! ```
//!
//! # What decodes
//!
//! Fields that are new are passed over, enums keep values that are new, and most fields may be absent or null. Numbers
//! may come as texts, money is [`Decimal`] and exact to 15 digits both ways, and times keep their offset. An answer that
//! still doesn't fit is [`Error::Decode`], which keeps the body and says where it is wrong.
//!
//! # Types of other crates
//!
//! [`chrono`], [`reqwest`], [`rust_decimal`] and [`serde_json`] have types in this interface, such as the times in [`types`].
//! They are re-exported, for programs that don't want to depend on the right versions themselves.
//!
//! # Features
//!
//! | feature | default | what it does |
//! |---|---|---|
//! | `resources` | yes | every resource; to compile less, take `default-features = false, features = ["rustls", "people", …]` |
//! | `rustls` | yes | TLS by rustls with the certificates of the operating system |
//! | `native-tls` | no | TLS by the operating system |
//! | `rustls-no-provider` | no | rustls with the `CryptoProvider` that your program installs, such as ring; without any of the three there is no TLS |
//! | `blocking` | no | `wait` instead of `await`, in `talkable_api::blocking` |
//! | `tracing` | no | a span for every call and an event for every attempt |
//! | `webhooks` | no | verifies and decodes webhooks, and builds replies |
//! | `webhook-axum` | no | the same for axum: a router and extractors |
//! | `serialize` | no | `Serialize` on what comes back and `Deserialize` on what is sent, for storing and replaying |
//!
//! What is deliberately absent: a way to follow redirects, since another server would see the key, and a way to send over
//! plain http by accident.
#![cfg_attr(docsrs, feature(doc_cfg))]
#![deny(missing_docs)]

#[doc(hidden)]
pub mod __private;
#[cfg(feature = "blocking")]
pub mod blocking;
pub mod bulk;
mod call;
mod call_info;
mod client;
mod decode;
mod error;
#[rustfmt::skip]
#[allow(clippy::pedantic, reason = "those lints are about taste, and this was written by a program")]
mod generated;
mod observe;
mod operation;
mod request;
mod send;
#[cfg(feature = "webhooks")]
pub mod webhook;

pub use {chrono, reqwest, rust_decimal, serde_json};

pub use bytes::Bytes;
pub use reqwest::Method;
pub use reqwest::header::HeaderMap;
pub use rust_decimal::Decimal;
pub use secrecy::SecretString;

pub use call::{Call, Items, Page, Response};
pub use call_info::CallInfo;
pub use client::{Client, ClientBuilder};
#[allow(unused_imports, reason = "a build may leave out every resource that has an enum")]
pub(crate) use decode::open_enum;
pub use error::{
    ApiError, ApiErrorKind, DecodeError, Error, InvalidError, ThrottledError, TransportError, TransportErrorKind,
};
pub use generated::*;
pub use observe::{Attempt, Outcome};
pub use request::{Request, RequestDraft, Upload};
pub use send::throttle::ThrottleStatus;

/// The examples of the README, which are tested with those of the crate.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
pub struct Readme;
