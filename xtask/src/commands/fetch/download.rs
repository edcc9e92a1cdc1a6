//! Downloads a file with a time limit and a size limit. No other command module uses the network.

use std::io;
use std::time::Duration;

use crate::command::{Failure, Result};
use ureq::http::Uri;
use ureq::{Agent, ResponseExt};

/// The maximum number of redirects.
const REDIRECTS: u32 = 5;

/// The limits of a download.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    pub(super) time: Duration,
    pub(super) bytes: u64,
}

/// A downloaded text file.
#[derive(Debug)]
pub(super) struct Download {
    /// The URL after all redirects.
    pub(super) address: String,
    pub(super) text: String,
    html: bool,
}

impl Download {
    /// Whether the file is an HTML page.
    pub(super) fn is_page(&self) -> bool {
        self.html || self.text.trim_start_matches('\u{feff}').trim_start().starts_with('<')
    }
}

/// Downloads the text file at a URL.
pub(super) fn download(address: &str, limits: Limits) -> Result<Download> {
    let refused = |message: &str, help: &str| Failure::new(message).in_file(address).help(help);
    let not_a_url = || refused("this is not an http or https URL", "pass a complete https:// URL");
    let uri: Uri = address.parse().map_err(|_| not_a_url())?;
    let Some(host) = uri.host().filter(|_| matches!(uri.scheme_str(), Some("https" | "http"))) else {
        return Err(not_a_url());
    };
    let secure = uri.scheme_str() == Some("https");
    let config = Agent::config_builder()
        .timeout_global(Some(limits.time))
        .max_redirects(REDIRECTS)
        // A redirect must not lead from https to http.
        .https_only(secure)
        .http_status_as_error(false)
        .user_agent("talkable-api-xtask");
    // Bypasses the proxy for servers on this machine, which a proxy cannot reach.
    let local = ["localhost", "127.0.0.1", "[::1]"].contains(&host);
    let config = if local { config.proxy(None) } else { config };
    let failed = |error: &ureq::Error| {
        let (message, help) = explanation(error, limits);
        refused(&message, help)
    };
    let response = Agent::new_with_config(config.build()).get(address).call().map_err(|error| failed(&error))?;
    let status = response.status();
    let address = response.get_uri().to_string();
    if !status.is_success() {
        let failure = Failure::new(format!("the server responded with status {status}")).in_file(&address);
        return Err(failure.help("check whether the document has moved, and pass its new URL"));
    }
    let kind = response.headers().get("content-type").and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let html = kind.trim_start().to_ascii_lowercase().starts_with("text/html");
    let mut body = response.into_body();
    let bytes = body.with_config().limit(limits.bytes).read_to_vec().map_err(|error| failed(&error))?;
    let text = String::from_utf8(bytes).map_err(|error| {
        let line = error.as_bytes()[..error.utf8_error().valid_up_to()].iter().filter(|byte| **byte == b'\n').count();
        Failure::from(codegen::Diagnostic::error("the document is not UTF-8 text").in_file(&address).on_line(line + 1))
    })?;
    Ok(Download { address, text, html })
}

/// The message and the help for an error.
fn explanation(error: &ureq::Error, limits: Limits) -> (String, &'static str) {
    match error {
        ureq::Error::Timeout(_) => (
            format!("the download takes longer than {} s", limits.time.as_secs()),
            "try again later, or raise the limit with `--seconds`",
        ),
        ureq::Error::BodyExceedsLimit(_) => (
            format!("the document is larger than {} MB", limits.bytes / 1_000_000),
            "if the URL is correct, raise the limit with `--megabytes`",
        ),
        ureq::Error::TooManyRedirects => (format!("there are more than {REDIRECTS} redirects"), "pass the final URL"),
        ureq::Error::RequireHttpsOnly(_) => ("a redirect leads from https to http".to_owned(), "pass the final URL"),
        ureq::Error::HostNotFound => ("the host does not exist".to_owned(), "correct the URL"),
        ureq::Error::ConnectionFailed => ("could not connect".to_owned(), "try again later"),
        // This error occurs only while the body is being read.
        ureq::Error::Io(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
            ("the response is truncated".to_owned(), "download it again")
        }
        ureq::Error::Io(error) if error.kind() == io::ErrorKind::ConnectionRefused => {
            ("could not connect".to_owned(), "correct the URL, or try again later")
        }
        ureq::Error::BodyStalled => ("the response is truncated".to_owned(), "download it again"),
        other => (format!("the download failed: {other}"), "try again later, or save the document by hand"),
    }
}
