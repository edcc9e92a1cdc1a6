//! Handlers, and the router and extractors of axum behind a socket.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::routing::post;
use talkable_api::webhook::testing::{Draft, Sent, signed};
use talkable_api::webhook::{
    CheckUnsubscribeEvent, CreateCouponEvent, Delivery, Event, Failure, Guard, Handlers, Recent, ReferralEvent, Reply,
    RewardEvent, SIGNATURE_HEADER, Signed, UnsubscribeAnswer, UnsubscribeEvent,
};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use super::{KEY, guard};

type Answer = Result<(), std::io::Error>;

/// Serves for as long as the test runs.
async fn serve(app: Router) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("loopback has a port");
    let address = listener.local_addr().expect("it is bound");
    tokio::spawn(async move { axum::serve(listener, app).await });
    address
}

/// Posts a request. Returns the status and the body of the response.
async fn exchange(address: SocketAddr, head: &str, body: &[u8]) -> (u16, String) {
    let mut stream = TcpStream::connect(address).await.expect("it listens");
    let head = format!("POST /hooks HTTP/1.1\r\nHost: a\r\nConnection: close\r\n{head}\r\n");
    stream.write_all(head.as_bytes()).await.expect("it reads");
    // The server may reject the body before its end.
    let _ = stream.write_all(body).await;
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer).await;
    let answer = String::from_utf8(answer).expect("answers are text");
    let (head, body) = answer.split_once("\r\n\r\n").expect("an answer has a head");
    (head.split(' ').nth(1).and_then(|status| status.parse().ok()).expect("it has a status"), body.to_owned())
}

async fn send(address: SocketAddr, sent: &Sent) -> (u16, String) {
    let signature = sent.signature.iter().map(|signature| format!("{SIGNATURE_HEADER}: {signature}\r\n"));
    let head = format!("Content-Type: {}\r\nContent-Length: {}\r\n", sent.content_type, sent.body.len());
    exchange(address, &signature.fold(head, |head, line| head + &line), &sent.body).await
}

fn handlers(calls: &Arc<AtomicUsize>, failures: &Arc<Mutex<Vec<String>>>) -> Handlers {
    let (calls, failures) = (calls.clone(), failures.clone());
    let count = move || calls.fetch_add(1, Ordering::SeqCst);
    let (of_reward, of_question) = (count.clone(), count.clone());
    Handlers::new(guard())
        .on(move |delivery: Delivery<RewardEvent>| {
            of_reward();
            async move { if delivery.event.reward.is_some() { Ok(()) } else { Err("the till is closed") } }
        })
        .on(move |delivery: Delivery<CheckUnsubscribeEvent>| {
            of_question();
            let email = delivery.event.recipient.and_then(|person| person.email);
            async move { Answer::Ok(()).map(|()| UnsubscribeAnswer::new(email.as_deref() == Some("jane@example.com"))) }
        })
        .on(|_: Delivery<CreateCouponEvent>| async { Answer::Ok(()) })
        .on_failure(move |failure| failures.lock().expect("no thread panics with this lock").push(failure.to_string()))
}

