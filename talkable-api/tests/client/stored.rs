//! Calls as data, calls by operation id, and hooks that run before a request is sent.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use fake_server::{Server, json};
use talkable_api::__private::{Method, Operation};
use talkable_api::serde_json::{self, Value};
use talkable_api::types::{MetricQuery, NewPurchase, PersonUpdate, ReferralUpdate};
use talkable_api::{Call, Client, Decimal, Error, RetryClass, StoredCall, Upload, Verdict};

use crate::{Connect as _, Found, NewThing, argument, create, find, good, refused};

/// Serializes a stored call, and restores a call from the text.
fn round_trip(client: &Client, stored: &StoredCall) -> Call<Value> {
    let text = serde_json::to_string(stored).unwrap();
    let restored: StoredCall = serde_json::from_str(&text).unwrap();
    assert_eq!(&restored, stored);
    client.restore(&restored).unwrap()
}

#[tokio::test]
async fn a_stored_call_sends_the_same_request() {
    let server = Server::script([json(200, r#"{"ok":true,"result":{"new":1}}"#)]);
    let client = server.client();
    let other = client.for_site("other");
    let purchase =
        NewPurchase::new("jane+1@example.com", "10/42", "12345678901234567890.12".parse::<Decimal>().unwrap());
    let query = MetricQuery::new("2026-01-01".parse().unwrap(), "2026-01-31".parse().unwrap());
    macro_rules! check {
        ($call:expr) => {
            let (call, text) = ($call, format!("{:?}", $call.request().path()));
            let restored = round_trip(&other, &call.to_stored().unwrap());
            let decoded = |query: &str| query.replace('+', "%20");
            assert_eq!(restored.request().path(), call.request().path());
            assert_eq!(decoded(restored.request().query()), decoded(call.request().query()), "{text}");
            assert_eq!(restored.request().body(), call.request().body(), "{text}");
            assert_eq!(restored.request().retry_class(), call.request().retry_class());
            assert_eq!(restored.await.unwrap()["new"], 1, "{text}");
        };
    }
    check!(client.people().find("a/b c+é@example.com"));
    check!(client.origins().create_purchase(&purchase));
    check!(client.people().update("jane", &PersonUpdate::new()));
    check!(client.people().anonymize("jane@example.com"));
    check!(client.metrics().calculate("shares", &query));
    check!(client.referrals().update_status("1", &ReferralUpdate::new("approved")));
    let target = &server.requests()[0];
    assert_eq!(target.target(), "/api/v2/people/a%2Fb%20c%2B%C3%A9%40example.com?site_slug=my-store");
}

#[test]
fn the_fixed_query_of_an_operation_is_not_stored() {
    static SEARCH: Operation =
        Operation::new("search", Method::GET, "/search").site_in_query().fixed_query("kind=a&all");
    let client = Client::new("key", "my-store").unwrap();
    let call: Call<Value> = Call::enveloped(&client, &SEARCH).extra_query("q", "x");
    assert_eq!(call.request().query(), "site_slug=my-store&kind=a&all&q=x");
    assert_eq!(call.to_stored().unwrap().query, [("q".to_owned(), "x".to_owned())]);
}

#[tokio::test]
async fn calls_that_cannot_be_stored_or_restored_are_errors() {
    static FORM: Operation = Operation::new("form", Method::POST, "/form").site_in_body().form();
    static DOWNLOAD: Operation = Operation::new("download", Method::GET, "/download").site_in_query().download();

    let server = Server::script([good()]);
    let client = server.client();
    let form: Call<Found> = Call::enveloped(&client, &FORM).body(&NewThing { name: "Jane" });
    let form = form.to_stored().unwrap_err();
    assert_eq!(argument(&form), "call");
    assert!(form.to_string().contains("a form can't be stored"), "{form}");
    assert_eq!(argument(&Call::download(&client, &DOWNLOAD).to_stored().unwrap_err()), "operation");
    let upload = client.assets().upload(Upload::from_bytes("a.png", "x")).to_stored().unwrap_err();
    assert!(upload.to_string().contains("an upload can't be stored"), "{upload}");
    assert_eq!(argument(&find(&client).header("x-a", "1").to_stored().unwrap_err()), "call");
    assert_eq!(argument(&client.people().find("..").to_stored().unwrap_err()), "person_slug");

    let stored = client.people().find("jane@example.com").to_stored().unwrap();
    assert!(!format!("{stored:?}").contains("jane"));
    let error = |change: fn(&mut StoredCall)| {
        let mut changed = stored.clone();
        change(&mut changed);
        argument(&client.restore(&changed).unwrap_err()).to_owned()
    };
    assert_eq!(error(|call| call.version = 2), "version");
    assert_eq!(error(|call| call.operation = "findNothing".to_owned()), "operation");
    assert_eq!(error(|call| call.query.push(("site_slug".to_owned(), "evil".to_owned()))), "query");
    assert_eq!(error(|call| call.path_arguments.push("more".to_owned())), "path");
    assert_eq!(error(|call| call.path_arguments = vec!["..".to_owned()]), "person_slug");
    assert_eq!(error(|call| call.site_slug.clear()), "site_slug");
    let mut unsubscribe = client.people().unsubscribe("jane@example.com").to_stored().unwrap();
    for body in [r#"{"site_slug":"evil"}"#, "[]", "{", r#"{}{"a":1}"#] {
        unsubscribe.body = Some(body.to_owned());
        assert_eq!(argument(&client.restore(&unsubscribe).unwrap_err()), "body", "{body}");
    }
    assert!(server.requests().is_empty());
}

#[tokio::test]
async fn an_operation_is_called_by_its_id() {
    let server = Server::script([good()]);
    let client = server.client();
    let call = client.call_by_id("updatePerson", ["jane@example.com"]).unwrap().extra_body("first_name", &"Jane");
    assert_eq!(call.request().retry_class(), RetryClass::Idempotent);
    assert_eq!(call.await.unwrap()["name"], "Jane");
    let seen = &server.requests()[0];
    assert_eq!(seen.line, "PUT /api/v2/people/jane%40example.com");
    assert_eq!(seen.body, r#"{"site_slug":"my-store","data":{"first_name":"Jane"}}"#);
    assert_eq!(argument(&client.call_by_id("findNothing", [""; 0]).unwrap_err()), "operation");
    assert_eq!(argument(&client.call_by_id("findPerson", [""; 0]).unwrap().await.unwrap_err()), "path");
}

#[tokio::test]
async fn before_send_runs_before_each_attempt() {
    let server = Server::script([refused(), good()]);
    let client = server.client();
    let count = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&count);
    let call = create(&client).before_send(move |info| {
        let attempts = counted.fetch_add(1, Ordering::SeqCst);
        async move {
            assert_eq!(info.attempts() as usize, attempts);
            Ok::<_, std::io::Error>(())
        }
    });
    call.await.unwrap();
    assert_eq!((count.load(Ordering::SeqCst), server.requests().len()), (2, 2));
}

#[tokio::test]
async fn a_failed_before_send_hook_sends_nothing() {
    let server = Server::script([good()]);
    let client = server.client();
    let error = create(&client).before_send(|_| async { Err::<(), _>("no database") }).await.unwrap_err();
    assert!(matches!(&error, Error::Hook(error) if error.info().attempts() == 0), "{error:?}");
    assert!(error.is_retryable() && !matches!(error.verdict(), Verdict::MaybeProcessed));
    assert_eq!(std::error::Error::source(&error).unwrap().to_string(), "no database");
    assert_eq!(client.throttle().in_flight, 0);
    assert!(server.requests().is_empty());
}

#[tokio::test]
async fn a_before_send_hook_that_exceeds_the_deadline_sends_nothing() {
    let server = Server::script([good()]);
    let client = server.client();
    let call = create(&client).deadline(Duration::from_millis(50));
    let error = call.before_send(|_| std::future::pending::<Result<(), std::io::Error>>()).await.unwrap_err();
    assert!(matches!(&error, Error::Hook(error) if error.info().attempts() == 0), "{error:?}");
    assert!(matches!(error.verdict(), Verdict::RetryAfter(_)));
    assert_eq!((client.throttle().in_flight, client.throttle().waiting), (0, 0));
    assert!(server.requests().is_empty());
    // The slot is free again.
    create(&client).await.unwrap();
}
