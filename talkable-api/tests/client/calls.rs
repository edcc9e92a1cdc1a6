//! The requests and results of individual calls.

use std::time::Duration;

use fake_server::{Reply, Server, json, with_headers};
use talkable_api::__private::{Method, Operation};
use talkable_api::serde_json::Value;
use talkable_api::serde_json::value::RawValue;
use talkable_api::{ApiErrorKind, Call, Client, Error, Items, serde_json};

use crate::{
    CREATE, Connect as _, FIND, Found, KEY, UPDATE, argument, assert_discreet, create, find, found, good, notify,
    refused, update,
};

#[tokio::test]
async fn requests_match_their_operation() {
    let server = Server::script([good()]);
    let client = server.builder().user_agent("my-shop/1.2").build().unwrap();
    assert_eq!(find(&client).await.unwrap(), found());
    assert_eq!(create(&client).await.unwrap(), found());
    assert_eq!(notify(&client).await.unwrap(), found());

    let seen = server.requests();
    assert_eq!(seen[0].line, "GET /api/v2/people/jane%40example.com/rewards?site_slug=my-store");
    assert_eq!(seen[0].body, "");
    for header in [
        format!("authorization: Bearer {KEY}"),
        "accept: application/json".to_owned(),
        format!("user-agent: talkable-api-rust/{} my-shop/1.2", env!("CARGO_PKG_VERSION")),
    ] {
        assert!(seen[0].head.lines().any(|line| line == header), "{header} is not in {}", seen[0].head);
    }
    assert_eq!(seen[1].line, "POST /api/v2/origins");
    assert_eq!(seen[1].body, r#"{"site_slug":"my-store","data":{"name":"Jane"}}"#);
    assert!(seen[1].head.contains("content-type: application/json"));
    assert_eq!(seen[2].body, r#"{"site_slug":"my-store"}"#);
}

#[tokio::test]
async fn the_query_comes_after_the_site() {
    #[derive(serde::Serialize)]
    struct Query {
        #[serde(rename = "name[]")]
        names: Vec<&'static str>,
    }

    let server = Server::script([good()]);
    let query = Query { names: vec!["a b", "c&d"] };
    let call: Call<Found> = Call::enveloped(&server.client(), &FIND).segment("+15550100").query(&query);
    call.await.unwrap();
    let expected = "GET /api/v2/people/%2B15550100/rewards?site_slug=my-store&name%5B%5D=a+b&name%5B%5D=c%26d";
    assert_eq!(server.requests()[0].line, expected);
}

#[tokio::test]
async fn a_post_without_a_body_has_a_content_length_of_zero() {
    static TRACK: Operation = Operation::new("track", Method::POST, "/api/v2/track").site_in_query();

    let server = Server::script([good()]);
    let call: Call<Found> = Call::enveloped(&server.client(), &TRACK);
    assert_eq!(call.request().body(), None);
    call.await.unwrap();
    let head = &server.requests()[0].head;
    assert!(head.contains("content-length: 0") && !head.contains("content-type"), "{head}");
}

#[tokio::test]
async fn rejects_path_arguments_that_cannot_be_encoded() {
    let server = Server::script([good()]);
    for argument in ["", ".", ".."] {
        let call: Call<Found> = Call::enveloped(&server.client(), &FIND).segment(argument);
        let error = call.await.unwrap_err();
        assert!(matches!(&error, Error::Invalid(error) if error.argument() == "slug"), "{error:?}");
    }
    let call: Call<Found> = Call::enveloped(&server.client(), &FIND);
    assert!(matches!(call.await, Err(Error::Invalid(_))));
    let call: Call<Found> = Call::enveloped(&server.client(), &CREATE).segment("more");
    assert!(matches!(call.await, Err(Error::Invalid(_))));
    assert!(server.requests().is_empty());
}

#[tokio::test]
async fn each_error_status_has_its_kind_and_is_not_retried() {
    for (status, kind) in [
        (200, ApiErrorKind::Rejected),
        (201, ApiErrorKind::Rejected),
        (302, ApiErrorKind::Redirect),
        (400, ApiErrorKind::BadRequest),
        (401, ApiErrorKind::Unauthorized),
        (403, ApiErrorKind::Forbidden),
        (404, ApiErrorKind::NotFound),
        (418, ApiErrorKind::Other),
        (422, ApiErrorKind::Unprocessable),
        (500, ApiErrorKind::Server),
    ] {
        let body = format!(r#"{{"ok":false,"error_message":"Go away, {KEY}\n"}}"#);
        let server = Server::script([with_headers(status, "X-Request-Id: r-1\r\n", body)]);
        let Err(Error::Api(error)) = create(&server.client()).await else {
            panic!("expected an API error after {status}")
        };
        assert_eq!((error.status(), error.kind(), error.info().attempts()), (status, kind, 1));
        assert_eq!(error.message(), "Go away, [api key]");
        assert_eq!((error.info().operation(), error.info().request_id()), ("create", Some("r-1")));
        assert!(!String::from_utf8_lossy(error.body()).contains(KEY));
        assert_eq!(server.requests().len(), 1);
    }
}

#[tokio::test]
async fn the_body_does_not_change_an_error_status() {
    for (status, body) in [
        (400, r#"{"ok":true,"result":{"name":"Jane"}}"#),
        (400, ""),
        (404, "<html>jane@example.com</html>"),
        (502, "<html>Bad gateway</html>"),
        (422, r#"{"error_message":null}"#),
        (401, "\u{feff}{}"),
    ] {
        let server = Server::script([with_headers(status, "Content-Type: text/html\r\n", body)]);
        let error = create(&server.client()).await.unwrap_err();
        assert_discreet(&error);
        let Error::Api(error) = error else { panic!("expected an API error after {status}") };
        assert_eq!((error.status(), error.body()), (status, body.as_bytes()));
        assert!(!error.message().is_empty());
    }
}

#[tokio::test]
async fn an_unexpected_body_is_a_decode_error() {
    for (body, pointer) in [
        (r#"{"ok":true}"#, "/result"),
        (r#"{"ok":true,"result":{"name":{"jane@example.com":1}}}"#, "/result/name"),
        (r#"{"ok":true,"result":{"name":["jane@example.com"]}}"#, "/result/name"),
        (r#"{"ok":"true","result":{"name":"jane@example.com"}}"#, "/ok"),
        ("<html>jane@example.com</html>", ""),
        ("", ""),
    ] {
        let server = Server::script([json(200, body)]);
        let error = find(&server.client()).await.unwrap_err();
        assert_discreet(&error);
        let Error::Decode(error) = error else { panic!("expected a decode error for {body}: {error:?}") };
        assert_eq!((error.status(), error.pointer(), error.body()), (200, pointer, body.as_bytes()));
        assert!(!error.reason().is_empty());
        // The server processed the request, so it isn't sent again.
        assert_eq!(server.requests().len(), 1);
    }
}

#[tokio::test]
async fn an_optional_result_can_be_missing() {
    for body in [r#"{"ok":true}"#, r#"{"ok":true,"result":null}"#, r#"{"ok":true,"result":""}"#] {
        let server = Server::script([json(200, body)]);
        assert_eq!(notify(&server.client()).await.unwrap(), Found::default());
    }
}

#[tokio::test]
async fn decodes_a_body_without_an_envelope() {
    let server = Server::script([json(200, r#"{"name":"Jane"}"#), json(200, r#"{"ok":false}"#)]);
    let call = || -> Call<Found> { Call::whole_body(&server.client(), &FIND).segment("jane") };
    assert_eq!(call().await.unwrap(), found());
    assert!(matches!(call().await, Err(Error::Api(error)) if error.kind() == ApiErrorKind::Rejected));
}

#[tokio::test]
async fn redirects_are_not_followed() {
    let elsewhere = Server::script([good()]);
    for status in [301, 302, 303, 307, 308] {
        let location = format!("Location: {}/api/v2/stolen\r\n", elsewhere.url());
        let server = Server::script([with_headers(status, &location, "")]);
        let builder = server.builder();
        // Even an HTTP client that is configured to follow redirects must not do so.
        let lenient = || reqwest::Client::builder().redirect(reqwest::redirect::Policy::limited(5));
        for client in [builder.build().unwrap(), server.builder().http_client_builder(lenient).build().unwrap()] {
            let error = find(&client).await.unwrap_err();
            assert!(matches!(&error, Error::Api(error) if error.kind() == ApiErrorKind::Redirect), "{error:?}");
            assert_discreet(&error);
        }
        assert_eq!(server.requests().len(), 2);
    }
    assert!(elsewhere.requests().is_empty());
}

#[tokio::test]
async fn a_response_contains_the_status_attempts_and_headers() {
    let created = with_headers(201, "X-Request-Id: r-2\r\n", r#"{"ok":true,"result":{"name":"Jane"}}"#);
    let server = Server::script([refused(), created]);
    let response = create(&server.client()).response().await.unwrap();
    assert_eq!((response.status, response.info.attempts(), &response.value), (201, 2, &found()));
    assert_eq!(response.headers["x-request-id"], "r-2");
    assert!(!format!("{response:?}").contains("r-2"));
    let seen = server.requests();
    assert_eq!((&seen[0].line, &seen[0].body), (&seen[1].line, &seen[1].body));
}

#[tokio::test]
async fn retries_idempotent_operations_after_a_5xx() {
    for status in [500, 502, 503, 504] {
        let server = Server::script([with_headers(status, "", "<html>"), good()]);
        assert_eq!(find(&server.client()).response().await.unwrap().info.attempts(), 2);
        let server = Server::script([with_headers(status, "", "<html>"), good()]);
        create(&server.client()).await.unwrap_err();
        assert_eq!(server.requests().len(), 1);
    }
}

#[tokio::test]
async fn an_error_includes_the_number_of_attempts() {
    // The first attempt may have been processed, which makes the second one a duplicate.
    let duplicate = json(400, r#"{"ok":false,"error_message":"Duplicate entity"}"#);
    for lost in [vec![], vec![Reply::close("")], vec![json(503, "")], vec![json(502, ""), json(504, "")]] {
        let attempts = u32::try_from(lost.len() + 1).unwrap();
        let server = Server::script(lost.into_iter().chain([duplicate.clone()]));
        let Err(Error::Api(error)) = update(&server.client()).await else { panic!("expected an API error") };
        assert_eq!((error.status(), error.message(), error.info().attempts()), (400, "Duplicate entity", attempts));
        assert_eq!(error.to_string().contains(&format!("({attempts} attempts, ")), attempts > 1, "{error}");
    }
}

#[tokio::test]
async fn nothing_is_sent_before_await() {
    let server = Server::script([good()]);
    let call = find(&server.client());
    assert!(format!("{call:?}").contains("/api/v2/people/{slug}/rewards"));
    assert!(!format!("{call:?}").contains("jane"));
    drop(call.send());
    assert!(server.requests().is_empty());
}

#[tokio::test]
async fn calls_can_be_spawned_and_joined() {
    // `select!` and `join_all` need futures that are `Unpin`.
    fn is_future<T: Send + Unpin + 'static>(value: T) -> T {
        value
    }

    fn is_send<T: Send + 'static>(value: T) -> T {
        value
    }

    let server = Server::script([good()]);
    let task = {
        let client = server.client();
        tokio::spawn(is_send(find(&client)).send())
    };
    let client = server.client();
    let (one, two) = tokio::join!(is_future(find(&client).send()), is_send(create(&client).response()));
    assert_eq!((one.unwrap(), two.unwrap().value, task.await.unwrap().unwrap()), (found(), found(), found()));
    let _: fn(Items<Found>) -> Items<Found> = is_send;
    let _: fn(Client) -> Client = is_send;
    let _: fn(Error) -> Error = is_send;
}

#[tokio::test]
async fn connections_are_reused() {
    let server = Server::script([good()]);
    let client = server.client();
    for _ in 0..3 {
        find(&client).await.unwrap();
        find(&client.for_site("other")).await.unwrap();
    }
    assert_eq!(server.connections(), 1);
}

#[tokio::test]
async fn selecting_a_future_by_reference_keeps_the_call_alive() {
    let server = Server::start(|_| async {
        tokio::time::sleep(Duration::from_millis(100)).await;
        good()
    });
    let mut call = find(&server.client()).send();
    let mut ticks = tokio::time::interval(Duration::from_millis(10));
    let mut count = 0;
    let value = loop {
        tokio::select! {
            value = &mut call => break value.unwrap(),
            _ = ticks.tick() => count += 1,
        }
    };
    assert_eq!((value, server.requests().len()), (found(), 1));
    assert!(count > 1, "{count}");
}

#[tokio::test]
async fn a_response_contains_the_body_of_a_success() {
    let body = r#"{"ok":true,"result":{"name":"Jane","new":[1.50]}}"#;
    let server = Server::script([json(200, body)]);
    let client = server.client();
    let response = find(&client).response().await.unwrap();
    assert_eq!((&response.body[..], &response.value), (body.as_bytes(), &found()));
    assert!(!format!("{response:?}").contains("1.50"));

    let result: Box<RawValue> = find(&client).decode_as().await.unwrap();
    assert_eq!(result.get(), r#"{"name":"Jane","new":[1.50]}"#);
    let result: Value = find(&client).decode_as().await.unwrap();
    assert_eq!(result["new"][0], 1.5);
}

#[tokio::test]
async fn an_undecoded_result_is_checked_like_a_decoded_one() {
    let server =
        Server::script([json(200, r#"{"ok":false,"error_message":"No"}"#), json(200, "<html>"), json(200, "")]);
    let client = server.client();
    let refused = find(&client).decode_as::<Value>().await.unwrap_err();
    assert!(matches!(&refused, Error::Api(error) if error.message() == "No"), "{refused:?}");
    let unreadable = find(&client).decode_as::<Value>().await.unwrap_err();
    assert!(matches!(&unreadable, Error::Decode(_)) && unreadable.is_retryable(), "{unreadable:?}");
    assert_eq!(notify(&client).decode_as::<Value>().await.unwrap(), Value::Null);
}

#[tokio::test]
async fn adds_parameters_that_are_not_documented() {
    let server = Server::script([good()]);
    let client = server.client();
    find(&client)
        .extra_query("tag[]", "a&site_slug=evil")
        .extra_query("tag[]", "é")
        .extra_query("x", "")
        .await
        .unwrap();
    create(&client).extra_body("phone", &None::<&str>).extra_body("a\"}", &[1.5]).await.unwrap();
    notify(&client).extra_body("reason", &"moved").await.unwrap();
    let call: Call<Found> = Call::enveloped(&client, &UPDATE).segment("jane").optional_data(&serde_json::json!({}));
    call.extra_body("first_name", &None::<&str>).await.unwrap();
    let seen = server.requests();
    let target = "/api/v2/people/jane%40example.com/rewards?site_slug=my-store&tag%5B%5D=a%26site_slug%3Devil&tag%5B%5D=%C3%A9&x=";
    assert_eq!(seen[0].target(), target);
    let bodies: Vec<_> = seen[1..].iter().map(|request| request.body.as_str()).collect();
    assert_eq!(
        bodies,
        [
            r#"{"site_slug":"my-store","data":{"name":"Jane","phone":null,"a\"}":[1.5]}}"#,
            r#"{"site_slug":"my-store","reason":"moved"}"#,
            r#"{"site_slug":"my-store","data":{"first_name":null}}"#,
        ]
    );
}

#[tokio::test]
async fn rejects_extra_parameters_that_are_set_or_reserved() {
    let server = Server::script([good()]);
    let client = server.client();
    for name in ["", "site_slug", "SITE_SLUG", "site_slug[]", "site_slug[a]", "api_key", "_method"] {
        assert_eq!(argument(&find(&client).extra_query(name, "1").await.unwrap_err()), "extra_query", "{name}");
        assert_eq!(argument(&create(&client).extra_body(name, &1).await.unwrap_err()), "extra_body", "{name}");
    }
    let twice = find(&client).extra_query("x", "1").extra_query("x", "2").await.unwrap_err();
    assert_eq!(argument(&twice), "extra_query");
    for call in [create(&client).extra_body("name", &1), find(&client).extra_body("x", &1)] {
        assert_eq!(argument(&call.await.unwrap_err()), "extra_body");
    }
    assert!(server.requests().is_empty());
}

#[tokio::test]
async fn a_missing_object_is_none_only_if_the_message_is_known() {
    let message = |text: &str| json(400, &format!(r#"{{"ok":false,"error_message":"{text}"}}"#));
    let server = Server::script([
        message("No person found by `person_slug`."),
        good(),
        message("No site found by `site_slug`."),
    ]);
    let client = server.client();
    assert_eq!(find(&client).optional().await.unwrap(), None);
    assert_eq!(find(&client).optional().await.unwrap(), Some(found()));
    let error = find(&client).optional().await.unwrap_err();
    assert!(matches!(&error, Error::Api(error) if error.reason().name() == "site_not_found"), "{error:?}");
}
