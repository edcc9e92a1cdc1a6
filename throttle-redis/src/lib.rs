//! A store for the request rate that several processes share, in Valkey or Redis.
//!
//! Pass a [`RedisStore`] to
//! [`ClientBuilder::shared_throttle`](talkable_api::ClientBuilder::shared_throttle) in every process that calls a site:
//!
//! ```no_run
//! use std::sync::Arc;
//!
//! use talkable_throttle_redis::{RedisStore, talkable_api::Client};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let store = Arc::new(RedisStore::open("redis://10.0.0.5:6379")?);
//! let client = Client::builder().api_key("key").site_slug("my-store").shared_throttle(store).build()?;
//! # Ok(())
//! # }
//! ```
//!
//! # If the server fails
//!
//! The store is an optimization. If the server does not respond, or if its data is lost, each process continues at its
//! last share of the rate. [`Client::throttle`](talkable_api::Client::throttle) shows whether the store is in use.
//!
//! # The server
//!
//! Any Valkey, and Redis from version 5, without modules. A site has one key, `talkable-throttle:…`, of a few
//! kilobytes, which expires a day after the last write. It contains rates and counters, and neither the API key nor
//! personal data. It needs no persistence and no replicas. A process makes at most ten operations a second, and none
//! while it makes no calls.
//!
//! With access control, the user needs the keys `~talkable-throttle:*`, and the commands `EVALSHA`, `SCRIPT LOAD`,
//! `HMGET`, `HSET`, `EXPIRE` and `TIME`.
//!
//! # Features
//!
//! | feature | default | |
//! |---|---|---|
//! | `rustls` | no | TLS with rustls, for URLs that begin with `rediss://`. A program that contains several cryptography libraries of rustls must install a default `CryptoProvider`. |
//! | `cluster` | no | connections to a cluster: pass a `ClusterConnection` to [`RedisStore::new`] |
#![cfg_attr(docsrs, feature(doc_cfg))]
#![deny(missing_docs)]

use std::fmt;
use std::time::Duration;

use redis::aio::{ConnectionLike, ConnectionManager, ConnectionManagerConfig};
use redis::{Client, IntoConnectionInfo, RedisResult, Script};
use talkable_api::throttle::{SharedStore, Snapshot, StoreFuture, Swap};

pub use {redis, talkable_api};

/// The time until a new connection is given up. A client can't use a store that is slower.
const CONNECTION_TIMEOUT: Duration = Duration::from_secs(1);

/// The time until an operation is given up.
const RESPONSE_TIMEOUT: Duration = Duration::from_millis(500);

/// The seconds from the last write of a key until the server deletes it.
const EXPIRY: u32 = 24 * 60 * 60;

/// A [`SharedStore`] in a Valkey or Redis server.
///
/// Every operation is one script with one key, and takes one round trip. After a restart of the server, the first
/// operation also loads the script.
pub struct RedisStore<C = ConnectionManager> {
    connection: C,
    load: Script,
    swap: Script,
}

impl RedisStore {
    /// Creates a store on the server with a URL such as `redis://:password@10.0.0.5:6379/0`. It connects when it is
    /// first used, and connects again after a failure.
    ///
    /// With `rediss://` and the feature `rustls`, the server needs a certificate that the system trusts. For others, and
    /// for client certificates, pass the `ConnectionInfo` of a client from `redis::Client::build_with_tls`.
    ///
    /// # Errors
    ///
    /// If the URL is invalid.
    ///
    /// # Panics
    ///
    /// Outside of a Tokio runtime.
    pub fn open(url: impl IntoConnectionInfo) -> RedisResult<Self> {
        let config = ConnectionManagerConfig::new()
            // The client repeats failed operations itself.
            .set_number_of_retries(0)
            .set_connection_timeout(Some(CONNECTION_TIMEOUT))
            .set_response_timeout(Some(RESPONSE_TIMEOUT));
        Ok(Self::new(ConnectionManager::new_lazy_with_config(Client::open(url)?, config)?))
    }
}

impl<C> RedisStore<C> {
    /// Creates a store that uses a connection of the program, which should connect again after a failure.
    pub fn new(connection: C) -> Self {
        let (load, swap) = (Script::new(include_str!("load.lua")), Script::new(include_str!("swap.lua")));
        Self { connection, load, swap }
    }
}

impl<C: ConnectionLike + Clone + Send + Sync + 'static> SharedStore for RedisStore<C> {
    fn load<'a>(&'a self, key: &'a str) -> StoreFuture<'a, Snapshot> {
        Box::pin(async move {
            let mut connection = self.connection.clone();
            let (version, value, seconds, microseconds) = self.load.key(key).invoke_async(&mut connection).await?;
            Ok(snapshot(version, value, time(seconds, microseconds)))
        })
    }

    fn compare_and_set<'a>(&'a self, key: &'a str, expected_version: u64, blob: &'a [u8]) -> StoreFuture<'a, Swap> {
        Box::pin(async move {
            let mut connection = self.connection.clone();
            let mut swap = self.swap.key(key);
            let swap = swap.arg(expected_version).arg(blob).arg(EXPIRY);
            let (is_stored, version, value, seconds, microseconds): (bool, u64, Vec<u8>, u64, u32) =
                swap.invoke_async(&mut connection).await?;
            let now = time(seconds, microseconds);
            Ok(if is_stored { Swap::Stored { version, now } } else { Swap::Refused(snapshot(version, value, now)) })
        })
    }
}

impl<C> fmt::Debug for RedisStore<C> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("RedisStore").finish_non_exhaustive()
    }
}

/// Runs the README's example as a doc test.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
pub struct Readme;

fn snapshot(version: u64, value: Vec<u8>, now: Duration) -> Snapshot {
    if version == 0 { Snapshot::absent(now) } else { Snapshot::new(version, value, now) }
}

/// The server's time in seconds and microseconds.
fn time(seconds: u64, microseconds: u32) -> Duration {
    Duration::from_secs(seconds) + Duration::from_micros(microseconds.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The message of an error and of its sources.
    fn text(error: &dyn std::error::Error) -> String {
        let source = error.source().map(text).unwrap_or_default();
        format!("{error} {error:?} {source}")
    }

    #[tokio::test]
    async fn errors_do_not_contain_the_url() {
        for url in ["redis://user:sesame@nowhere.invalid:x", "redis://user:sesame@127.0.0.1:1/zero", "sesame@127.0.0.1"]
        {
            let Err(error) = RedisStore::open(url) else { panic!("the URL is invalid") };
            assert!(!text(&error).contains("sesame"), "{}", text(&error));
        }
        for url in ["redis://user:sesame@127.0.0.1:1", "redis://user:sesame@nowhere.invalid"] {
            let Ok(store) = RedisStore::open(url) else { panic!("the URL is valid") };
            let Err(error) = store.load("my-store").await else { panic!("there is no server") };
            let shown = format!("{} {store:?}", text(&*error));
            assert!(!shown.contains("sesame") && !shown.contains("user"), "{shown}");
        }
    }

    #[cfg(feature = "rustls")]
    #[tokio::test]
    async fn tls_needs_no_crypto_provider_of_the_program() {
        let Ok(listener) = tokio::net::TcpListener::bind("127.0.0.1:0").await else { panic!("there is a free port") };
        let Ok(address) = listener.local_addr() else { panic!("the listener has an address") };
        // The server closes each connection before the handshake.
        tokio::spawn(async move { while listener.accept().await.is_ok() {} });
        let Ok(store) = RedisStore::open(format!("rediss://{address}")) else { panic!("the URL is valid") };
        assert!(store.load("my-store").await.is_err());
    }
}
