//! Profiles: where the site, the base URL and the key of a command come from.

mod access;
mod config;
mod key;
mod private_file;

pub(crate) use self::access::{Access, Place};
pub(crate) use self::config::{Config, Profile};
pub(crate) use self::private_file::{create_folder, write_private};

/// The base URL of Talkable.
pub(crate) const TALKABLE: &str = "https://www.talkable.com";
