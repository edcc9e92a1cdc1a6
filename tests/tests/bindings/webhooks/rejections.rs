//! Malformed and hostile deliveries: each has its status, and no rejection contains the key or the payload.

use talkable_api::webhook::testing::Draft;
use talkable_api::webhook::{Delivery, Event, Guard, Rejection, RewardEvent};

use super::{KEY, guard};

const FORM: &str = "application/x-www-form-urlencoded";
const JSON: &str = "application/json";

/// The texts that no rejection contains.
const SECRETS: [&str; 3] = [KEY, "sesame", "jane@example.com"];

fn refused(content_type: Option<&str>, body: &[u8], status: u16, reason: &str) {
    let start = String::from_utf8_lossy(&body[..body.len().min(80)]).into_owned();
    let rejection = Delivery::from_body(content_type, body, &guard()).expect_err(&start);
    assert_eq!(rejection.status(), status, "{start}: {rejection}");
    assert!(rejection.to_string().contains(reason), "{start}: {rejection}");
    tells_nothing(&rejection);
}

fn tells_nothing(rejection: &Rejection) {
    let shown = format!("{rejection} {rejection:?}");
    assert!(!SECRETS.iter().any(|secret| shown.contains(secret)), "{shown}");
}

#[test]
fn rejects_malformed_forms() {
    for (body, status, reason) in [
        ("", 400, "no form with the fields of a webhook"),
        ("a=b&c", 400, "no form with the fields of a webhook"),
        ("payload=%7B%7D", 401, "no key"),
        ("key=&payload=%7B%7D", 401, "the key is wrong"),
        ("key&payload=%7B%7D", 401, "the key is wrong"),
        ("key=sesame-012&payload=%7B%7D", 401, "the key is wrong"),
        ("key=sesame-01234&payload=%7B%7D", 401, "the key is wrong"),
        ("key=Sesame-0123&payload=%7B%7D", 401, "the key is wrong"),
        ("key=sesame-0123+&payload=%7B%7D", 401, "the key is wrong"),
        ("key=sesame-0123%00&payload=%7B%7D", 401, "the key is wrong"),
        ("key=guessed&payload=no+JSON&payload=%", 401, "the key is wrong"),
        ("key=sesame-0123&key=sesame-0123&payload=%7B%7D", 400, "`key` comes 2 times"),
        ("key=guessed&key=sesame-0123&payload=%7B%7D", 400, "`key` comes 2 times"),
        ("key=sesame-0123&%6Bey=guessed&payload=%7B%7D", 400, "`key` comes 2 times"),
        ("key=sesame-0123&site=a&site=b&payload=%7B%7D", 400, "`site` comes 2 times"),
        ("key=sesame-0123&payload=%7B%7D&payload=%7B%7D", 400, "`payload` comes 2 times"),
        ("key=sesame-0123&type=a&type=b&payload=%7B%7D", 400, "`type` comes 2 times"),
        ("key=sesame-0123&type=reward_web_hook", 400, "no payload"),
        ("key=sesame-0123&payload=", 400, "no JSON object"),
        ("key=sesame-0123&payload", 400, "no JSON object"),
        ("key=sesame-0123&payload=jane@example.com", 400, "no JSON object"),
        ("key=sesame-0123&payload=[]", 400, "no JSON object"),
        ("key=sesame-0123&payload=[7]&type=reward_web_hook", 400, "no JSON object"),
        ("key=sesame-0123&payload=null", 400, "no JSON object"),
        ("key=sesame-0123&payload=%7B", 400, "at /payload: EOF"),
        ("key=sesame-0123&payload=%7B%22jane@example.com%22:no%7D", 400, "at /payload/"),
        ("key=sesame-0123&payload=%7B%7Djane@example.com", 400, "trailing characters"),
        ("key=sesame-0123&payload=%7B%7D%2", 400, "`payload` is wrongly encoded"),
        ("key=sesame-0123&payload=%7B%zz%7D", 400, "`payload` is wrongly encoded"),
        ("key=sesame-0123&payload=%7B%22a%22:%22%FF%22%7D", 400, "`payload` is wrongly encoded"),
        ("key=sesame-0123&type=%&payload=%7B%7D", 400, "`type` is wrongly encoded"),
        ("key=%&payload=%7B%7D", 400, "`key` is wrongly encoded"),
        ("%=1&key=sesame-0123&payload=%7B%7D", 400, "a name in the form is wrongly encoded"),
        (
            "key=sesame-0123&type=reward_web_hook&payload=%7B%22reward%22:%7B%22amount%22:%22jane@example.com%22%7D%7D",
            400,
            "at /payload/reward/amount: ",
        ),
        ("{\"key\":\"sesame-0123\",\"payload\":{}}", 400, "whatever its content type says"),
    ] {
        refused(Some(FORM), body.as_bytes(), status, reason);
    }
    refused(Some(FORM), b"key=sesame-0123&payload=%7B%22a%22:%22\xff%22%7D", 400, "`payload` is wrongly encoded");
    refused(Some(FORM), b"key=\xff&payload=%7B%7D", 400, "`key` is wrongly encoded");
}

