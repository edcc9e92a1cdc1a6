//! Runs the sandbox.

use std::process::Command;

use super::Server;
use crate::command::{Failure, Result};

/// A running sandbox with the demo shop's data, on a free port.
pub(crate) struct Sandbox {
    pub(crate) server: Server,
    pub(crate) address: String,
    pub(crate) key: String,
}

impl Sandbox {
    /// Starts the program of the sandbox.
    pub(crate) fn start(program: &mut Command) -> Result<Self> {
        let mut server = Server::start(program.args(["--listen", "127.0.0.1:0"]))?;
        let (address, key) = (value(&server.line()?, "address")?, value(&server.line()?, "key")?);
        Ok(Self { server, address, key })
    }
}

/// Reads a line that consists of `name` and its value.
fn value(line: &str, name: &str) -> Result<String> {
    let value = line.strip_prefix(name).map(str::trim).filter(|value| !value.is_empty());
    let value = value.ok_or_else(|| Failure::new(format!("expected the sandbox to print its {name}, not {line:?}")))?;
    Ok(value.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_one_value_per_line() {
        assert_eq!(value("address  http://127.0.0.1:1\n", "address").unwrap(), "http://127.0.0.1:1");
        assert_eq!(value("key      a key\n", "key").unwrap(), "a key");
        assert!(value("", "key").is_err());
    }
}
