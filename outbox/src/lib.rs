//! An outbox for calls of the [Talkable](https://www.talkable.com) API that must survive a crash, on SQLite or PostgreSQL.
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
mod mask;
mod outbox;
mod outcome;
mod schema;
mod send;
mod sql;
mod turn;
mod wake;
mod worker;

pub use self::admin::{Erased, Filter, Listed, Pause, Resolution, Stats};
pub use self::database::Connection;
pub use self::enqueue::{ENQUEUE_POSTGRES, ENQUEUE_SQLITE, Enqueued};
pub use self::entry::{Entry, EntryId, State};
pub use self::error::Error;
pub use self::outbox::{Clock, Outbox};
pub use self::worker::Worker;
pub use {sqlx, talkable_api};
