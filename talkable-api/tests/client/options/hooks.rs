//! Hooks: `on_request`, `on_attempt` and `on_call`.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use fake_server::{Reply, Server, json, with_headers};
use talkable_api::{Attempt, CallInfo, CallOutcome, ClientBuilder, Error, TransportErrorKind};

use crate::{Connect as _, KEY, argument, create, find, good, refused};

/// Adds a hook that records a value for each attempt. Returns the builder and the recorded values.
fn collect<T: Send + 'static>(
    builder: ClientBuilder,
    record: impl Fn(&Attempt<'_>) -> T + Send + Sync + 'static,
) -> (ClientBuilder, Arc<Mutex<Vec<T>>>) {
    let recorded = Arc::new(Mutex::new(Vec::new()));
    let sink = Arc::clone(&recorded);
    (builder.on_attempt(move |attempt| sink.lock().unwrap().push(record(attempt))), recorded)
}

#[tokio::test]
async fn on_attempt_runs_once_for_each_attempt() {
    let failed = with_headers(503, &format!("X-Request-Id: r-{KEY}\r\n"), "<html>");
    let server = Server::script([refused(), failed, Reply::close(""), good()]);
    let record = |attempt: &Attempt<'_>| {
        let error_type = attempt.error_type().map(str::to_owned);
        (
            attempt.info.attempts(),
            attempt.result.ok().map(|status| status.as_u16()),
            attempt.result.err(),
            error_type,
            attempt.info.request_id().map(str::to_owned),
            attempt.info.maybe_processed(),
        )
    };
    let (builder, recorded) = collect(server.builder(), record);
    let response = find(&builder.build().unwrap()).response().await;
    assert_eq!(response.map(|response| response.info.attempts()).unwrap(), 4);
    let text = |text: &str| Some(text.to_owned());
    let expected = [
        (1, Some(429), None, text("429"), None, false),
        (2, Some(503), None, text("503"), text("r-[api key]"), false),
        (3, None, Some(TransportErrorKind::Interrupted), text("interrupted"), None, true),
        (4, Some(200), None, None, None, true),
    ];
    assert_eq!(*recorded.lock().unwrap(), expected);
}

#[tokio::test]
async fn an_attempt_contains_no_personal_data() {
    let server = Server::script([with_headers(503, "", ""), good()]);
    let record = |attempt: &Attempt<'_>| {
        assert!(!format!("{attempt:?}").contains("jane"));
        assert!(attempt.duration > Duration::ZERO && attempt.duration < Duration::from_secs(20));
        let names =
            [attempt.info.operation(), attempt.info.method().as_str(), attempt.info.template(), attempt.site_slug];
        (names.map(str::to_owned), format!("http://{}:{}", attempt.server_address, attempt.server_port.unwrap()))
    };
    let (builder, recorded) = collect(server.builder(), record);
    let (builder, waited) = collect(builder, |attempt| (attempt.info.attempts(), attempt.delay));
    let response = find(&builder.build().unwrap().for_site("other")).response().await.unwrap();
    let names = ["find", "GET", "/api/v2/people/{slug}/rewards", "other"].map(str::to_owned);
    assert_eq!(*recorded.lock().unwrap(), vec![(names, server.url().to_owned()); 2]);
    let waited = waited.lock().unwrap();
    let [(1, first), (2, second)] = waited[..] else { panic!("{waited:?}") };
    assert!(first < second, "{waited:?}");
    assert_eq!(first + second, response.info.waited());
}

#[tokio::test]
async fn a_panic_in_on_attempt_does_not_affect_the_call() {
    let server = Server::script([refused(), good()]);
    let (builder, recorded) = collect(server.builder().on_attempt(|_| panic!("the hook is broken")), |attempt| {
        (attempt.info.attempts(), attempt.result.ok().map(|status| status.as_u16()))
    });
    let client = builder.build().unwrap();
    create(&client).await.unwrap();
    assert_eq!((server.requests().len(), recorded.lock().unwrap().clone()), (2, vec![(1, Some(429)), (2, Some(200))]));
    assert_eq!(client.throttle().in_flight, 0);
}

