//! Limits on the resources that clients can use.

use std::time::Duration;

#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    pub(crate) connections: usize,
    /// Applies to receiving a head or a body, to idle connections, and to responses that the client does not read.
    pub(crate) client_timeout: Duration,
    /// The bytes of a request's head.
    pub(crate) head: usize,
    /// The bytes of a JSON body.
    pub(crate) body: usize,
    /// The bytes of an uploaded file.
    pub(crate) upload: usize,
    /// The bodies of more than 64 KiB that are read concurrently.
    pub(crate) large_bodies: usize,
    /// The bytes of a site's records.
    pub(crate) site_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: 1024,
            client_timeout: Duration::from_secs(30),
            head: 32 * 1024,
            body: 2 * 1024 * 1024,
            upload: 10 * 1024 * 1024,
            large_bodies: 8,
            site_bytes: 64 * 1024 * 1024,
        }
    }
}
