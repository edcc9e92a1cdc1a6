//! Tests valid and forged signatures of Custom Apps.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use talkable_api::webhook::Verifier;
use talkable_api::webhook::testing::signed_request;

use super::{KEY, verifier};

/// A body whose signature was created with OpenSSL:
///
/// `printf %s BODY | openssl dgst -sha256 -hmac KEY | cut -d' ' -f2 | tr -d '\n' | base64 -w0`
const BODY: &str = r#"{"order_number":"1042","amount":"99.50"}"#;
const SIGNATURE: &str = "ZTQ4YzYzNDc5YjdmMzYyMzI0MjZkZmM3MjRjN2MyYzUyNDM4NTIxNTIxN2U1YTFiMDdkM2ZkNTA5ZDRkZTBhMA==";

fn read(signature: Option<&str>, body: &[u8]) -> Result<Value, u16> {
    let read = verifier().verify_signed::<Value>(signature, body);
    read.map(|signed| signed.content).map_err(|rejection| {
        let output = format!("{rejection} {rejection:?}");
        assert!(!output.contains(KEY) && !output.contains("1042"), "{output}");
        rejection.status()
    })
}

#[test]
fn accepts_a_signature_created_with_openssl() {
    assert_eq!(read(Some(SIGNATURE), BODY.as_bytes()), Ok(json!({"order_number": "1042", "amount": "99.50"})));
    let ours = signed_request(&json!({"a": 1}), KEY);
    assert_eq!(read(ours.signature.as_deref(), &ours.body), Ok(json!({"a": 1})));
}

#[test]
fn rejects_forged_signatures() {
    let other = signed_request(&json!({"order_number": "1043"}), KEY).signature.expect("the request is signed");
    let other_key = signed_request(&serde_json::from_str::<Value>(BODY).expect("the body is JSON"), "guessed")
        .signature
        .expect("the request is signed");
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
fn rejects_invalid_bodies_with_a_valid_signature() {
    let sign = |body: &Value| signed_request(body, KEY);
    let deep = (0..200).fold(json!(1), |inner, _| json!([inner]));
    let request = sign(&deep);
    assert_eq!(read(request.signature.as_deref(), &request.body), Err(400));
    let request = sign(&json!("a".repeat(2 << 20)));
    assert_eq!(read(request.signature.as_deref(), &request.body), Err(413));
    let request = sign(&json!({"amount": "jane@example.com"}));
    let typed = verifier().verify_signed::<BTreeMap<String, i64>>(request.signature.as_deref(), &request.body);
    let rejection = typed.expect_err("the amount is not a number");
    assert_eq!((rejection.status(), rejection.pointer()), (400, Some("/amount")));
    assert!(!rejection.to_string().contains("jane"));
}

#[test]
fn accepts_signatures_made_with_any_configured_key() {
    let verifier = Verifier::new("old").and_then(|verifier| verifier.key("new")).expect("valid keys");
    for key in ["old", "new"] {
        let request = signed_request(&json!({}), key);
        assert!(verifier.verify_signed::<Value>(request.signature.as_deref(), &request.body).is_ok(), "{key}");
    }
}
