//! Tests the rejection of invalid requests: the status and the reason, which must contain neither the key nor the payload.

use serde_json::json;
use talkable_api::webhook::testing::WebhookBuilder;
use talkable_api::webhook::{Delivery, Event, Rejection, RewardEvent, Verifier};

use super::{KEY, verifier};

const FORM: &str = "application/x-www-form-urlencoded";
const JSON: &str = "application/json";

/// Strings that must not appear in a rejection.
const SECRETS: [&str; 3] = [KEY, "sesame", "jane@example.com"];

fn check(content_type: Option<&str>, body: &[u8], status: u16, reason: &str) {
    let start = String::from_utf8_lossy(&body[..body.len().min(80)]).into_owned();
    let rejection = verifier().verify::<Event>(content_type, body).expect_err(&start);
    assert_eq!(rejection.status(), status, "{start}: {rejection}");
    assert!(rejection.to_string().contains(reason), "{start}: {rejection}");
    let output = format!("{rejection} {rejection:?}");
    assert!(!SECRETS.iter().any(|secret| output.contains(secret)), "{output}");
}

#[test]
fn rejects_invalid_forms() {
    for (body, status, reason) in [
        ("", 400, "not a form with webhook fields"),
        ("a=b&c", 400, "not a form with webhook fields"),
        ("payload=%7B%7D", 401, "the security key is missing"),
        ("key=&payload=%7B%7D", 401, "the security key is wrong"),
        ("key&payload=%7B%7D", 401, "the security key is wrong"),
        ("key=sesame-012&payload=%7B%7D", 401, "the security key is wrong"),
        ("key=sesame-01234&payload=%7B%7D", 401, "the security key is wrong"),
        ("key=Sesame-0123&payload=%7B%7D", 401, "the security key is wrong"),
        ("key=sesame-0123+&payload=%7B%7D", 401, "the security key is wrong"),
        ("key=sesame-0123%00&payload=%7B%7D", 401, "the security key is wrong"),
        ("key=guessed&payload=no+JSON&payload=%", 401, "the security key is wrong"),
        ("key=sesame-0123&key=sesame-0123&payload=%7B%7D", 400, "`key` appears 2 times"),
        ("key=guessed&key=sesame-0123&payload=%7B%7D", 400, "`key` appears 2 times"),
        ("key=sesame-0123&%6Bey=guessed&payload=%7B%7D", 400, "`key` appears 2 times"),
        ("key=sesame-0123&site=a&site=b&payload=%7B%7D", 400, "`site` appears 2 times"),
        ("key=sesame-0123&payload=%7B%7D&payload=%7B%7D", 400, "`payload` appears 2 times"),
        ("key=sesame-0123&type=a&type=b&payload=%7B%7D", 400, "`type` appears 2 times"),
        ("key=sesame-0123&type=reward_web_hook", 400, "the payload is missing"),
        ("key=sesame-0123&payload=", 400, "the payload is not a JSON object"),
        ("key=sesame-0123&payload", 400, "the payload is not a JSON object"),
        ("key=sesame-0123&payload=jane@example.com", 400, "the payload is not a JSON object"),
        ("key=sesame-0123&payload=[]", 400, "the payload is not a JSON object"),
        ("key=sesame-0123&payload=[7]&type=reward_web_hook", 400, "the payload is not a JSON object"),
        ("key=sesame-0123&payload=null", 400, "the payload is not a JSON object"),
        ("key=sesame-0123&payload=%7B", 400, "at /payload: EOF"),
        ("key=sesame-0123&payload=%7B%22jane@example.com%22:no%7D", 400, "at /payload/"),
        ("key=sesame-0123&payload=%7B%7Djane@example.com", 400, "trailing characters"),
        ("key=sesame-0123&payload=%7B%7D%2", 400, "`payload` is not percent-encoded UTF-8"),
        ("key=sesame-0123&payload=%7B%zz%7D", 400, "`payload` is not percent-encoded UTF-8"),
        ("key=sesame-0123&payload=%7B%22a%22:%22%FF%22%7D", 400, "`payload` is not percent-encoded UTF-8"),
        ("key=sesame-0123&type=%&payload=%7B%7D", 400, "`type` is not percent-encoded UTF-8"),
        ("key=%&payload=%7B%7D", 400, "`key` is not percent-encoded UTF-8"),
        ("%=1&key=sesame-0123&payload=%7B%7D", 400, "a form field name is not percent-encoded UTF-8"),
        (
            "key=sesame-0123&type=reward_web_hook&payload=%7B%22reward%22:%7B%22amount%22:%22jane@example.com%22%7D%7D",
            400,
            "at /payload/reward/amount: ",
        ),
        ("{\"key\":\"sesame-0123\",\"payload\":{}}", 400, "not a form with webhook fields"),
    ] {
        check(Some(FORM), body.as_bytes(), status, reason);
    }
    check(
        Some(FORM),
        b"key=sesame-0123&payload=%7B%22a%22:%22\xff%22%7D",
        400,
        "`payload` is not percent-encoded UTF-8",
    );
    check(Some(FORM), b"key=\xff&payload=%7B%7D", 400, "`key` is not percent-encoded UTF-8");
}

