//! One download, with a limit of time and size: the only place in the workspace's commands that talks to the network.

use std::io;
use std::time::Duration;

use ureq::http::Uri;
use ureq::{Agent, ResponseExt};

use crate::failure::Failure;

/// How many redirects are followed.
const REDIRECTS: u32 = 5;

/// What a download may take.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    pub(super) time: Duration,
    pub(super) bytes: u64,
}

/// What stands at an address.
#[derive(Debug)]
pub(super) struct Download {
    /// The address in the end, after all redirects.
    pub(super) address: String,
    pub(super) text: String,
    html: bool,
}

impl Download {
    /// Whether it is a page to look at and no document.
    pub(super) fn is_page(&self) -> bool {
        self.html || self.text.trim_start_matches('\u{feff}').trim_start().starts_with('<')
    }
}

/// Reads what stands at an address.
pub(super) fn download(address: &str, limits: Limits) -> Result<Download, Failure> {
    let refused =
        |message: String, cure: &str| -> Failure { codegen::Error::new(message).in_file(address).cure(cure).into() };
    let uri: Uri =
        address.parse().map_err(|_| refused("this is no address".to_owned(), "give a whole https:// URL"))?;
    let Some(host) = uri.host().filter(|_| matches!(uri.scheme_str(), Some("https" | "http"))) else {
        return Err(refused("this is no address of the web".to_owned(), "give a whole https:// URL"));
    };
    let secure = uri.scheme_str() == Some("https");
    let config = Agent::config_builder()
        .timeout_global(Some(limits.time))
        .max_redirects(REDIRECTS)
        // What is secure stays so, wherever a redirect leads.
        .https_only(secure)
        .http_status_as_error(false)
        .user_agent("talkable-api-xtask");
    // A proxy can't reach this machine's own servers.
    let local = ["localhost", "127.0.0.1", "[::1]"].contains(&host);
    let config = if local { config.proxy(None) } else { config };
    let failed = |error: &ureq::Error| {
        let (message, cure) = meaning(error, limits);
        refused(message, cure)
    };
    let response = Agent::new_with_config(config.build()).get(address).call().map_err(|error| failed(&error))?;
    let status = response.status();
    let address = response.get_uri().to_string();
    if !status.is_success() {
        let error = codegen::Error::new(format!("the server answers with status {status}")).in_file(address);
        return Err(error.cure("look whether the document has moved, and give its address").into());
    }
    let kind = response.headers().get("content-type").and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let html = kind.trim_start().to_ascii_lowercase().starts_with("text/html");
    let mut body = response.into_body();
    let bytes = body.with_config().limit(limits.bytes).read_to_vec().map_err(|error| failed(&error))?;
    let text = String::from_utf8(bytes).map_err(|error| {
        let line = error.as_bytes()[..error.utf8_error().valid_up_to()].iter().filter(|byte| **byte == b'\n').count();
        Failure::from(codegen::Error::new("what stands there is not UTF-8 text").in_file(&address).on_line(line + 1))
    })?;
    Ok(Download { address, text, html })
}

/// What went wrong, and what to do about it.
fn meaning(error: &ureq::Error, limits: Limits) -> (String, &'static str) {
    match error {
        ureq::Error::Timeout(_) => (
            format!("the download takes longer than {} seconds", limits.time.as_secs()),
            "try again later, or allow more by `--seconds`",
        ),
        ureq::Error::BodyExceedsLimit(_) => (
            format!("the document is larger than {} megabytes", limits.bytes / 1_000_000),
            "if it is the right one, allow more by `--megabytes`",
        ),
        ureq::Error::TooManyRedirects => {
            (format!("there are more than {REDIRECTS} redirects"), "give the address where they should lead")
        }
        ureq::Error::RequireHttpsOnly(_) => {
            ("a redirect leads from https to http".to_owned(), "give the address of another copy")
        }
        ureq::Error::HostNotFound => ("there is no such host".to_owned(), "correct the address"),
        ureq::Error::ConnectionFailed => ("no connection comes about".to_owned(), "try again later"),
        // Only a body comes this far before the connection ends.
        ureq::Error::Io(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
            ("the answer breaks off before its end".to_owned(), "download it again")
        }
        ureq::Error::Io(error) if error.kind() == io::ErrorKind::ConnectionRefused => {
            ("no connection comes about".to_owned(), "correct the address, or try again later")
        }
        ureq::Error::BodyStalled => ("the answer breaks off before its end".to_owned(), "download it again"),
        other => (format!("the download failed: {other}"), "try again later, or save the document by hand"),
    }
}