#[test]
fn rejects_malformed_json() {
    for (body, status, reason) in [
        ("", 400, "no JSON object with the fields"),
        ("[]", 400, "no JSON object with the fields"),
        (r#"["sesame-0123","s","t",{},{}]"#, 400, "no JSON object with the fields"),
        ("\"sesame-0123\"", 400, "no JSON object with the fields"),
        ("{}", 401, "no key"),
        (r#"{"key":null,"payload":{}}"#, 401, "no key"),
        (r#"{"key":"","payload":{}}"#, 401, "the key is wrong"),
        (r#"{"key":"guessed","payload":{"a":[1,]}}"#, 401, "the key is wrong"),
        (r#"{"key":"guessed","payload":no JSON"#, 401, "the key is wrong"),
        (r#"{"key":"sesame-0123","payload":{"a":[1,]}}"#, 400, "at /payload/a: "),
        (r#"{"key":"guessed","payload":7}"#, 401, "the key is wrong"),
        (r#"{"key":["sesame-0123"],"payload":{}}"#, 400, "no JSON object with the fields"),
        (r#"{"key":"sesame-0123","key":"guessed","payload":{}}"#, 400, "duplicate field `key`"),
        (r#"{"key":"sesame-0123","key":"sesame-0123","payload":{}}"#, 400, "duplicate field `key`"),
        (r#"{"key":"sesame-0123","payload":{},"payload":{}}"#, 400, "duplicate field `payload`"),
        (r#"{"key":"sesame-0123"}"#, 400, "no payload"),
        (r#"{"key":"sesame-0123","payload":null}"#, 400, "no payload"),
        (r#"{"key":"sesame-0123","payload":[]}"#, 400, "no JSON object"),
        (r#"{"key":"sesame-0123","payload":"jane@example.com"}"#, 400, "no JSON object"),
        (
            r#"{"key":"sesame-0123","type":"unsubscribe_web_hook","payload":{"person":"jane@example.com"}}"#,
            400,
            "/person",
        ),
        (r#"{"key":"sesame-0123","type":7,"payload":{}}"#, 400, "at /type: "),
        (r#"{"key":"sesame-0123","payload":{}} jane@example.com"#, 400, "trailing characters"),
        ("key=sesame-0123&payload=%7B%7D", 400, "no JSON object with the fields"),
        (r#"{"payload":{"jane@example.com":no}}"#, 400, "no JSON object with the fields"),
    ] {
        refused(Some(JSON), body.as_bytes(), status, reason);
    }
    refused(Some(JSON), b"{\"key\":\"\xff\",\"payload\":{}}", 400, "no JSON object with the fields");
}

#[test]
fn the_content_type_decides_the_format() {
    let form = Draft::of::<RewardEvent>().form(KEY).body;
    let json = Draft::of::<RewardEvent>().json(KEY).body;
    for content_type in
        [None, Some(""), Some("text/plain"), Some("multipart/form-data; boundary=x"), Some("application/jsonp")]
    {
        for body in [&form, &json] {
            refused(content_type, body, 415, "the content type is neither");
        }
    }
    refused(Some(JSON), &form, 400, "no JSON object with the fields");
    refused(Some(FORM), &json, 400, "whatever its content type says");
    for (content_type, body) in [
        (FORM, &form),
        ("Application/X-WWW-Form-Urlencoded ; charset=UTF-8", &form),
        (JSON, &json),
        ("application/json;charset=utf-8", &json),
    ] {
        let delivery = Delivery::from_body(Some(content_type), body, &guard()).expect(content_type);
        assert!(matches!(delivery.event, Event::Reward(_)), "{content_type}");
    }
}

#[test]
fn rejects_bodies_over_the_limit() {
    let large = [&b"key=sesame-0123&payload="[..], &vec![b'a'; 50 << 20]].concat();
    for content_type in [FORM, JSON] {
        refused(Some(content_type), &large, 413, "more than 1048576 bytes");
    }
    let small = guard().body_limit(30);
    assert!(Delivery::from_form(b"key=sesame-0123&payload=%7B%7D", &small).is_ok());
    let rejection = Delivery::from_form(b"key=sesame-0123&payload=%7B%7D&", &small).expect_err("31 bytes");
    assert_eq!(rejection.status(), 413);
}

#[test]
fn rejects_ten_thousand_levels() {
    let deep = format!("{}1{}", "{\"a\":".repeat(10_000), "}".repeat(10_000));
    let never_closed = "{\"a\":[".repeat(10_000);
    for payload in [&deep, &never_closed] {
        refused(Some(FORM), format!("key={KEY}&payload={payload}").as_bytes(), 400, "deeper than 127 levels");
    }
    refused(Some(JSON), format!("{{\"key\":\"{KEY}\",\"payload\":{deep}}}").as_bytes(), 400, "deeper than 127 levels");
    // The depth of other fields doesn't matter.
    let aside = format!("{{\"aside\":{deep},\"key\":\"{KEY}\",\"payload\":{{}}}}");
    assert!(Delivery::from_json(aside.as_bytes(), &guard()).is_ok());
    let rejection = Delivery::from_form(b"key=sesame-0123&payload={\"a\":[[]]}", &guard().depth_limit(2));
    assert!(rejection.is_err_and(|rejection| rejection.reason().contains("deeper than 2 levels")));
}

#[test]
fn each_site_has_its_own_key() {
    let guard = Guard::for_site("a", "key-of-a").and_then(|guard| guard.site_key("b", "key-of-b")).expect("fit");
    for (site, key, is_taken) in [
        (Some("a"), "key-of-a", true),
        (Some("b"), "key-of-b", true),
        (Some("a"), "key-of-b", false),
        (Some("c"), "key-of-a", false),
        (None, "key-of-a", false),
    ] {
        let draft = Draft::of::<RewardEvent>();
        let sent = match site {
            Some(site) => draft.site(site).form(key),
            None => draft.bare().form(key),
        };
        let read = Delivery::from_body(Some(sent.content_type), &sent.body, &guard);
        assert_eq!(read.as_ref().map_err(Rejection::status).is_ok(), is_taken, "{site:?} {key}: {read:?}");
        if let Err(rejection) = read {
            // The reason does not reveal which sites exist.
            assert_eq!(rejection.reason(), "the key is wrong");
        }
    }
}

#[test]
fn unknown_kinds_and_fields_are_kept() {
    let draft = Draft::new("newer_web_hook", serde_json::json!({"points": [1, {"a": null}]}));
    for sent in [draft.form(KEY), draft.json(KEY)] {
        let delivery = Delivery::from_body(Some(sent.content_type), &sent.body, &guard()).expect("it is fit");
        let Event::Unknown { kind, payload } = &delivery.event else { panic!("{delivery:?}") };
        assert_eq!((kind.as_str(), payload.to_string().as_str()), ("newer_web_hook", r#"{"points":[1,{"a":null}]}"#));
        assert_eq!((delivery.kind.as_deref(), delivery.site.as_deref()), (Some("newer_web_hook"), Some("my-store")));
    }
    let sent = Draft::of::<RewardEvent>().set("/newer", 7).bare().form(KEY);
    let delivery: Delivery<RewardEvent> = guard().open(Some(sent.content_type), &sent.body).expect("it is fit");
    assert_eq!(delivery.payload_as::<serde_json::Value>().expect("it is JSON")["newer"], 7);
    assert!(delivery.event.reward.is_some() && delivery.kind.is_none() && delivery.extras() == Some("{}"));
    assert!(!format!("{delivery:?}").contains("jane"), "{delivery:?}");
}