#[tokio::test]
async fn on_call_runs_once_for_each_call() {
    let asks = with_headers(429, "Retry-After: 60\r\n", "");
    for (replies, is_invalid, ended, attempts) in [
        (vec![refused(), good()], false, None, 2),
        (vec![json(200, r#"{"ok":false,"error_message":"no"}"#)], false, Some("rejected"), 1),
        (vec![json(200, r#"{"ok":true,"result":7}"#)], false, Some("decode"), 1),
        (vec![json(404, r#"{"ok":false}"#)], false, Some("404"), 1),
        (vec![Reply::close(""), asks], false, Some("throttled"), 2),
        (vec![good()], true, Some("invalid"), 0),
    ] {
        let server = Server::script(replies);
        let recorded: Arc<Mutex<Vec<_>>> = Arc::default();
        let sink = Arc::clone(&recorded);
        let record = move |outcome: &CallOutcome<'_>| {
            assert!(outcome.duration >= outcome.info.waited() && !format!("{outcome:?}").contains("jane"));
            assert_eq!(
                outcome.error.and_then(Error::info).map_or(outcome.info.attempts(), CallInfo::attempts),
                outcome.info.attempts()
            );
            let names = (outcome.info.operation(), outcome.info.method().as_str(), outcome.info.template());
            assert_eq!(names, ("find", "GET", "/api/v2/people/{slug}/rewards"));
            assert_eq!(outcome.site_slug, "my-store");
            sink.lock().unwrap().push((outcome.error_type().map(str::to_owned), outcome.info.attempts()));
        };
        let client = server.builder().on_call(|_| panic!("the hook is broken")).on_call(record).build().unwrap();
        let call = find(&client).deadline(Duration::from_secs(20));
        let outcome = if is_invalid { call.segment("too many").await } else { call.await };
        assert_eq!(outcome.is_err(), ended.is_some());
        assert_eq!(*recorded.lock().unwrap(), [(ended.map(str::to_owned), attempts)]);
    }
}

#[tokio::test]
async fn on_request_adds_headers_once_for_all_attempts() {
    let server = Server::script([refused(), good()]);
    let runs = Arc::new(Mutex::new(0));
    let count = Arc::clone(&runs);
    let client = server.builder().on_request(move |request| {
        *count.lock().unwrap() += 1;
        let text = format!("{} {} {}", request.operation(), request.site_slug(), request.header("x-own").unwrap());
        request.set_header("X-First", text).set_header("X-Second", "1");
    });
    let client = client.on_request(|request| {
        assert!(!format!("{request:?}").contains(KEY));
        let text = format!("{} and 2", request.header("X-Second").unwrap());
        request.set_header("X-Second", text);
    });
    create(&client.build().unwrap()).header("X-Own", "7").await.unwrap();
    assert_eq!((server.requests().len(), *runs.lock().unwrap()), (2, 1));
    for seen in server.requests() {
        assert_eq!(seen.header("x-first"), ["create my-store 7"]);
        assert_eq!((seen.header("x-second"), seen.header("x-own")), (vec!["1 and 2"], vec!["7"]));
        assert_eq!(seen.header("authorization"), [format!("Bearer {KEY}")]);
    }
}

#[tokio::test]
async fn nothing_is_sent_when_on_request_fails() {
    let server = Server::script([good()]);
    let broken = server.builder().on_request(|_| panic!("the hook is broken")).build().unwrap();
    assert_eq!(argument(&find(&broken).await.unwrap_err()), "on_request");
    for (name, value) in [("authorization", "sesame"), ("host", "example.com"), ("x", "a\r\nb: jane")] {
        let client = server.builder().on_request(move |request| {
            request.set_header(name, value);
        });
        let client = client.build().unwrap();
        assert_eq!(argument(&find(&client).await.unwrap_err()), "header");
    }
    assert!(server.requests().is_empty());
}

#[tokio::test]
async fn hooks_do_not_run_for_invalid_calls() {
    let server = Server::script([good()]);
    let client = server.builder().on_request(|_| panic!("on_request ran")).on_attempt(|_| panic!("on_attempt ran"));
    let error = find(&client.build().unwrap()).segment("too many").await.unwrap_err();
    assert_eq!(argument(&error), "path");
}

#[tokio::test]
async fn errors_and_responses_contain_the_request_id() {
    let id = "X-Request-Id: r-7\r\n";
    let cut = format!("HTTP/1.1 200 OK\r\n{id}Content-Length: 100\r\n\r\n{{").into_bytes();
    for reply in [
        with_headers(400, id, ""),
        with_headers(200, id, "{}"),
        with_headers(200, id, r#"{"ok":false}"#),
        Reply::close(cut),
        with_headers(429, &format!("{id}Retry-After: 900\r\n"), ""),
    ] {
        let server = Server::script([reply]);
        let error = create(&server.client()).await.unwrap_err();
        assert_eq!(error.info().and_then(CallInfo::request_id), Some("r-7"), "{error:?}");
    }
    let server = Server::script([with_headers(200, id, r#"{"ok":true,"result":{"name":"Jane"}}"#)]);
    assert_eq!(create(&server.client()).response().await.unwrap().info.request_id(), Some("r-7"));
    let server = Server::script([json(200, "{}")]);
    let error = create(&server.client()).await.unwrap_err();
    assert_eq!(error.info().and_then(CallInfo::request_id), None);
}
