//! API keys that change during the lifetime of a client.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};

use fake_server::{Server, with_headers};
use talkable_api::{Client, Error};

use crate::{Connect as _, KEY, argument, create, find, good, refused};

fn bearers(server: &Server) -> Vec<String> {
    server.requests().iter().flat_map(|seen| seen.header("authorization")).map(str::to_owned).collect()
}

/// Returns a counter, and a function that increments the counter and returns its previous value.
fn counting() -> (Arc<AtomicUsize>, impl Fn() -> usize + Send + Sync + 'static) {
    let calls = Arc::new(AtomicUsize::new(0));
    (Arc::clone(&calls), move || calls.fetch_add(1, Ordering::Relaxed))
}

#[tokio::test]
async fn a_new_key_applies_to_clones_and_other_sites() {
    let server = Server::script([good()]);
    let client = server.client();
    let (clone, other) = (client.clone(), client.for_site("other"));
    find(&client).await.unwrap();
    let call = find(&client);
    other.set_api_key("sesame-new").unwrap();
    call.await.unwrap();
    for client in [&client, &clone, &other] {
        find(client).await.unwrap();
    }
    let mut expected = vec!["Bearer sesame-new".to_owned(); 5];
    expected[0] = format!("Bearer {KEY}");
    assert_eq!(bearers(&server), expected);
}

#[tokio::test]
async fn an_invalid_new_key_does_not_replace_the_old_one() {
    let server = Server::script([good()]);
    let client = server.client();
    for key in ["", "sesame new", "sesame\r\nx: 1", "sesame\u{0}", "sesamé"] {
        assert_eq!(argument(&client.set_api_key(key).unwrap_err()), "api_key");
    }
    find(&client).await.unwrap();
    assert_eq!(bearers(&server), [format!("Bearer {KEY}")]);
    assert!(!format!("{client:?}").contains("sesame"));
}

#[tokio::test]
async fn each_attempt_uses_the_current_key() {
    let named = "X-Request-Id: of-sesame-new\r\n";
    let echo = with_headers(400, named, r#"{"ok":false,"error_message":"sesame-new is invalid"}"#);
    let server = Server::script([refused(), echo]);
    // A hook rotates the key.
    let slot: Arc<OnceLock<Client>> = Arc::default();
    let hooked = Arc::clone(&slot);
    let builder = server.builder().on_attempt(move |_| hooked.get().unwrap().set_api_key("sesame-new").unwrap());
    let client = slot.get_or_init(|| builder.build().unwrap());
    let Err(Error::Api(error)) = create(client).await else { panic!("expected an API error") };
    assert_eq!(bearers(&server), [format!("Bearer {KEY}"), "Bearer sesame-new".to_owned()]);
    assert_eq!((error.message(), error.info().request_id()), ("[api key] is invalid", Some("of-[api key]")));
}

#[tokio::test]
async fn every_attempt_calls_the_provider() {
    let echo = with_headers(400, "", r#"{"ok":false,"error_message":"the key is sesame-2"}"#);
    let server = Server::script([refused(), echo, good()]);
    let (calls, count) = counting();
    // The first call to the provider only checks that a key exists.
    let provider = move || Some(format!("sesame-{}", count()).into());
    let client = server.builder().key_provider(provider).build().unwrap();
    assert_eq!(calls.load(Ordering::Relaxed), 0);
    let error = create(&client).await.unwrap_err();
    assert_eq!(bearers(&server), ["Bearer sesame-1", "Bearer sesame-2"]);
    let Error::Api(error) = error else { panic!("{error:?}") };
    assert_eq!(error.message(), "the key is [api key]");
    assert!(!String::from_utf8_lossy(error.body()).contains("sesame"));
    assert_eq!(argument(&client.set_api_key("sesame-9").unwrap_err()), "api_key");
    find(&client).await.unwrap();
    assert_eq!(bearers(&server)[2], "Bearer sesame-4");
}

#[tokio::test]
async fn a_call_keeps_its_key_if_the_provider_returns_none() {
    let server = Server::script([refused(), good()]);
    let (_, count) = counting();
    let provider = move || (count() < 2).then(|| KEY.into());
    let client = server.builder().key_provider(provider).build().unwrap();
    create(&client).await.unwrap();
    assert_eq!(bearers(&server), vec![format!("Bearer {KEY}"); 2]);
    assert_eq!(argument(&create(&client).await.unwrap_err()), "api_key");
}

#[tokio::test]
async fn nothing_is_sent_without_a_valid_key() {
    let server = Server::script([good()]);
    let none = server.builder().key_provider(|| None);
    let invalid = server.builder().key_provider(|| Some("sesame\r\nx: 1".into()));
    let broken = server.builder().key_provider(|| panic!("the provider is broken"));
    for builder in [none, invalid, broken] {
        let client: Client = builder.build().unwrap();
        assert_eq!(argument(&find(&client).await.unwrap_err()), "api_key");
    }
    assert!(server.requests().is_empty());
}
