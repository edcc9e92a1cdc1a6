//! Runs a server that prints its address.

use std::io::{BufRead as _, BufReader, Read as _};
use std::process::{Child, ChildStdout, Command, Stdio};

use super::cargo::not_started;
use crate::command::{Failure, Result};

/// A running server. Dropping this value kills the process.
pub(crate) struct Server {
    process: Child,
    /// The output of the server. It stays open, because the server can print more lines later.
    output: BufReader<ChildStdout>,
}

impl Server {
    pub(crate) fn start(command: &mut Command) -> Result<Self> {
        // The server can exit when this pipe is closed, so that it does not outlive this program.
        let spawned = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
        let mut process = spawned.map_err(|error| not_started(command, &error))?;
        let output = process.stdout.take().ok_or_else(|| Failure::new("the output of the server is not piped"))?;
        Ok(Self { process, output: BufReader::new(output) })
    }

    /// The id of the process.
    pub(crate) fn id(&self) -> u32 {
        self.process.id()
    }

    /// The next line that the server prints.
    pub(crate) fn line(&mut self) -> Result<String> {
        let mut line = String::new();
        self.output.read_line(&mut line).map_err(Failure::io("the server's output", "cannot be read"))?;
        Ok(line)
    }

    /// Kills the process, and returns the rest of what it printed.
    pub(crate) fn stop(mut self) -> Result<String> {
        let _ = self.process.kill();
        let mut rest = String::new();
        self.output.read_to_string(&mut rest).map_err(Failure::io("the server's output", "cannot be read"))?;
        Ok(rest)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // The process may have exited already.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
