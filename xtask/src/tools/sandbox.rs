//! Runs the sandbox, and calls its control endpoints.

use std::process::Command;

use serde_json::Value;
use ureq::http::Response;
use ureq::typestate::WithBody;
use ureq::{Body, RequestBuilder};

use super::Server;
use crate::command::{Failure, Result};

/// The site that the programs use, and in which the records are counted.
const SITE: &str = "my-store";

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

    /// Sets the variables that `Client::from_env` reads.
    pub(crate) fn configure<'c>(&self, program: &'c mut Command) -> &'c mut Command {
        program
            .env("TALKABLE_API_KEY", &self.key)
            .env("TALKABLE_BASE_URL", &self.address)
            .env("TALKABLE_SITE_SLUG", SITE)
    }

    /// Returns the result of a control endpoint such as `/sandbox/state`.
    pub(crate) fn get(&self, path: &str) -> Result<Value> {
        result(path, self.prepare(ureq::get(self.url(path))).call())
    }

    /// Sends a JSON body with POST, and returns the result.
    pub(crate) fn post(&self, path: &str, body: &Value) -> Result<Value> {
        self.send(path, ureq::post(self.url(path)), body)
    }

    /// Sends a JSON body with PUT, and returns the result.
    pub(crate) fn put(&self, path: &str, body: &Value) -> Result<Value> {
        self.send(path, ureq::put(self.url(path)), body)
    }

    fn send(&self, path: &str, request: RequestBuilder<WithBody>, body: &Value) -> Result<Value> {
        result(path, self.prepare(request).header("content-type", "application/json").send(body.to_string()))
    }

    fn url(&self, path: &str) -> String {
        format!("{}{path}", self.address)
    }

    /// Adds the API key. Error statuses are handled by [`result`], which also reads the body.
    fn prepare<B>(&self, request: RequestBuilder<B>) -> RequestBuilder<B> {
        let request = request.config().http_status_as_error(false).build();
        request.header("authorization", format!("Bearer {}", self.key))
    }

    /// Returns the number of records of a kind, such as `origins`, and the 50 newest ones.
    pub(crate) fn records(&self, kind: &str) -> Result<(u64, Vec<Value>)> {
        let mut found = self.get(&format!("/sandbox/records?site_slug={SITE}&kind={kind}"))?;
        let records = found["records"].take();
        Ok((found["total"].as_u64().unwrap_or_default(), records.as_array().cloned().unwrap_or_default()))
    }
}

/// Reads the result in the envelope of a response. The failure for an error status contains the body.
fn result(path: &str, response: std::result::Result<Response<Body>, ureq::Error>) -> Result<Value> {
    let failed = |error: ureq::Error| Failure::new(format!("the sandbox can't be called: {path}: {error}"));
    let mut response = response.map_err(failed)?;
    let body = response.body_mut().read_to_string().map_err(failed)?;
    if !response.status().is_success() {
        return Err(Failure::new(format!("the sandbox returned {} for {path}: {body}", response.status())));
    }
    let mut body: Value = serde_json::from_str(&body)
        .map_err(|error| Failure::new(format!("the sandbox returns no JSON: {path}: {error}")))?;
    Ok(body["result"].take())
}

/// Reads a line that consists of `name` and a value, and returns the value.
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
