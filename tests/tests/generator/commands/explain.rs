//! `cargo xtask explain`: one operation through every stage.

use super::scratch::Scratch;

#[track_caller]
fn says(text: &str, parts: &[&str]) {
    for part in parts {
        assert!(text.contains(part), "`{part}` is not in\n{text}");
    }
}

#[test]
fn follows_an_operation_through_every_stage() {
    let scratch = Scratch::new();
    let before = scratch.snapshot();
    let text = scratch.xtask(&["explain", "findPerson"]).succeeded();
    says(
        &text,
        &[
            "findPerson: GET /api/v2/people/{person_slug}\n  spec/published/v2.yaml:",
            "  success spec/published/v2.yaml:",
            "      email: text, email\n",
            "+ /paths/~1api~1v2~1people~1{person_slug}/get/x-method = \"find\"",
            "  method    find                 `x-method` of the overlay, spec/overlay/v2.yaml:",
            "  retry     safe                 by rule: a GET changes nothing",
            "  path.person_slug: &str, required",
            "  person: Person, required: the only object of the result, and in every example",
            "  customer_id: Option<String>, optional: null in an example, not an identity, by rule",
            "  sub_choice: Option<bool>, optional: the overlay says that it may be null, spec/overlay/v2.yaml:",
            "\n  talkable-api/src/generated/people/methods.rs\n",
        ],
    );
    assert_eq!(scratch.snapshot(), before);
}

#[test]
fn lists_repairs_and_arguments() {
    let text = Scratch::new().xtask(&["explain", "POST", "/api/v2/origins/purchase"]).succeeded();
    says(
        &text,
        &[
            "createPurchase: POST /api/v2/origins/purchase\n",
            "  external-reference: ",
            "  request-body-not-required: ",
            "  retry     safe                 `x-retry` of the overlay, spec/overlay/v2.yaml:",
            "  NewPurchase.order_number: String, required",
            "  NewPurchase.first_name: String, optional",
            "\n  talkable-api/src/generated/origins/new_purchase.rs\n",
        ],
    );
}

#[test]
fn names_the_rules_without_an_overlay() {
    let scratch = Scratch::without_overlays();
    let text = scratch.xtask(&["explain", "findPerson"]).succeeded();
    says(
        &text,
        &["overlay: 0 actions", "by rule: the first tag of the operation", "method    find_person          by rule: "],
    );
}

#[test]
fn explains_webhooks() {
    let scratch = Scratch::new();
    let text = scratch.xtask(&["explain", "create_coupon"]).succeeded();
    says(
        &text,
        &["spec/published/webhooks.yaml:", "webhook::Event::CreateCoupon", "`create_coupon_web_hook`", "a status"],
    );
    let text = scratch.xtask(&["explain", "check_unsubscribe"]).succeeded();
    says(&text, &["payload  webhook::CheckUnsubscribeEvent", "answer   UnsubscribeState"]);
}

#[test]
fn suggests_similar_operations() {
    let scratch = Scratch::new();
    let message = scratch.xtask(&["explain", "findPersn"]).failed();
    says(&message, &["error: no operation is called `findPersn`", "help: did you mean findPerson?"]);
    let message = scratch.xtask(&["explain", "get", "/api/v2/peple"]).failed();
    says(&message, &["did you mean ", "GET /api/v2/people/{person_slug}"]);
    let message = scratch.xtask(&["explain", "xyzzy"]).failed();
    says(&message, &["help: name an operationId of the document, or a method and a path"]);
    assert_eq!(scratch.xtask(&["explain"]).status, 2);
}
