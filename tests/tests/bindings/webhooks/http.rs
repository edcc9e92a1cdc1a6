//! Tests the handlers, and the router and the extractors for axum.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::routing::post;
use talkable_api::webhook::testing::{WebhookBuilder, WebhookRequest, signed_request};
use talkable_api::webhook::{
    CheckUnsubscribeEvent, Claim, CreateCouponEvent, DeduplicationStore, Delivery, Event, Failure, Handlers, Lease,
    MemoryStore, ReferralEvent, Reply, RewardEvent, SIGNATURE_HEADER, Signed, UnsubscribeAnswer, UnsubscribeEvent,
    Verifier,
};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use super::{KEY, verifier};

type Done = Result<(), std::io::Error>;

/// Serves an app until the test ends.
async fn serve(app: Router) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("loopback has a free port");
    let address = listener.local_addr().expect("the socket is bound");
    tokio::spawn(async move { axum::serve(listener, app).await });
    address
}

/// Posts a request and returns the status and the body of the response.
async fn exchange(address: SocketAddr, head: &str, body: &[u8]) -> (u16, String) {
    let mut stream = TcpStream::connect(address).await.expect("the server is listening");
    let head = format!("POST /hooks HTTP/1.1\r\nHost: a\r\nConnection: close\r\n{head}\r\n");
    stream.write_all(head.as_bytes()).await.expect("the connection is open");
    // Write errors are ignored, because a server that rejects a body might not read all of it.
    let _ = stream.write_all(body).await;
    let mut response = Vec::new();
    let _ = stream.read_to_end(&mut response).await;
    let response = String::from_utf8(response).expect("the response is UTF-8");
    let (head, body) = response.split_once("\r\n\r\n").expect("the response has a head");
    (head.split(' ').nth(1).and_then(|status| status.parse().ok()).expect("the response has a status"), body.to_owned())
}

async fn send(address: SocketAddr, request: &WebhookRequest) -> (u16, String) {
    let signature = request.signature.iter().map(|signature| format!("{SIGNATURE_HEADER}: {signature}\r\n"));
    let head = format!("Content-Type: {}\r\nContent-Length: {}\r\n", request.content_type, request.body.len());
    exchange(address, &signature.fold(head, |head, line| head + &line), &request.body).await
}

fn handlers(calls: &Arc<AtomicUsize>, failures: &Arc<Mutex<Vec<String>>>) -> Handlers {
    let (calls, failures) = (calls.clone(), failures.clone());
    let count = move || calls.fetch_add(1, Ordering::SeqCst);
    let (count_reward, count_check) = (count.clone(), count.clone());
    Handlers::new(verifier())
        .on(move |delivery: Delivery<RewardEvent>| {
            count_reward();
            async move { if delivery.event.reward.is_some() { Ok(()) } else { Err("out of service") } }
        })
        .on(move |delivery: Delivery<CheckUnsubscribeEvent>| {
            count_check();
            let email = delivery.event.recipient.and_then(|person| person.email);
            async move { Done::Ok(()).map(|()| UnsubscribeAnswer::new(email.as_deref() == Some("jane@example.com"))) }
        })
        .on(|_: Delivery<CreateCouponEvent>| async { Done::Ok(()) })
        .on_failure(move |failure| failures.lock().expect("no handler panics").push(failure.to_string()))
}

