//! Talkable's API on your own machine: to develop against, and to test with.
//!
//! A [`Sandbox`] answers all operations of `spec/talkable.yaml` at their published paths. It keeps people, purchases,
//! offers, referrals, rewards and coupons in memory, one [`Site`] beside the other, and behaves as Talkable does: what was
//! created is found again, what was bought through a claim becomes a referral. It listens on the loopback interface, and
//! several of them run side by side.
//!
#![doc = include_str!("../README.md")]

mod admin;
mod answer;
mod behavior;
mod builder;
mod call;
mod clock;
mod description;
mod host;
mod invalid;
mod page;
mod pipeline;
mod record;
mod router;
mod sandbox;
mod seed;
mod server;
pub mod state;
mod trouble;
mod validation;
mod view;
mod visits;
mod webhooks;

pub use behavior::Claimed;
pub use builder::Builder;
pub use clock::Clock;
pub use description::description;
pub use invalid::Invalid;
pub use record::Recorded;
pub use sandbox::Sandbox;
pub use state::Site;
pub use trouble::Trouble;
pub use webhooks::WebhookTarget;
