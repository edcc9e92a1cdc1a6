//! Webhooks: what Talkable tells a site, received, trusted, typed and answered.
//!
//! A [`Guard`] has the keys; a [`Delivery`] is a webhook whose key was right, and its [`Event`] says what happened.
//!
//! ```
//! use talkable_api::webhook::{Delivery, Event, Guard, Rejection, Reply, UnsubscribeAnswer};
//!
//! fn receive(content_type: Option<&str>, body: &[u8], guard: &Guard) -> Reply {
//!     match Delivery::from_body(content_type, body, guard) {
//!         Ok(delivery) => handle(delivery),
//!         Err(rejection) => rejection.into(), // 400, 401, 413 or 415
//!     }
//! }
//!
//! fn handle(delivery: Delivery) -> Reply {
//!     match delivery.event {
//!         Event::Reward(event) => println!("pay {:?}", event.reward),
//!         Event::CheckUnsubscribe(question) => return question.answer(UnsubscribeAnswer::new(false)),
//!         _ => return Reply::unhandled(), // it comes again, until somebody deals with it
//!     }
//!     Reply::delivered()
//! }
//! ```
//!
//! [`Handlers`] does the same with a function for each kind, and with deduplication. With the feature `webhook-axum` it makes a
//! router for axum; [`Delivery`] and [`Signed`] are extractors, too, for a router of your own. [`testing`] makes deliveries, to try
//! it all without Talkable. What a Custom App sends is signed instead, and read by [`Signed`].
//!
//! # What is trusted
//!
//! The key comes in the body of every webhook, and is all that tells Talkable from anybody else. It is compared in constant
//! time with all keys that there are, before anything of the payload is read. Then the payload must fit the limits of the
//! [`Guard`]. Addresses should be served over https only.
//!
//! # What to answer
//!
//! Any 2xx tells Talkable that a webhook was delivered; it sends everything else again. So answer 500 when something of your
//! own fails, and 200 once the webhook is dealt with, in particular:
//!
//! - No reward of a referral is paid before its `referral` webhook is delivered.
//! - A coupon of `create_coupon` is kept by Talkable once it is delivered; answer 200 for a code that is there already.
//! - A kind that nobody deals with is [`Reply::unhandled`], unless it is known to be of no use.
//! - `check_unsubscribe` is a [`Question`]: without its answer Talkable doesn't know whether the e-mail may go out.
//!
//! What is sent again has the same [`Fingerprint`].
//!
//! # What decodes
//!
//! The types are those of the webhooks alone. Some have the name of one in [`types`](crate::types), such as [`RewardStatus`],
//! since the two documents don't promise the same; where a program uses both, it names one by its module.
//!
//! Fields may be missing or null, amounts may be numbers or texts, enums keep values that are new, and a kind that is new is
//! [`Event::Unknown`]. Fields that are new are in [`Delivery::payload`].

#[cfg(feature = "webhook-axum")]
mod axum;
mod delivery;
pub(crate) mod fields;
mod fingerprint;
mod guard;
mod handlers;
pub(crate) mod payload;
mod rejection;
mod reply;
mod signed;
pub mod testing;

pub use crate::generated::webhooks::*;
pub use delivery::Delivery;
pub use fingerprint::Fingerprint;
pub use guard::Guard;
pub use handlers::{Deduplicate, Failure, Handlers, Recent};
pub(crate) use payload::any_of;
pub use payload::{Answer, FromPayload, Payload, Question};
pub use rejection::{Rejection, RejectionKind};
pub use reply::Reply;
pub use signed::{SIGNATURE_HEADER, Signed};
