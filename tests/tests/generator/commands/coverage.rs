//! Tests `cargo xtask coverage`: every element of the published documents is used, or excluded with a reason.

use super::scratch::Scratch;

#[test]
fn everything_published_is_used_or_excluded_with_a_reason() {
    let scratch = Scratch::new();
    let before = scratch.snapshot();
    let text = scratch.xtask(&["coverage", "--all"]).succeeded();
    assert_eq!(scratch.snapshot(), before);
    for line in [
        "operation findPerson: used: client.people().find\n",
        "parameter findPerson person_slug: used: a method argument\n",
        "request field createPurchase data.order_number: used: NewPurchase.order_number\n",
        "response field findPerson 200 result.person.email: used: Person.email\n",
        "response field findPerson 400 error_message: used: ApiError::message\n",
        "webhook create_coupon: used: webhook::Event::CreateCoupon\n",
        "request field create_coupon type: used: decoded by the runtime\n",
        "request field create_coupon payload.coupon_code: used: CreateCouponEvent.coupon_code\n",
    ] {
        assert!(text.contains(line), "`{line}` is not in\n{text}");
    }
    assert!(!text.contains(": UNUSED\n"), "{text}");
    // Without `--all`, only the totals and the reasons are printed.
    let counts = scratch.xtask(&["coverage"]).succeeded();
    assert!(text.ends_with(&counts) && counts.starts_with("operations "), "{counts}");
    assert!(counts.contains("\nwebhooks "), "{counts}");
    // Even without overlays, every element is either used or excluded.
    Scratch::without_overlays().xtask(&["coverage"]).succeeded();
}

#[test]
fn lists_the_reasons_for_what_is_left_out() {
    let document = "\
openapi: 3.0.3
info: {title: Shop, version: v2}
paths:
  /api/v2/things:
    get:
      operationId: listThings
      tags: [Things]
      parameters: [{name: q, in: query, schema: {type: string, example: word}}]
      responses:
        '200':
          description: Listed.
          content:
            application/json:
              example: {ok: true, result: {things: [{code: a}]}, meta: {total: 1}}
components:
  schemas:
    Unused: {type: object}
";
    let scratch = Scratch::without_overlays();
    scratch.write("spec/published/v2.yaml", document);
    let text = scratch.xtask(&["coverage", "--all"]).succeeded();
    for line in [
        "spec/published/v2.yaml:8: parameter listThings q: used: ListThingsQuery.q\n",
        "response field listThings 200 result.things[].code: used: Thing.code\n",
        "response field listThings 200 meta: left out: the property `meta` next to `result` is left out\n",
        "left out: the example is part of a schema; ",
        "component schemas Unused: left out: no operation refers to the component\n",
        "         1 the property `…` next to `…` is left out\n",
    ] {
        assert!(text.contains(line), "`{line}` is not in\n{text}");
    }

    // An element removed by the overlay counts as excluded.
    scratch.write(
        "spec/overlay/v2.yaml",
        "overlay: 1.0.0\ninfo: {title: Known, version: 1.0.0}\nactions:\n\
         - target: $.paths.*.get.responses.*.content.*.schema.properties.meta\n  remove: true\n\
         - target: $.paths.*.get.parameters[?@.name == 'q']\n  remove: true\n",
    );
    let text = scratch.xtask(&["coverage", "--all"]).succeeded();
    for line in [
        "parameter listThings q: left out: removed by the overlay, spec/overlay/v2.yaml:6\n",
        "200 meta: left out: removed by the overlay, spec/overlay/v2.yaml:4\n",
    ] {
        assert!(text.contains(line), "`{line}` is not in\n{text}");
    }
}