#[tokio::test]
async fn replies_with_the_result_of_the_handler() {
    let (calls, failures) = (Arc::default(), Arc::default());
    let address = serve(handlers(&calls, &failures).router("/hooks")).await;
    let check = WebhookBuilder::sample::<CheckUnsubscribeEvent>();
    let reward = WebhookBuilder::sample::<RewardEvent>();
    for (request, status, body) in [
        (reward.form(KEY), 200, ""),
        (reward.json(KEY), 200, ""),
        (WebhookBuilder::sample::<CreateCouponEvent>().form(KEY), 200, ""),
        (check.form(KEY), 200, r#"{"result":{"unsubscribed":true}}"#),
        (
            check.clone().set("/recipient/email", "joe@example.com").form(KEY),
            200,
            r#"{"result":{"unsubscribed":false}}"#,
        ),
        (check.set("/recipient", None::<&str>).json(KEY), 200, r#"{"result":{"unsubscribed":false}}"#),
        (reward.form("guessed"), 401, "webhook rejected with status 401: the security key is wrong"),
        (reward.clone().set("/reward", 7).form(KEY), 400, "webhook rejected with status 400: at /payload/reward: "),
        (reward.set("/reward", None::<&str>).form(KEY), 500, ""),
        (WebhookBuilder::sample::<ReferralEvent>().form(KEY), 501, ""),
        (WebhookBuilder::new("newer_web_hook", serde_json::json!({})).form(KEY), 501, ""),
    ] {
        let (found, text) = send(address, &request).await;
        assert_eq!(found, status, "{text}");
        assert!(text.starts_with(body) && body.is_empty() == text.is_empty(), "{text}");
    }
    assert_eq!(calls.load(Ordering::SeqCst), 6);
    let failures = failures.lock().expect("no handler panics");
    assert_eq!(failures.len(), 5, "{failures:?}");
    assert_eq!(failures[2], r#"the handler for "reward_web_hook" failed: out of service"#);
    assert_eq!(failures[4], r#"no handler for webhooks of kind "newer_web_hook""#);
}

#[tokio::test]
async fn skips_handled_webhooks_unless_they_need_an_answer() {
    let (calls, failures) = (Arc::default(), Arc::default());
    let handlers = handlers(&calls, &failures).deduplicate(MemoryStore::new(100));
    let reward = WebhookBuilder::sample::<RewardEvent>();
    let check = WebhookBuilder::sample::<CheckUnsubscribeEvent>();
    let fails = reward.clone().set("/reward", None::<&str>);
    for (builder, status, called) in [
        (&reward, 200, 1),
        (&reward, 200, 1),
        (&check, 200, 2),
        (&check, 200, 3),
        (&fails, 500, 4),
        (&fails, 500, 5),
        (&reward, 200, 5),
    ] {
        let request = builder.form(KEY);
        let reply = handlers.handle(Some(request.content_type), &request.body).await;
        assert_eq!((reply.status(), calls.load(Ordering::SeqCst)), (status, called));
    }
    // A webhook that is sent again with another content type is a duplicate. A webhook for another site is not a duplicate.
    let request = reward.json(KEY);
    assert_eq!(handlers.handle(Some(request.content_type), &request.body).await.status(), 200);
    assert_eq!(calls.load(Ordering::SeqCst), 5);
    let request = reward.site("my-store-eu").form(KEY);
    assert_eq!(handlers.handle(Some(request.content_type), &request.body).await.status(), 200);
    assert_eq!(calls.load(Ordering::SeqCst), 6);
}

/// Talkable may send two copies of a webhook at the same time.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn handles_one_of_several_copies_that_arrive_at_the_same_time() {
    let paid: Arc<AtomicUsize> = Arc::default();
    let handlers = Handlers::new(verifier()).deduplicate(MemoryStore::new(1_000)).on_with(
        &paid,
        |paid, _: Delivery<RewardEvent>| async move {
            tokio::time::sleep(Duration::from_millis(20)).await;
            paid.fetch_add(1, Ordering::SeqCst);
            Done::Ok(())
        },
    );
    let address = serve(handlers.router("/hooks")).await;
    let mut requests = tokio::task::JoinSet::new();
    for number in 0..100 {
        let request = WebhookBuilder::sample::<RewardEvent>().set("/reward/id", number / 2).form(KEY);
        requests.spawn(async move {
            // Talkable resends a webhook until the reply is 200.
            let mut statuses = vec![send(address, &request).await.0];
            while statuses.last() != Some(&200) {
                tokio::time::sleep(Duration::from_millis(5)).await;
                statuses.push(send(address, &request).await.0);
            }
            statuses
        });
    }
    let statuses = requests.join_all().await.concat();
    assert!(statuses.iter().all(|status| [200, 503].contains(status)) && statuses.contains(&503), "{statuses:?}");
    assert_eq!(paid.load(Ordering::SeqCst), 50);
}

#[tokio::test]
async fn a_webhook_is_handled_again_after_the_lease_of_a_crashed_handler() {
    let calls: Arc<AtomicUsize> = Arc::default();
    let handlers = Handlers::new(verifier())
        .deduplicate(MemoryStore::new(10))
        .lease(Duration::from_millis(200))
        .on_with(&calls, |calls, _: Delivery<RewardEvent>| async move {
            if calls.fetch_add(1, Ordering::SeqCst) == 0 {
                std::future::pending::<()>().await;
            }
            Done::Ok(())
        });
    let request = WebhookBuilder::sample::<RewardEvent>().form(KEY);
    let handle = || handlers.handle(Some(request.content_type), &request.body);
    tokio::time::timeout(Duration::from_millis(20), handle()).await.expect_err("the handler never returns");
    assert_eq!(handle().await.status(), 503);
    tokio::time::sleep(Duration::from_millis(250)).await;
    assert_eq!((handle().await.status(), calls.load(Ordering::SeqCst)), (200, 2));
}

#[tokio::test]
async fn accepts_a_line_break_after_the_form_and_rejects_gzip() {
    let handlers = Handlers::new(verifier()).on(|_: Delivery<UnsubscribeEvent>| async { Done::Ok(()) });
    let request = WebhookBuilder::sample::<UnsubscribeEvent>().form(KEY);
    for end in ["\n", "\r\n"] {
        // The key is the last field, as in `payload=…&key=…`.
        let body = [&request.body[..], end.as_bytes()].concat();
        assert_eq!(handlers.handle(Some(request.content_type), &body).await.status(), 200);
    }
    let reply = handlers.handle(Some(request.content_type), b"\x1f\x8b\x08\0\0").await;
    assert_eq!(reply.status(), 415);
    assert!(reply.body().ends_with(b"the body is compressed with gzip; help: decompress it first"));
}

#[tokio::test]
async fn limits_the_time_and_the_memory_for_reading_bodies() {
    let verifier = verifier().body_limit(1_000).body_timeout(Duration::from_millis(300)).memory_limit(1_500);
    let handlers = Handlers::new(verifier).on(|_: Delivery<UnsubscribeEvent>| async { Done::Ok(()) });
    let address = serve(handlers.router("/hooks")).await;
    let head = "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 1000\r\n";
    let slow = tokio::spawn(exchange(address, head, b"key="));
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert_eq!(exchange(address, head, b"key=").await.0, 503);
    let request = WebhookBuilder::new("unsubscribe_web_hook", serde_json::json!({})).form(KEY);
    assert_eq!(send(address, &request).await.0, 200);
    assert_eq!(slow.await.expect("the server replies").0, 408);
    assert_eq!(exchange(address, head, b"key=").await.0, 408);
}

#[tokio::test]
async fn passes_kinds_without_a_handler_to_the_fallback() {
    let handlers = Handlers::new(verifier()).fallback(|delivery: Delivery| async move {
        Done::Ok(()).map(|()| match delivery.event {
            Event::CheckUnsubscribe(event) => event.answer(UnsubscribeAnswer::new(true)),
            Event::Unknown { kind, .. } if kind == "newer_web_hook" => Reply::json(&kind),
            _ => Reply::delivered(),
        })
    });
    for (builder, body) in [
        (WebhookBuilder::sample::<CheckUnsubscribeEvent>(), r#"{"result":{"unsubscribed":true}}"#),
        (WebhookBuilder::new("newer_web_hook", serde_json::json!({})), r#""newer_web_hook""#),
        (WebhookBuilder::sample::<ReferralEvent>(), ""),
    ] {
        let request = builder.form(KEY);
        let reply = handlers.handle(Some(request.content_type), &request.body).await;
        assert_eq!((reply.status(), reply.body().as_ref()), (200, body.as_bytes()));
    }
}

/// A store that fails to claim webhooks if its text is "read", and to complete and release them otherwise.
struct Broken(&'static str);

impl DeduplicationStore for Broken {
    type Error = String;

    async fn claim(&self, _: Lease) -> Result<Claim, String> {
        if self.0 == "read" { Err("no connection".to_owned()) } else { Ok(Claim::New) }
    }

    async fn complete(&self, _: Lease) -> Result<(), String> {
        Err("no connection".to_owned())
    }

    async fn release(&self, _: Lease) -> Result<(), String> {
        Err("no connection".to_owned())
    }
}

/// A custom store can be tested in this way.
#[tokio::test]
async fn leases_can_be_created_to_test_a_store() -> Result<(), std::convert::Infallible> {
    let request = WebhookBuilder::sample::<RewardEvent>().form(KEY);
    let delivery: Delivery = verifier().verify(Some(request.content_type), &request.body).expect("valid");
    let lease = || Lease::new(delivery.fingerprint(), Duration::from_secs(60));
    let (store, first, second) = (MemoryStore::new(10), lease(), lease());
    assert_ne!(first.token, second.token);
    assert_eq!(store.claim(first).await?, Claim::New);
    assert_eq!(store.claim(second).await?, Claim::InProgress);
    store.complete(first).await?;
    assert_eq!(store.claim(second).await?, Claim::Done);
    Ok(())
}

#[tokio::test]
async fn reports_a_claim_that_cannot_be_released() {
    let failures = Arc::<Mutex<Vec<String>>>::default();
    let reported = Arc::clone(&failures);
    let handlers = Handlers::new(verifier())
        .on(|_: Delivery<RewardEvent>| async { Done::Err(std::io::Error::other("no database")) })
        .on_failure(move |failure| {
            reported.lock().expect("no handler panics").push(failure.to_string());
            assert_eq!(failure.status(), 500);
        })
        .deduplicate(Broken("write"));
    let request = WebhookBuilder::sample::<RewardEvent>().form(KEY);
    let reply = handlers.handle(Some(request.content_type), &request.body).await;
    assert_eq!(reply.status(), 500);
    let failures = failures.lock().expect("no handler panics");
    let expected = [
        "could not release the webhook of kind \"reward_web_hook\": no connection",
        "the handler for \"reward_web_hook\" failed: no database",
    ];
    assert_eq!(*failures, expected);
}

#[tokio::test]
async fn responds_500_if_the_store_cannot_be_read_and_200_if_it_cannot_be_written() {
    for (which, status, called) in [("read", 500, 0), ("write", 200, 1)] {
        let (calls, failures) = (Arc::default(), Arc::<Mutex<Vec<String>>>::default());
        let handlers = handlers(&calls, &failures).deduplicate(Broken(which));
        let request = WebhookBuilder::sample::<RewardEvent>().form(KEY);
        let reply = handlers.handle(Some(request.content_type), &request.body).await;
        assert_eq!((reply.status(), calls.load(Ordering::SeqCst)), (status, called), "{which}");
        let failures = failures.lock().expect("no handler panics");
        let expected = if which == "read" {
            "could not claim the webhook of kind \"reward_web_hook\": no connection"
        } else {
            "as handled: no connection"
        };
        assert!(failures.len() == 1 && failures[0].ends_with(expected), "{failures:?}");
    }
}

#[tokio::test]
async fn extractors_reject_before_the_handler_runs() {
    async fn unsubscribed(delivery: Delivery<UnsubscribeEvent>) -> Reply {
        Reply::json(&delivery.event.person.and_then(|person| person.email))
    }

    async fn app(Signed { content, .. }: Signed<Vec<i64>>) -> Reply {
        Reply::json(&content.len())
    }

    let address = serve(Router::new().route("/hooks", post(unsubscribed)).with_state(verifier())).await;
    let builder = WebhookBuilder::sample::<UnsubscribeEvent>();
    assert_eq!(send(address, &builder.form(KEY)).await, (200, "\"jane@example.com\"".to_owned()));
    assert_eq!(send(address, &builder.form("guessed")).await.0, 401);
    assert_eq!(send(address, &WebhookBuilder::sample::<RewardEvent>().form(KEY)).await.0, 400);

    let address = serve(Router::new().route("/hooks", post(app)).with_state(verifier())).await;
    let request = signed_request(&[1, 2, 3], KEY);
    assert_eq!(send(address, &request).await, (200, "3".to_owned()));
    let mut unsigned = request.clone();
    unsigned.signature = None;
    assert_eq!(send(address, &unsigned).await.0, 401);
    let twice = format!(
        "{SIGNATURE_HEADER}: {0}\r\n{SIGNATURE_HEADER}: {0}\r\n",
        request.signature.as_deref().unwrap_or_default()
    );
    let head = format!("{twice}Content-Length: {}\r\n", request.body.len());
    assert_eq!(exchange(address, &head, &request.body).await.0, 401);
}

#[tokio::test]
async fn rejects_large_bodies_before_reading_all_of_them() {
    let handlers = Handlers::new(verifier().body_limit(1000)).on(|_: Delivery<RewardEvent>| async { Done::Ok(()) });
    let address = serve(handlers.router("/hooks")).await;
    let form = "Content-Type: application/x-www-form-urlencoded\r\n";
    let announced = exchange(address, &format!("{form}Content-Length: 52428800\r\n"), b"key=").await;
    assert_eq!(announced.0, 413);
    let chunk = format!("400\r\n{}\r\n", "a".repeat(1024));
    let chunked =
        exchange(address, &format!("{form}Transfer-Encoding: chunked\r\n"), chunk.repeat(64).as_bytes()).await;
    assert_eq!(chunked.0, 413);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn replies_to_hundreds_of_concurrent_requests() {
    let (calls, failures): (Arc<AtomicUsize>, _) = (Arc::default(), Arc::default());
    let address = serve(handlers(&calls, &failures).router("/hooks")).await;
    let mut requests = tokio::task::JoinSet::new();
    for number in 0..300 {
        let request = WebhookBuilder::sample::<RewardEvent>().set("/reward/id", number).form(KEY);
        requests.spawn(async move { send(address, &request).await.0 });
    }
    let statuses =
        tokio::time::timeout(Duration::from_secs(60), requests.join_all()).await.expect("all requests finish in time");
    assert_eq!(statuses, vec![200; 300]);
    assert_eq!(calls.load(Ordering::SeqCst), 300);
}

#[test]
fn every_failure_has_a_status() {
    assert_eq!(Failure::Unhandled { kind: String::new() }.status(), 501);
    assert_eq!(Failure::StoreWrite { kind: String::new(), source: "full".into() }.status(), 200);
    let handlers =
        Handlers::new(Verifier::new(KEY).expect("a valid key")).on(|_: Delivery<RewardEvent>| async { Done::Ok(()) });
    assert!(format!("{handlers:?}").contains("reward_web_hook") && !format!("{handlers:?}").contains(KEY));
}
