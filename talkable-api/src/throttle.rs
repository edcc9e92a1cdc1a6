//! The state of the throttle, and the store that shares it among several processes.
//!
//! # One rate for several processes
//!
//! The API limits the request rate of each site, over all processes that call it. A single process finds the limit and stays just
//! below it. Several processes that find it independently disturb each other: each 429 slows only one of them, and the more
//! processes there are, the more of their requests are refused.
//!
//! With [`ClientBuilder::shared_throttle`](crate::ClientBuilder::shared_throttle), the processes find the limit together. A
//! [`SharedStore`] keeps the learned rate and the demand of each process. Each process sends at its share of the rate, in
//! proportion to its number of calls, so calls wait equally long in all processes. One 429 slows all processes once, and after an
//! outage, one process probes for all.
//!
//! Use it if several processes call the same site at the same time, often enough to reach its limit. One process needs no store.
//!
//! - **Calls never wait for the store.** A task reads and writes it in the background while there are calls, with at most 10
//!   operations per second. An idle process does not use the store.
//! - **The store is optional at run time.** While it is slow or unavailable, each process continues at its last share of the
//!   rate and adapts by itself, as without a store. If its content is lost, the processes restore it.
//! - **The processes need no synchronized clocks.** All times are those of the store's clock.
//! - **Processes with different versions of this crate can share a store.** A version that can't read the stored state continues
//!   without it and does not replace it.
//!
//! The limit is still found by 429 responses, so some requests are refused and retried. Requests of other programs, such as
//! browsers, count toward the same limit, and reduce the rate that the processes find. A process that has just started sends a few
//! requests before its first read. A process that is killed keeps its share for a few seconds.
//!
//! [`Client::throttle`](crate::Client::throttle) shows the state of the fleet.

pub use crate::send::throttle::FleetStatus;
pub use crate::send::throttle::store::{MemoryStore, SharedStore, Snapshot, StoreError, StoreFuture, Swap};
