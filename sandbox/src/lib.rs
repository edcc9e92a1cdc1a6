//! A local simulation of Talkable's API for development and tests.
//!
//! A [`Sandbox`] serves all operations in `spec/talkable.yaml` and keeps the records of each [`Site`] in memory. By
//! default it listens on a free port of the loopback interface, so several sandboxes can run at the same time.
//!
#![doc = include_str!("../README.md")]

mod activity;
mod admin;
mod api;
mod api_docs;
mod behavior;
mod body;
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
mod web_page;
mod webhooks;

pub use api::{Builder, Sandbox};
pub use description::description;
pub use faults::{Failure, Faults};
pub use settings::{Clock, InvalidSetting, WebhookTarget};
pub use shared::RecordedCall;
pub use state::Site;
