//! Talkable's API on your own machine, for development and tests.
//!
//! A [`Sandbox`] serves all operations of `spec/talkable.yaml` at their published paths. It keeps people, purchases, offers,
//! referrals, rewards and coupons of each [`Site`] in memory and follows Talkable's rules: created records can be found
//! again, and a purchase made through a claim becomes a referral. It listens on the loopback interface, and several can run
//! side by side.
//!
#![doc = include_str!("../README.md")]

mod admin;
mod api;
mod api_docs;
mod behavior;
mod call;
mod description;
mod faults;
mod http;
mod pipeline;
mod public_pages;
mod settings;
mod shared;
pub mod state;
mod validation;
mod view;
mod webhooks;

pub use api::{Builder, Sandbox};
pub use behavior::ClaimedOffer;
pub use description::description;
pub use faults::Faults;
pub use settings::{Clock, InvalidSetting, WebhookTarget};
pub use shared::RecordedCall;
pub use state::Site;
