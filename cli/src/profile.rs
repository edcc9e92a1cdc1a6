//! The site, the server and the key of a command: where they come from, and how profiles store them.

mod access;
mod config;
mod key;
mod private_file;

pub(crate) use self::access::{Access, Target, site};
pub(crate) use self::config::{Config, Profile};
pub(crate) use self::private_file::{create_folder, write_private};

/// The base URL of Talkable.
pub(crate) const TALKABLE: &str = "https://www.talkable.com";

/// Whether a base URL is that of another machine. A server on this machine is assumed to be a sandbox.
pub(crate) fn is_live(base_url: &str) -> bool {
    let host = base_url.split_once("://").map_or(base_url, |(_, rest)| rest);
    let host = host.split(['/', '?', '#']).next().unwrap_or_default();
    let host = host.rsplit_once(':').map_or(host, |(name, _)| name);
    !["127.0.0.1", "localhost", "[::1]"].contains(&host)
}
