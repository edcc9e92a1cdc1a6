//! A client for version 2 of the [Talkable](https://www.talkable.com) REST API: referrals, offers, rewards, coupons and loyalty.
//!
//! A [`Client`] makes calls for one site. Its resources, such as `client.people()`, have a typed method for each operation.
//! Each method returns a [`Call`], which is sent when it is awaited:
//!
//! ```no_run
//! # #[cfg(all(feature = "origins", feature = "people"))]
//! # async fn example() -> Result<(), talkable_api::Error> {
//! use rust_decimal::dec;
//! use talkable_api::{Client, types::*};
//!
//! // Reads TALKABLE_API_KEY, TALKABLE_SITE_SLUG and, if set, TALKABLE_BASE_URL.
//! let client = Client::from_env()?;
//!
//! let purchase = NewPurchase::new("jane@example.com", "1042", dec!(99.50));
//! let created = client.origins().create_purchase(&purchase).await?;
//! if let Some(offer) = created.offer {
//!     println!("share {}", offer.claim_url);
//! }
//!
//! match client.people().find("jane@example.com").optional().await? {
//!     Some(found) => println!("{:?}", found.person.first_name),
//!     None => println!("unknown"),
//! }
//! # Ok(())
//! # }
//! ```
//!
//! Calls need a Tokio runtime, unless they use the `wait` methods of the `blocking` feature. The `dec!` macro is part of
//! `rust_decimal` with its `macros` feature.
//!
//! **Use the API key on servers only**, never in a browser or an app. It gives access to all of the site's data.
//!
//! # What to call
//!
//! | you want to | use |
//! |---|---|
//! | record an order or an event | `client.origins().create_purchase(…)`, `create_event(…)` |
//! | record a sign-up | `client.origins().create_affiliate_member(…)` |
//! | record many of them, as in a backfill | [`bulk`] |
//! | refund an order | `client.origins().refund(…)` |
//! | approve or void a referral | `client.referrals().update_status(…)` |
//! | show an offer, and share it | `client.offers().find(…)`, `share_by_email(…)`, `share_by_social_channel(…)` |
//! | look up a person, their rewards, shares or referrals | `client.people().find(…)`, `rewards(…)`, `shares(…)`, `referrals_as_advocate(…)` |
//! | change or unsubscribe a person | `client.people().update(…)`, `unsubscribe(…)` |
//! | check a coupon | `client.coupons().find(…)`, `check_permission(…)` |
//! | collect, redeem or adjust loyalty points | `client.loyalty().create_collect_action(…)`, `create_redeem_action(…)`, `adjust_points(…)` |
//! | export or erase personal data | `client.people().personal_data(…)` with [`decode_as`](Call::decode_as), `anonymize(…)` |
//! | export metrics | `client.metrics().calculate(Metric::SharingRate, …)`, `segmentize(…)` |
//! | list campaigns or traffic sources | `client.campaigns().list()`, `client.traffic_sources().list()` |
//! | call several sites of an account | [`Client::for_site`] |
//! | receive webhooks | `talkable_api::webhook`, with the `webhooks` feature |
//! | treat a missing object as `None` | [`Call::optional`] |
//! | decide what to do after a failure | [`Error::verdict`], [`ApiError::reason`] |
//! | fail fast while a user waits | [`Call::deadline`] of a few seconds, instead of 5 minutes |
//! | spawn, join or select calls | [`Call::send`] |
//! | store calls in a queue or an outbox | [`Call::to_stored`], [`Client::restore`] |
//! | send parameters that this crate does not have | [`Call::extra_query`], [`Call::extra_body`], [`Client::call_by_id`] |
//! | call a site from several processes at its limit | [`ClientBuilder::shared_throttle`] |
//! | record metrics | [`ClientBuilder::on_attempt`], [`ClientBuilder::on_call`] |
//! | make calls without `async` | `wait()` of each call, with the `blocking` feature |
//!
//! The repository contains an example program for most of these tasks.
//!
//! Purchases, events and affiliate members are dated by their arrival, unless `created_at` is set. Set it in a backfill, and for
//! calls that are stored before they are sent. Similarly, `refunded_at` is the time of a refund, and `unsubscribed_at` in
//! `people().update` is the time at which a person unsubscribed. Everything else, such as shares, claims and changes
//! of loyalty points, is always dated by its arrival.
//!
//! # Calls
//!
//! A [`Call`] owns its data. It can be inspected, changed, stored and spawned:
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
//! println!("{} after {} attempts", response.status, response.info.attempts());
//! println!("{:?}", response.value.person);
//! # Ok(())
//! # }
//! ```
//!
//! Dropping a call's future cancels the call. Nothing more is sent, but a request that is already in flight may still be
//! processed. [`Call::send`] returns the future as a [`CallFuture`], for `tokio::spawn`, `join_all`, `select!` and structs.
//!
//! - [`bulk`] sends any number of rows with concurrent calls, and can resume an interrupted run.
//! - With the `blocking` feature, `talkable_api::blocking` makes calls without `async`.
//! - [`Call::header`] and [`ClientBuilder::on_request`] add headers. [`ClientBuilder::http_client_builder`] sets proxies,
//!   certificates and name resolution.
//! - [`Call::to_stored`] converts a call to data for a queue, [`Client::restore`] converts it back, and
//!   [`Client::call_by_id`] makes an untyped call. [`Call::before_send`] runs right before a request is sent.
//! - [`Client::set_api_key`] and [`ClientBuilder::key_provider`] rotate the API key.
//!
//! # Errors
//!
//! An [`Error`] shows whether the API rejected the request, the connection failed, the response did not decode, the site is
//! rate limited, the call's [`before_send`](Call::before_send) hook failed, or an argument is invalid. Its [`CallInfo`] contains
//! the number of attempts, the time spent waiting and the request id. Errors contain neither the API key nor URLs. Their messages
//! are written for developers, not for shoppers.
//!
//! The API responds to nearly every invalid request with a 400. [`ApiError::reason`] identifies the cause from the known messages,
//! and [`Call::optional`] returns `None` for a missing person, offer or other object.
//!
//! [`Error::verdict`] states what to do next: repeat the call, correct it, stop all calls of the site, or look up whether the API
//! has processed it. [`Verdict`] has the complete table.
//!
//! # Decoding
//!
//! Most fields are optional, amounts are [`Decimal`]s, and times keep their UTC offset. Unknown fields are ignored, and enums keep
//! unknown values. The types are inferred from examples, so the fields of results and webhook payloads also accept other formats:
//!
//! | field | also accepts | as |
//! |---|---|---|
//! | text | a number | the number as text |
//! | number | a text that contains a number | the number |
//! | time | a date | midnight UTC |
//! | optional number, date, time or enum | `""` | `None` |
//! | list | `{}`, null | an empty list |
//! | map | `[]`, `""`, null | an empty map |
//! | custom property or other text in a map | any JSON | its JSON text; null is skipped |
//!
//! All other deviations are errors, for example a list instead of an object. [`Error::Decode`] contains the body and the location
//! of the failure as a JSON pointer.
//!
//! # Data lost in a crash
//!
//! Calls are kept in memory, so a process that crashes or is killed loses the following:
//!
//! | | lost |
//! |---|---|
//! | a call that waits for its slot, or between two attempts | the call, unless an earlier attempt was processed |
//! | a call in flight | its result; the API may have processed the request |
//! | [bulk] calls | nothing, if you resume at [`Progress::next`](bulk::Progress::next); some rows are sent twice |
//! | a webhook whose handler is running | nothing, because Talkable resends a webhook until it gets a 2xx |
//! | the state of the throttle | the rate, which the next process learns again, unless the throttle is shared |
//!
//! To avoid losing a call, write it to your database with [`Call::to_stored`] in the same transaction as the order, and send it
//! afterwards. [`Call::before_send`] can record that a request is about to be sent. After a restart, send every call that has no
//! such record. Send a call that has one only if its [`RetryClass`] is [`Idempotent`](RetryClass::Idempotent).
//!
//! # Retries
//!
//! After a 408, 500, 502, 503 or 504, a timeout or a lost connection, the API may have processed the request. Idempotent
//! operations are retried after these failures, by default with up to three attempts in total, exponential backoff and jitter.
//! Other operations are retried only if no connection was established. The documentation of each method states whether its
//! operation is idempotent.
//!
//! [`CallInfo::maybe_processed`] is true if an attempt may have been processed. An error such as `Duplicate entity` may then be
//! caused by an earlier attempt of the same call. An HTTP/2 request is resent if the server reports it as unprocessed. This
//! does not count as another attempt.
//!
//! # Rate limits
//!
//! The API limits the request rate of each site, and rejects requests over the limit with a 429 before processing them. A call
//! is retried after a 429 until its deadline, except for an upload from a stream. All calls that a client makes for the same
//! site share a throttle, which learns the rate from the responses and sends the oldest calls first. The throttle obeys a
//! `Retry-After` of up to an hour. During an outage, it sends one request at a time, with pauses that grow to one minute.
//!
//! If a call would have to wait for a slot past its deadline or longer than its `pause_cap`, it fails at once with
//! [`Error::Throttled`]. [`Client::throttle`] shows the state of the throttle.
//!
//! Several processes that call the same site can share what they learn, with [`ClientBuilder::shared_throttle`]. The module
//! [`throttle`] describes when this helps.
//!
//! # Limits
//!
//! All limits can be set for a client. The first five can also be set for a call.
//!
//! | limit | default | |
//! |---|---|---|
//! | an attempt | 30 seconds | [`timeout`](ClientBuilder::timeout) |
//! | a call, including all attempts and waits | 5 minutes | [`deadline`](ClientBuilder::deadline) |
//! | attempts | unlimited after a 429, otherwise 3 | [`attempts`](ClientBuilder::attempts) |
//! | a pause without a `Retry-After` | 1 minute | [`pause_cap`](ClientBuilder::pause_cap) |
//! | the throttle | on | [`throttle_off`](ClientBuilder::throttle_off) |
//! | requests in flight before the first 429 | 16, growing | [`initial_window`](ClientBuilder::initial_window) |
//! | connecting | 10 seconds | [`connect_timeout`](ClientBuilder::connect_timeout) |
//! | the time between two chunks of a response | 20 seconds | [`read_timeout`](ClientBuilder::read_timeout) |
//! | the size of a response, decompressed | 16 MiB | [`response_limit`](ClientBuilder::response_limit) |
//! | the nesting of a response | 127 levels | [`json_depth_limit`](ClientBuilder::json_depth_limit) |
//! | the values in a response | 2,000,000 | |
//!
//! # Metrics and tracing
//!
//! [`ClientBuilder::on_attempt`] adds a hook that runs after each attempt, and [`ClientBuilder::on_call`] adds a hook that runs
//! at the end of each call:
//!
//! ```
//! use opentelemetry::{KeyValue, metrics::Meter};
//! use talkable_api::ClientBuilder;
//!
//! fn record_metrics(builder: ClientBuilder, meter: &Meter) -> ClientBuilder {
//!     let duration = meter.f64_histogram("http.client.request.duration");
//!     let duration = duration.with_unit("s").build();
//!     builder.on_attempt(move |attempt| {
//!         let mut attributes = vec![
//!             KeyValue::new("http.request.method", attempt.info.method().as_str()),
//!             KeyValue::new("url.template", attempt.info.template()),
//!         ];
//!         let error_type = attempt.error_type().map(str::to_owned);
//!         attributes.extend(error_type.map(|name| KeyValue::new("error.type", name)));
//!         duration.record(attempt.duration.as_secs_f64(), &attributes);
//!     })
//! }
//! ```
//!
//! The example `opentelemetry` is a complete program, which also records the duration of each call.
//!
//! With the `tracing` feature, each call creates a span with OpenTelemetry's attributes for HTTP clients, and each attempt creates
//! an event in that span. The level of the event is `WARN` after a 429, a 5xx or a transport error, and `DEBUG` otherwise. Spans
//! and events contain the path template instead of the path, because paths contain e-mail addresses. They never contain
//! queries, bodies, headers or the API key.
//!
//! # Webhooks
//!
//! With the `webhooks` feature, `talkable_api::webhook` verifies and decodes webhooks, and builds replies. Its `Handlers`
//! process requests from any web framework.
//!
//! # Testing
//!
//! Point [`ClientBuilder::base_url`] at this repository's sandbox, a fake API server for tests and development, or at your own
//! server. Plain http is allowed for loopback addresses. [`Call::request`] shows a request without sending it, and
//! `webhook::testing` builds webhooks of every kind.
//!
//! # Features
//!
//! | feature | default | |
//! |---|---|---|
//! | `resources` | yes | all resources; to compile faster, enable individual resources such as `people` instead |
//! | `rustls` | yes | TLS with rustls and the system's root certificates |
//! | `rustls-no-provider` | no | TLS with rustls and a `CryptoProvider` installed by your program |
//! | `native-tls` | no | TLS with the operating system's library, unless a feature for rustls is enabled |
//! | `blocking` | no | calls without `async` |
//! | `tracing` | no | `tracing` spans and events |
//! | `webhooks` | no | verifies and decodes webhooks, and builds replies |
//! | `webhook-axum` | no | a router and extractors for axum |
//! | `serialize` | no | `Serialize` for results and `Deserialize` for arguments, to store and replay them |
//!
//! The `rustls` feature needs a C compiler, because its cryptography is written in C and assembly. To build without one, disable
//! the default features, and use one of the other two features for TLS. `native-tls` links the operating system's library, which
//! is OpenSSL on Linux. With `rustls-no-provider`, your program installs a `CryptoProvider` that needs no C compiler:
//!
//! ```toml
//! [dependencies.talkable-api]
//! version = "0.1"
//! default-features = false
//! features = ["resources", "native-tls"]
//! ```
//!
//! The crates [`chrono`], [`reqwest`], [`rust_decimal`] and [`serde_json`] are part of the public API, and are re-exported.
//! `chrono` is built without its `clock` feature; [`now`] returns the current time.
//!
//! The client never follows redirects, because that would send the API key to other servers. An operation that
//! responds with a redirect returns a [`Redirect`]. The client uses plain http for remote servers only if you call
//! [`allow_plain_http`](ClientBuilder::allow_plain_http).
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
#[allow(clippy::pedantic, reason = "generated code need not satisfy stylistic lints")]
mod generated;
mod observe;
mod operation;
mod period;
mod request;
mod send;
pub mod throttle;
#[cfg(feature = "webhooks")]
pub mod webhook;

pub use {chrono, reqwest, rust_decimal, serde_json};

pub use bytes::Bytes;
pub use reqwest::Method;
pub use reqwest::header::HeaderMap;
pub use rust_decimal::Decimal;
pub use secrecy::SecretString;

pub use call::{Call, CallFuture, Download, Items, OptionalCall, Page, Redirect, Response, StoredCall};
pub use call_info::CallInfo;
pub use client::{Client, ClientBuilder};
#[doc(hidden)]
pub use decode::ByStatus;
#[allow(unused_imports, reason = "the API may have no result that depends on the status")]
pub(crate) use decode::by_status::by_status;
#[allow(unused_imports, reason = "no enum uses it if only resources without enums are enabled")]
pub(crate) use decode::open_enum;
pub use error::{
    ApiError, ApiErrorKind, DecodeError, Error, HookError, InvalidError, ThrottledError, TransportError,
    TransportErrorKind, Verdict,
};
pub use generated::*;
pub use observe::{Attempt, CallOutcome};
pub use operation::RetryClass;
pub use period::Period;
pub use request::{Request, Upload, now};
pub use send::throttle::ThrottleStatus;

/// Runs the README's examples as doc tests.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
pub struct Readme;
