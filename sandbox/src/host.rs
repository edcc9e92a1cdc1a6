//! By which names a sandbox may be called.
//!
//! A page of any origin can let its own name lead to the loopback interface, and then read what a server there answers: the
//! browser takes both for the same origin. What such a page can't do is to ask in another name than its own.

use std::net::IpAddr;

use axum::http::uri::Authority;
use axum::http::{HeaderMap, StatusCode, header};

use crate::answer::Refusal;

/// Refuses what was asked of somebody else, as the name in the request says. Whoever says none is no browser.
pub(crate) fn check(headers: &HeaderMap, own: &str) -> Result<(), Refusal> {
    let Some(host) = headers.get(header::HOST) else {
        return Ok(());
    };
    let named = host.to_str().ok().and_then(|host| host.parse::<Authority>().ok());
    if named.is_some_and(|named| named.host().eq_ignore_ascii_case(own) || is_loopback(named.host())) {
        return Ok(());
    }
    let words = "This sandbox answers to the names of the loopback interface only. Start it with --public-url or with \
                 --allow-remote-connections if it shall have others.";
    Err(Refusal::new(StatusCode::MISDIRECTED_REQUEST, words))
}

fn is_loopback(host: &str) -> bool {
    let host = host.trim_start_matches('[').trim_end_matches(']').to_ascii_lowercase();
    let is_name = host == "localhost" || host.ends_with(".localhost");
    is_name || host.parse::<IpAddr>().is_ok_and(|address| address.to_canonical().is_loopback())
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    #[test]
    fn only_names_of_the_loopback_interface_and_its_own_are_known() {
        for (host, is_known) in [
            ("127.0.0.1:7400", true),
            ("127.8.9.1", true),
            ("[::1]:7400", true),
            ("localhost", true),
            ("shop.localhost:7400", true),
            ("LOCALHOST:1", true),
            ("Sandbox.example.com", true),
            ("example.com", false),
            ("localhost.example.com", false),
            ("192.0.2.1", false),
            ("0.0.0.0:7400", false),
            ("", false),
            ("a b", false),
        ] {
            let headers = [(header::HOST, HeaderValue::from_static(host))].into_iter().collect();
            assert_eq!(check(&headers, "sandbox.example.com").is_ok(), is_known, "{host:?}");
        }
        assert!(check(&HeaderMap::new(), "sandbox.example.com").is_ok());
    }
}
