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
//! let client = Client::from_env()?; // TALKABLE_API_KEY and TALKABLE_SITE_SLUG
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
//! println!("{} after {} attempts: {:?}", response.status, response.attempts, response.value.person);
//! # Ok(())
//! # }
//! ```
//!
//! A call has two limits, and the client has defaults for both: `timeout` for one attempt (30 seconds), and `deadline` for
//! the call with all its attempts and waits (5 minutes). Dropping the future of a call at any point is safe: nothing of
//! it stays behind, though a request that has reached the API may be carried out.
//!
//! # What is sent again
//!
//! The API throttles each site by itself and answers 429 without having done anything. So every call is sent again after
//! a 429, as often as the deadline allows, and all calls of the same client and site wait together, for growing times
//! from a second to a minute or for as long as `Retry-After` says. If the deadline leaves no time for that, the call ends
//! at once with [`Error::Throttled`].
//!
//! After a 500, 502, 503 or 504, a timeout or a broken connection, a request may have been carried out. Only operations
//! that may be done twice are sent again then, three times in all; every other one only if no connection came about.
//! [`TransportError::maybe_executed`] tells which it was.
//!
//! # Many rows
//!
//! [`bulk`] sends a million of them side by side, tells of each what came of it, and goes on where it was stopped.
//!
//! # What decodes
//!
//! Fields that are new are passed over, enums keep values that are new, and most fields may be absent or null. Numbers
//! may come as texts, money is [`Decimal`] and exact to 15 digits both ways, and times keep their offset. An answer that
//! still doesn't fit is [`Error::Decode`], which keeps the body and says where it is wrong.
//!
//! # Features
//!
//! | feature | default | what it does |
//! |---|---|---|
//! | `resources` | yes | every resource; to compile less, turn the defaults off and name those that you use |
//! | `rustls` | yes | TLS by rustls with the certificates of the operating system |
//! | `native-tls` | no | TLS by the operating system |
//! | `blocking` | no | `wait` instead of `await`, in `talkable_api::blocking` |
//! | `serialize` | no | `Serialize` on what comes back and `Deserialize` on what is sent, for storing and replaying |
//!
//! What is deliberately absent: a way to follow redirects, since another server would see the key, and a way to send over
//! plain http by accident.
#![cfg_attr(docsrs, feature(doc_cfg))]
#![deny(missing_docs)]

mod attempts;
#[cfg(feature = "blocking")]
pub mod blocking;
pub mod bulk;
mod call;
mod client;
#[cfg(feature = "conform")]
#[doc(hidden)]
pub mod conform;
#[doc(hidden)]
pub mod de;
#[doc(hidden)]
pub mod decimal;
mod depth;
mod envelope;
mod error;
#[rustfmt::skip]
#[allow(clippy::pedantic, reason = "those lints are about taste, and this was written by a program")]
mod generated;
mod hooks;
mod items;
mod key;
mod observe;
mod open_enum;
#[doc(hidden)]
pub mod operation;
mod outgoing;
mod path;
mod pointer;
mod request;
mod response;
mod retry;
#[doc(hidden)]
pub mod throttle;
#[cfg_attr(not(feature = "tracing"), path = "trace/off.rs")]
mod trace;
mod transport;
mod upload;

pub use bytes::Bytes;
pub use reqwest::Method;
pub use reqwest::header::HeaderMap;
pub use rust_decimal::Decimal;
pub use secrecy::SecretString;

pub use call::Call;
pub use client::{Client, ClientBuilder};
pub use error::{ApiError, ApiErrorKind, DecodeError, Error, InvalidError, TransportError, TransportErrorKind};
pub use generated::*;
pub use hooks::Draft;
pub use items::{Items, Page};
pub use observe::Attempt;
pub(crate) use open_enum::open_enum;
pub use request::Request;
pub use response::Response;
pub use throttle::ThrottleStatus;
pub use upload::Upload;

/// The examples of the README, which are tested with those of the crate.
#[cfg(all(doctest, feature = "origins", feature = "people"))]
#[doc = include_str!("../README.md")]
pub struct Readme;
