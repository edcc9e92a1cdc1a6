//! Valid and forged signatures of Custom Apps.

use serde_json::{Value, json};
use talkable_api::webhook::testing::signed;
use talkable_api::webhook::{Guard, Signed};

use super::{KEY, guard};

/// Made with `printf %s BODY | openssl dgst -sha256 -hmac KEY | cut -d' ' -f2 | tr -d '\n' | base64 -w0`.
const BODY: &str = r#"{"order_number":"1042","amount":"99.50"}"#;
const SIGNATURE: &str = "ZTQ4YzYzNDc5YjdmMzYyMzI0MjZkZmM3MjRjN2MyYzUyNDM4NTIxNTIxN2U1YTFiMDdkM2ZkNTA5ZDRkZTBhMA==";

fn read(signature: Option<&str>, body: &[u8]) -> Result<Value, u16> {
    let read = Signed::<Value>::from_body(signature, body, &guard());
    read.map(|signed| signed.content).map_err(|rejection| {
        let shown = format!("{rejection} {rejection:?}");
        assert!(!shown.contains(KEY) && !shown.contains("1042"), "{shown}");
        rejection.status()
    })
}

#[test]
fn matches_signatures_of_openssl() {
    assert_eq!(read(Some(SIGNATURE), BODY.as_bytes()), Ok(json!({"order_number": "1042", "amount": "99.50"})));
    let ours = signed(&json!({"a": 1}), KEY);
    assert_eq!(read(ours.signature.as_deref(), &ours.body), Ok(json!({"a": 1})));
}

#[test]
fn rejects_forged_signatures() {
    let other = signed(&json!({"order_number": "1043"}), KEY).signature.expect("it is signed");
    let other_key =
        signed(&serde_json::from_str::<Value>(BODY).expect("JSON"), "guessed").signature.expect("it is signed");
    let truncated = &SIGNATURE[..SIGNATURE.len() - 4];
    let unpadded = SIGNATURE.trim_end_matches('=');
    for signature in [
        "",
        "=",
        " ",
        "é",
        &other,
        &other_key,
        truncated,
        unpadded,
        &format!("{SIGNATURE}\n"),
        &format!("{}\n{}", &SIGNATURE[..60], &SIGNATURE[60..]),
        &format!(" {SIGNATURE}"),
        &format!("{SIGNATURE}{SIGNATURE}"),
        &SIGNATURE.to_lowercase(),
    ] {
        assert_eq!(read(Some(signature), BODY.as_bytes()), Err(401), "{signature:?}");
    }
    assert_eq!(read(None, BODY.as_bytes()), Err(401));
    for body in [&BODY[1..], &BODY[..BODY.len() - 1], &format!("{BODY}\n"), "", "{}"] {
        assert_eq!(read(Some(SIGNATURE), body.as_bytes()), Err(401), "{body}");
    }
}

#[test]
fn rejects_signed_but_unusable_bodies() {
    let mac = |body: &Value| signed(body, KEY);
    let deep = (0..200).fold(json!(1), |inner, _| json!([inner]));
    let sent = mac(&deep);
    assert_eq!(read(sent.signature.as_deref(), &sent.body), Err(400));
    let sent = mac(&json!("a".repeat(2 << 20)));
    assert_eq!(read(sent.signature.as_deref(), &sent.body), Err(413));
    let sent = mac(&json!({"amount": "jane@example.com"}));
    let typed =
        Signed::<std::collections::BTreeMap<String, i64>>::from_body(sent.signature.as_deref(), &sent.body, &guard());
    let rejection = typed.expect_err("it is no number");
    assert_eq!((rejection.status(), rejection.pointer()), (400, Some("/amount")));
    assert!(!rejection.to_string().contains("jane"));
}

#[test]
fn accepts_a_signature_of_any_key() {
    let guard = Guard::new("old").and_then(|guard| guard.key("new")).expect("the keys are fit");
    for key in ["old", "new"] {
        let sent = signed(&json!({}), key);
        assert!(Signed::<Value>::from_body(sent.signature.as_deref(), &sent.body, &guard).is_ok(), "{key}");
    }
}
