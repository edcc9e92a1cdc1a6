//! Valid and invalid settings of a client.

use std::collections::HashMap;

use fake_server::Server;
use talkable_api::{Client, ClientBuilder, Error};

use crate::{Connect as _, KEY, argument, find, found, good, settings};

fn invalid(built: Result<Client, Error>) -> String {
    argument(&built.unwrap_err()).to_owned()
}

#[test]
fn errors_name_invalid_settings_and_hide_their_values() {
    assert_eq!(invalid(Client::builder().site_slug("my-store").build()), "api_key");
    assert_eq!(invalid(Client::builder().api_key(KEY).build()), "site_slug");
    assert_eq!(invalid(Client::new("sesame 1", "my-store")), "api_key");
    assert_eq!(invalid(Client::new(KEY, "")), "site_slug");
    assert_eq!(invalid(settings().user_agent("a\r\nX-Evil: sesame").build()), "user_agent");
    for url in [
        "",
        "www.talkable.com",
        "ftp://www.talkable.com",
        "http://www.talkable.com",
        "http://localhost.example.com",
        "http://127.0.0.1.example.com",
        "http://user:sesame@127.0.0.1",
        "https://www.talkable.com/?key=sesame",
        "https://www.talkable.com/#sesame",
        "https://www.talkable.com//sesame.example.com",
        "https://www.talkable.com/prefix//api/v2",
        "http://localhost//sesame.example.com",
        "https://www.talkable.com\\\\sesame.example.com",
    ] {
        assert_eq!(invalid(settings().base_url(url).build()), "base_url", "{url}");
    }
}

#[test]
fn plain_http_requires_loopback_or_opt_in() {
    for url in ["http://localhost:3000", "http://127.0.0.1", "http://127.8.8.8:1", "http://[::1]:3000/prefix/"] {
        settings().base_url(url).build().unwrap();
    }
    settings().base_url("http://proxy.internal").allow_plain_http().build().unwrap();
}

#[tokio::test]
async fn from_variables_reads_the_settings() {
    let server = Server::script([good()]);
    let mut variables = HashMap::from([("TALKABLE_API_KEY", KEY), ("TALKABLE_SITE_SLUG", "my-store")]);
    ClientBuilder::from_variables(|name| variables.get(name).copied()).build().unwrap();

    variables.insert("TALKABLE_BASE_URL", server.url());
    let client = ClientBuilder::from_variables(|name| variables.get(name).copied()).build().unwrap();
    assert_eq!(find(&client).await.unwrap(), found());

    variables.remove("TALKABLE_SITE_SLUG");
    assert_eq!(invalid(ClientBuilder::from_variables(|name| variables.get(name).copied()).build()), "site_slug");
    for unset in [None, Some("")] {
        let error = ClientBuilder::from_variables(|_| unset).build().unwrap_err();
        assert_eq!(error.to_string(), "invalid api_key: TALKABLE_API_KEY is not set");
    }
}

#[tokio::test]
async fn a_base_url_can_have_a_prefix_and_the_version() {
    let server = Server::script([good()]);
    for (suffix, prefix) in [("", ""), ("/", ""), ("/api/v2", ""), ("/api/v2/", ""), ("/proxy/", "/proxy")] {
        let url = format!("{}{suffix}", server.url());
        find(&server.builder().base_url(url).build().unwrap()).await.unwrap();
        let line = server.requests().pop().unwrap().line;
        assert!(line.starts_with(&format!("GET {prefix}/api/v2/people/")), "{line}");
    }
}

#[tokio::test]
async fn accepts_an_http_client_or_its_builder() {
    let server = Server::script([good()]);
    let http = reqwest::Client::new();
    assert_eq!(find(&server.builder().http_client(http).build().unwrap()).await.unwrap(), found());
    let http = || reqwest::Client::builder().user_agent("other").timeout(std::time::Duration::from_secs(9));
    assert_eq!(find(&server.builder().http_client_builder(http).build().unwrap()).await.unwrap(), found());
    assert!(server.requests().iter().all(|seen| seen.head.contains("user-agent: talkable-api-rust/")));
}

#[tokio::test]
async fn the_site_slug_is_encoded_in_the_query() {
    let server = Server::script([good()]);
    find(&server.client().for_site("a&b=ü")).await.unwrap();
    assert!(server.requests()[0].line.ends_with("?site_slug=a%26b%3D%C3%BC"));
    assert_eq!(argument(&find(&server.client().for_site("")).await.unwrap_err()), "site_slug");
}