#[tokio::test]
async fn the_result_of_a_handler_decides_the_reply() {
    let (calls, failures) = (Arc::default(), Arc::default());
    let address = serve(handlers(&calls, &failures).router("/hooks")).await;
    let question = Draft::of::<CheckUnsubscribeEvent>();
    let reward = Draft::of::<RewardEvent>();
    for (sent, status, body) in [
        (reward.form(KEY), 200, ""),
        (reward.json(KEY), 200, ""),
        (Draft::of::<CreateCouponEvent>().form(KEY), 200, ""),
        (question.form(KEY), 200, r#"{"result":{"unsubscribed":true}}"#),
        (
            question.clone().set("/recipient/email", "joe@example.com").form(KEY),
            200,
            r#"{"result":{"unsubscribed":false}}"#,
        ),
        (question.set("/recipient", None::<&str>).json(KEY), 200, r#"{"result":{"unsubscribed":false}}"#),
        (reward.form("guessed"), 401, "the webhook was refused with status 401: the key is wrong"),
        (
            reward.clone().set("/reward", 7).form(KEY),
            400,
            "the webhook was refused with status 400: at /payload/reward: ",
        ),
        (reward.set("/reward", None::<&str>).form(KEY), 500, ""),
        (Draft::of::<ReferralEvent>().form(KEY), 501, ""),
        (Draft::new("newer_web_hook", serde_json::json!({})).form(KEY), 501, ""),
    ] {
        let (found, text) = send(address, &sent).await;
        assert_eq!(found, status, "{text}");
        assert!(text.starts_with(body) && body.is_empty() == text.is_empty(), "{text}");
    }
    assert_eq!(calls.load(Ordering::SeqCst), 6);
    let failures = failures.lock().expect("no thread panics with this lock");
    assert_eq!(failures.len(), 5, "{failures:?}");
    assert_eq!(failures[2], r#"the webhook of the kind "reward_web_hook" was not dealt with: the till is closed"#);
    assert_eq!(failures[4], r#"nothing deals with webhooks of the kind "newer_web_hook""#);
}

#[tokio::test]
async fn deduplicates_notifications_and_not_questions() {
    let (calls, failures) = (Arc::default(), Arc::default());
    let handlers = handlers(&calls, &failures).deduplicate(Recent::new(100));
    let reward = Draft::of::<RewardEvent>();
    let question = Draft::of::<CheckUnsubscribeEvent>();
    let fails = reward.clone().set("/reward", None::<&str>);
    for (draft, status, called) in [
        (&reward, 200, 1),
        (&reward, 200, 1),
        (&question, 200, 2),
        (&question, 200, 3),
        (&fails, 500, 4),
        (&fails, 500, 5),
        (&reward, 200, 5),
    ] {
        let sent = draft.form(KEY);
        let reply = handlers.answer(Some(sent.content_type), &sent.body).await;
        assert_eq!((reply.status(), calls.load(Ordering::SeqCst)), (status, called));
    }
    // The format doesn't matter, and another site is another delivery.
    let sent = reward.json(KEY);
    assert_eq!(handlers.answer(Some(sent.content_type), &sent.body).await.status(), 200);
    assert_eq!(calls.load(Ordering::SeqCst), 5);
    let sent = reward.site("my-store-eu").form(KEY);
    assert_eq!(handlers.answer(Some(sent.content_type), &sent.body).await.status(), 200);
    assert_eq!(calls.load(Ordering::SeqCst), 6);
}

#[tokio::test]
async fn the_fallback_handles_all_other_kinds() {
    let handlers = Handlers::new(guard()).fallback(|delivery: Delivery| async move {
        Answer::Ok(()).map(|()| match delivery.event {
            Event::CheckUnsubscribe(question) => question.answer(UnsubscribeAnswer::new(true)),
            Event::Unknown { kind, .. } if kind == "newer_web_hook" => Reply::json(&kind),
            _ => Reply::delivered(),
        })
    });
    for (draft, body) in [
        (Draft::of::<CheckUnsubscribeEvent>(), r#"{"result":{"unsubscribed":true}}"#),
        (Draft::new("newer_web_hook", serde_json::json!({})), r#""newer_web_hook""#),
        (Draft::of::<ReferralEvent>(), ""),
    ] {
        let sent = draft.form(KEY);
        let reply = handlers.answer(Some(sent.content_type), &sent.body).await;
        assert_eq!((reply.status(), reply.body().as_ref()), (200, body.as_bytes()));
    }
}

#[tokio::test]
async fn a_failing_deduplication_store_loses_nothing() {
    struct Broken(&'static str);

    impl talkable_api::webhook::Deduplicate for Broken {
        type Error = String;

        async fn is_handled(&self, _: talkable_api::webhook::Fingerprint) -> Result<bool, String> {
            if self.0 == "read" { Err("no connection".to_owned()) } else { Ok(false) }
        }

        async fn mark_handled(&self, _: talkable_api::webhook::Fingerprint) -> Result<(), String> {
            Err("no connection".to_owned())
        }
    }

    for (which, status, called) in [("read", 500, 0), ("write", 200, 1)] {
        let (calls, failures) = (Arc::default(), Arc::<Mutex<Vec<String>>>::default());
        let handlers = handlers(&calls, &failures).deduplicate(Broken(which));
        let sent = Draft::of::<RewardEvent>().form(KEY);
        let reply = handlers.answer(Some(sent.content_type), &sent.body).await;
        assert_eq!((reply.status(), calls.load(Ordering::SeqCst)), (status, called), "{which}");
        let failures = failures.lock().expect("no thread panics with this lock");
        let told = if which == "read" { "is not known: no connection" } else { "is not remembered: no connection" };
        assert!(failures.len() == 1 && failures[0].ends_with(told), "{failures:?}");
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

    let address = serve(Router::new().route("/hooks", post(unsubscribed)).with_state(guard())).await;
    let draft = Draft::of::<UnsubscribeEvent>();
    assert_eq!(send(address, &draft.form(KEY)).await, (200, "\"jane@example.com\"".to_owned()));
    assert_eq!(send(address, &draft.form("guessed")).await.0, 401);
    assert_eq!(send(address, &Draft::of::<RewardEvent>().form(KEY)).await.0, 400);

    let address = serve(Router::new().route("/hooks", post(app)).with_state(guard())).await;
    let sent = signed(&[1, 2, 3], KEY);
    assert_eq!(send(address, &sent).await, (200, "3".to_owned()));
    let mut unsigned = sent.clone();
    unsigned.signature = None;
    assert_eq!(send(address, &unsigned).await.0, 401);
    let twice = format!(
        "{SIGNATURE_HEADER}: {0}\r\n{SIGNATURE_HEADER}: {0}\r\n",
        sent.signature.as_deref().unwrap_or_default()
    );
    let head = format!("{twice}Content-Length: {}\r\n", sent.body.len());
    assert_eq!(exchange(address, &head, &sent.body).await.0, 401);
}

#[tokio::test]
async fn does_not_read_oversized_bodies_to_their_end() {
    let handlers = Handlers::new(guard().body_limit(1000)).on(|_: Delivery<RewardEvent>| async { Answer::Ok(()) });
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
async fn handles_hundreds_of_deliveries_at_once() {
    let (calls, failures): (Arc<AtomicUsize>, _) = (Arc::default(), Arc::default());
    let address = serve(handlers(&calls, &failures).router("/hooks")).await;
    let mut deliveries = tokio::task::JoinSet::new();
    for number in 0..300 {
        let sent = Draft::of::<RewardEvent>().set("/reward/id", number).form(KEY);
        deliveries.spawn(async move { send(address, &sent).await.0 });
    }
    let answered =
        tokio::time::timeout(Duration::from_secs(60), deliveries.join_all()).await.expect("no delivery hangs");
    assert_eq!(answered, vec![200; 300]);
    assert_eq!(calls.load(Ordering::SeqCst), 300);
}

#[test]
fn failures_have_a_status() {
    assert_eq!(Failure::Unhandled { kind: String::new() }.status(), 501);
    assert_eq!(Failure::NotRemembered { kind: String::new(), source: "full".into() }.status(), 200);
    let handlers = Handlers::new(Guard::new(KEY).expect("fit")).on(|_: Delivery<RewardEvent>| async { Answer::Ok(()) });
    assert!(format!("{handlers:?}").contains("reward_web_hook") && !format!("{handlers:?}").contains(KEY));
}
