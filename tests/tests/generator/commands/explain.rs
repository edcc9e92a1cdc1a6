//! Tests `cargo xtask explain`, which shows the origin of an operation.

use super::scratch::Scratch;

#[track_caller]
fn assert_contains(text: &str, parts: &[&str]) {
    for part in parts {
        assert!(text.contains(part), "`{part}` is not in\n{text}");
    }
}

#[test]
fn explains_each_stage() {
    let scratch = Scratch::new();
    let before = scratch.snapshot();
    let text = scratch.xtask(&["explain", "findPerson"]).succeeded();
    assert_contains(
        &text,
        &[
            "findPerson: GET /api/v2/people/{person_slug}\n  spec/published/v2.yaml:",
            "  success spec/published/v2.yaml:",
            "      email: string, email\n",
            "\n  Counts: Person.reward_counts, Person.share_counts\n",
            "+ /paths/~1api~1v2~1people~1{person_slug}/get/x-method = \"find\"",
            "  method    find                 `x-method` in the overlay, spec/overlay/v2.yaml:",
            "  retry     safe                 by rule: GET is idempotent",
            "  path.person_slug: &str, required",
            "  person: Person, required: the only object of the result, and in every example",
            "  customer_id: Option<String>, optional: null in an example, not an identifier by rule",
            "  sub_choice: Option<bool>, optional: the overlay makes it nullable, spec/overlay/v2.yaml:",
            "\n  talkable-api/src/generated/people/methods.rs\n",
        ],
    );
    assert_eq!(scratch.snapshot(), before);
}

#[test]
fn lists_repairs_and_arguments() {
    let text = Scratch::new().xtask(&["explain", "POST", "/api/v2/origins/purchase"]).succeeded();
    assert_contains(
        &text,
        &[
            "createPurchase: POST /api/v2/origins/purchase\n",
            "  external-reference: ",
            "  request-body-not-required: ",
            "  retry     safe                 `x-retry` in the overlay, spec/overlay/v2.yaml:",
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
    assert_contains(
        &text,
        &["overlay actions: 0", "by rule: the first tag of the operation", "method    find_person          by rule: "],
    );

    let published = scratch.read("spec/published/v2.yaml");
    scratch.write("spec/published/v2.yaml", published.replace("      operationId: findPerson\n", ""));
    let text = scratch.xtask(&["explain", "get", "/api/v2/people/{person_slug}"]).succeeded();
    assert_contains(&text, &["GET /api/v2/people/{person_slug}: GET /api/v2/people/{person_slug}\n"]);
}

#[test]
fn explains_webhooks() {
    let scratch = Scratch::new();
    let text = scratch.xtask(&["explain", "create_coupon"]).succeeded();
    assert_contains(
        &text,
        &["spec/published/webhooks.yaml:", "webhook::Event::CreateCoupon", "`create_coupon_web_hook`", "a status"],
    );
    let text = scratch.xtask(&["explain", "check_unsubscribe"]).succeeded();
    assert_contains(&text, &["payload  webhook::CheckUnsubscribeEvent", "reply    UnsubscribeState"]);
}

#[test]
fn suggests_similar_operations() {
    let scratch = Scratch::new();
    let message = scratch.xtask(&["explain", "findPersn"]).failed();
    assert_contains(&message, &["error: no operation is named `findPersn`", "help: did you mean findPerson?"]);
    let message = scratch.xtask(&["explain", "get", "/api/v2/peple"]).failed();
    assert_contains(&message, &["did you mean ", "GET /api/v2/people/{person_slug}"]);
    let message = scratch.xtask(&["explain", "xyzzy"]).failed();
    assert_contains(&message, &["help: give an operationId, or a method and a path"]);
    assert_eq!(scratch.xtask(&["explain"]).status, 2);
}

#[test]
fn explains_a_given_document() {
    let scratch = Scratch::new();
    let text = scratch.read("spec/published/v2.yaml").replace("operationId: findPerson\n", "operationId: showPerson\n");
    scratch.write("new.yaml", text);
    let text = scratch.xtask(&["explain", "showPerson", "--published", "new.yaml"]).succeeded();
    assert_contains(&text, &["showPerson: GET /api/v2/people/{person_slug}\n  new.yaml:"]);
}

#[test]
fn suggests_the_nearest_operation() {
    let message = Scratch::new().xtask(&["explain", "zzzCouponQ"]).failed();
    assert_contains(&message, &["no operation is named `zzzCouponQ`", "the nearest is findCoupon"]);
}
