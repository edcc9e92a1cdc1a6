//! Configurable limits on the resources that clients can use.

use std::time::Duration;

#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    pub(crate) connections: usize,
    /// The timeout for receiving a request's head or body, for idle connections, and for responses that the client does not
    /// read.
    pub(crate) client_timeout: Duration,
    /// The maximum total size of a site's records.
    pub(crate) site_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { connections: 1024, client_timeout: Duration::from_secs(30), site_bytes: 64 * 1024 * 1024 }
    }
}
