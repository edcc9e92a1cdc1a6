//! Typed bindings for the [Talkable](https://www.talkable.com) REST API: referrals, rewards, coupons and loyalty.
#![cfg_attr(docsrs, feature(doc_cfg))]
#![deny(missing_docs)]

mod attempts;
mod call;
mod client;
#[cfg(feature = "conform")]
#[doc(hidden)]
pub mod conform;
#[doc(hidden)]
pub mod de;
#[doc(hidden)]
pub mod decimal;
mod envelope;
mod error;
#[rustfmt::skip]
#[allow(clippy::pedantic, reason = "those lints are about taste, and this was written by a program")]
mod generated;
mod items;
mod key;
mod open_enum;
#[doc(hidden)]
pub mod operation;
mod path;
mod pointer;
mod request;
mod response;
mod retry;
mod throttle;
mod transport;
mod upload;

pub use call::Call;
pub use client::{Client, ClientBuilder};
pub use error::{ApiError, ApiErrorKind, DecodeError, Error, InvalidError, TransportError, TransportErrorKind};
pub use generated::*;
pub use items::{Items, Page};
pub(crate) use open_enum::open_enum;
pub use request::Request;
pub use response::Response;
pub use upload::Upload;
