//! The address of the API, as it appears in spans and errors.

use std::fmt;

pub(crate) struct Server {
    pub(crate) host: String,
    pub(crate) port: Option<u16>,
}

impl fmt::Display for Server {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.host {
            host if host.contains(':') => write!(formatter, "[{host}]")?,
            host => formatter.write_str(host)?,
        }
        self.port.map_or(Ok(()), |port| write!(formatter, ":{port}"))
    }
}