#[test]
fn rejects_invalid_json() {
    for (body, status, reason) in [
        ("", 400, "not a JSON object with webhook fields"),
        ("[]", 400, "not a JSON object with webhook fields"),
        (r#"["sesame-0123","s","t",{},{}]"#, 400, "not a JSON object with webhook fields"),
        ("\"sesame-0123\"", 400, "not a JSON object with webhook fields"),
        ("{}", 401, "the security key is missing"),
        (r#"{"key":null,"payload":{}}"#, 401, "the security key is missing"),
        (r#"{"key":"","payload":{}}"#, 401, "the security key is wrong"),
        (r#"{"key":"guessed","payload":{"a":[1,]}}"#, 401, "the security key is wrong"),
        (r#"{"key":"guessed","payload":no JSON"#, 401, "the security key is wrong"),
        (r#"{"key":"sesame-0123","payload":{"a":[1,]}}"#, 400, "at /payload/a: "),
        (r#"{"key":"guessed","payload":7}"#, 401, "the security key is wrong"),
        (r#"{"key":["sesame-0123"],"payload":{}}"#, 400, "not a JSON object with webhook fields"),
        (r#"{"key":"sesame-0123","key":"guessed","payload":{}}"#, 400, "duplicate field `key`"),
        (r#"{"key":"sesame-0123","key":"sesame-0123","payload":{}}"#, 400, "duplicate field `key`"),
        (r#"{"key":"sesame-0123","payload":{},"payload":{}}"#, 400, "duplicate field `payload`"),
        (r#"{"key":"sesame-0123"}"#, 400, "the payload is missing"),
        (r#"{"key":"sesame-0123","payload":null}"#, 400, "the payload is missing"),
        (r#"{"key":"sesame-0123","payload":[]}"#, 400, "the payload is not a JSON object"),
        (r#"{"key":"sesame-0123","payload":"jane@example.com"}"#, 400, "the payload is not a JSON object"),
        (
            r#"{"key":"sesame-0123","type":"unsubscribe_web_hook","payload":{"person":"jane@example.com"}}"#,
            400,
            "/person",
        ),
        (r#"{"key":"sesame-0123","type":7,"payload":{}}"#, 400, "at /type: "),
        (r#"{"key":"sesame-0123","payload":{}} jane@example.com"#, 400, "trailing characters"),
        ("key=sesame-0123&payload=%7B%7D", 400, "not a JSON object with webhook fields"),
        (r#"{"payload":{"jane@example.com":no}}"#, 400, "not a JSON object with webhook fields"),
    ] {
        check(Some(JSON), body.as_bytes(), status, reason);
    }
    check(Some(JSON), b"{\"key\":\"\xff\",\"payload\":{}}", 400, "not a JSON object with webhook fields");
}

#[test]
fn never_sniffs_the_content_type() {
    let form = WebhookBuilder::sample::<RewardEvent>().form(KEY).body;
    let json = WebhookBuilder::sample::<RewardEvent>().json(KEY).body;
    for content_type in
        [None, Some(""), Some("text/plain"), Some("multipart/form-data; boundary=x"), Some("application/jsonp")]
    {
        for body in [&form, &json] {
            check(content_type, body, 415, "the content type is neither");
        }
    }
    check(Some(JSON), &form, 400, "not a JSON object with webhook fields");
    check(Some(FORM), &json, 400, "not a form with webhook fields");
    for (content_type, body) in [
        (FORM, &form),
        ("Application/X-WWW-Form-Urlencoded ; charset=UTF-8", &form),
        (JSON, &json),
        ("application/json;charset=utf-8", &json),
    ] {
        let delivery: Delivery = verifier().verify(Some(content_type), body).expect(content_type);
        assert!(matches!(delivery.event, Event::Reward(_)), "{content_type}");
    }
}

#[test]
fn rejects_a_body_of_fifty_megabytes() {
    let large = [&b"key=sesame-0123&payload="[..], &vec![b'a'; 50 << 20]].concat();
    for content_type in [FORM, JSON] {
        check(Some(content_type), &large, 413, "larger than 1048576 bytes");
    }
    let small = verifier().body_limit(30);
    assert!(small.verify::<Event>(Some(FORM), b"key=sesame-0123&payload=%7B%7D").is_ok());
    let rejection =
        small.verify::<Event>(Some(FORM), b"key=sesame-0123&payload=%7B%7D&").expect_err("the body has 31 bytes");
    assert_eq!(rejection.status(), 413);
}

#[test]
fn rejects_ten_thousand_levels_of_nesting() {
    let deep = format!("{}1{}", "{\"a\":".repeat(10_000), "}".repeat(10_000));
    let never_closed = "{\"a\":[".repeat(10_000);
    for payload in [&deep, &never_closed] {
        check(Some(FORM), format!("key={KEY}&payload={payload}").as_bytes(), 400, "deeper than 127 levels");
    }
    check(Some(JSON), format!("{{\"key\":\"{KEY}\",\"payload\":{deep}}}").as_bytes(), 400, "deeper than 127 levels");
    // The depth limit applies only to the payload.
    let outer = format!("{{\"outer\":{deep},\"key\":\"{KEY}\",\"payload\":{{}}}}");
    assert!(verifier().verify::<Event>(Some(JSON), outer.as_bytes()).is_ok());
    let shallow = verifier().depth_limit(2);
    let rejection = shallow.verify::<Event>(Some(FORM), b"key=sesame-0123&payload={\"a\":[[]]}");
    assert!(rejection.is_err_and(|rejection| rejection.reason().contains("deeper than 2 levels")));
}

#[test]
fn keys_are_valid_for_their_site_only() {
    let verifier = Verifier::for_site("a", "key-of-a")
        .and_then(|verifier| verifier.site_key("b", "key-of-b"))
        .expect("valid keys");
    for (site, key, is_accepted) in [
        (Some("a"), "key-of-a", true),
        (Some("b"), "key-of-b", true),
        (Some("a"), "key-of-b", false),
        (Some("c"), "key-of-a", false),
        (None, "key-of-a", false),
    ] {
        let builder = WebhookBuilder::sample::<RewardEvent>();
        let request = match site {
            Some(site) => builder.site(site).form(key),
            None => builder.legacy().form(key),
        };
        let read = verifier.verify::<Event>(Some(request.content_type), &request.body);
        assert_eq!(read.as_ref().map_err(Rejection::status).is_ok(), is_accepted, "{site:?} {key}: {read:?}");
        if let Err(rejection) = read {
            // The reason must not reveal whether the site exists.
            assert_eq!(rejection.reason(), "the security key is wrong");
        }
    }
}

#[test]
fn keeps_unknown_kinds_and_fields() {
    let builder = WebhookBuilder::new("newer_web_hook", serde_json::json!({"points": [1, {"a": null}]}));
    for request in [builder.form(KEY), builder.json(KEY)] {
        let delivery: Delivery = verifier().verify(Some(request.content_type), &request.body).expect("valid");
        let Event::Unknown { kind, payload } = &delivery.event else { panic!("{delivery:?}") };
        assert_eq!((kind.as_str(), payload.to_string().as_str()), ("newer_web_hook", r#"{"points":[1,{"a":null}]}"#));
        assert_eq!((delivery.kind.as_deref(), delivery.site.as_deref()), (Some("newer_web_hook"), Some("my-store")));
    }
    let request = WebhookBuilder::sample::<RewardEvent>().set("/newer", 7).legacy().form(KEY);
    let delivery: Delivery<RewardEvent> = verifier().verify(Some(request.content_type), &request.body).expect("valid");
    assert_eq!(delivery.payload_as::<serde_json::Value>().expect("JSON")["newer"], 7);
    assert!(delivery.event.reward.is_some() && delivery.kind.is_none() && delivery.extras_json() == Some("{}"));
    assert!(!format!("{delivery:?}").contains("jane"), "{delivery:?}");
}

#[test]
fn rejects_a_list_instead_of_a_record() {
    for (pointer, list) in [
        ("/person/referral_counts", json!([5, 2, 7])),
        ("/person", json!(["Jane", "Doe"])),
        ("/reward/coupon", json!([true, "10.0", "WELCOME10"])),
    ] {
        let request = WebhookBuilder::sample::<RewardEvent>().set(pointer, list).form(KEY);
        let rejection = verifier().verify::<RewardEvent>(Some(request.content_type), &request.body).expect_err(pointer);
        let reason = format!("at /payload{pointer}: invalid type: sequence, expected an object");
        assert!(rejection.to_string().contains(&reason), "{rejection}");
    }
}

#[test]
fn accepts_empty_values_of_other_types() {
    let builder = WebhookBuilder::sample::<RewardEvent>();
    let builder = builder.set("/person/custom_properties", json!([])).set("/person/opted_in_at", "");
    let builder = builder.set("/person/customer_id", 1042).set("/campaign/tag_names", json!({}));
    let request = builder.set("/reward/amount", "").set("/person/unsubscribed_at", "2026-01-31").form(KEY);
    let event = verifier().verify::<RewardEvent>(Some(request.content_type), &request.body).expect("a webhook").event;
    let (person, campaign) = (event.person.expect("a person"), event.campaign.expect("a campaign"));
    assert!(person.custom_properties.is_empty() && person.opted_in_at.is_none() && campaign.tag_names.is_empty());
    assert_eq!(person.customer_id.as_deref(), Some("1042"));
    assert_eq!(person.unsubscribed_at.map(|time| time.to_rfc3339()).as_deref(), Some("2026-01-31T00:00:00+00:00"));
    assert_eq!(event.reward.expect("a reward").amount, None);
}
