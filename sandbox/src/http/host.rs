//! Protection against DNS rebinding.
//!
//! A website can make its own name resolve to the loopback interface. Browsers then treat the sandbox as the website's
//! origin, so the website's scripts can read the sandbox's responses. The `Host` header of such requests
//! still contains the website's name, so they can be rejected.

use std::net::IpAddr;

use axum::http::uri::Authority;
use axum::http::{HeaderMap, StatusCode, header};

use crate::call::ApiError;

/// Rejects requests whose `Host` header contains neither the sandbox's own host nor a loopback name. Requests without
/// this header are accepted, since browsers always send it.
pub(crate) fn check(headers: &HeaderMap, own_host: &str) -> Result<(), ApiError> {
    let Some(host) = headers.get(header::HOST) else {
        return Ok(());
    };
    let authority = host.to_str().ok().and_then(|host| host.parse::<Authority>().ok());
    if authority.is_some_and(|it| it.host().eq_ignore_ascii_case(own_host) || is_loopback(it.host())) {
        return Ok(());
    }
    let message = "This sandbox only accepts requests to a loopback name or address. To accept other hosts, start it with \
                   --public-url or --allow-remote-connections.";
    Err(ApiError::new(StatusCode::MISDIRECTED_REQUEST, message))
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
    fn accepts_loopback_names_and_its_own_host() {
        for (host, is_accepted) in [
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
            assert_eq!(check(&headers, "sandbox.example.com").is_ok(), is_accepted, "{host:?}");
        }
        assert!(check(&HeaderMap::new(), "sandbox.example.com").is_ok());
    }
}
