//! Tests `cargo xtask coverage`: every element of the published documents is used, or excluded with a reason.

use super::scratch::Scratch;

#[test]
fn everything_published_is_used_or_excluded_with_a_reason() {
    let scratch = Scratch::new();
    let before = scratch.snapshot();
    let text = scratch.xtask(&["coverage"]).succeeded();
    assert_eq!(scratch.snapshot(), before);
    for line in [
        "operation findPerson: used: client.people().find\n",
        "parameter findPerson person_slug: used: a method argument\n",
        "request field createPurchase data.order_number: used: NewPurchase.order_number\n",
        "response field findPerson 200 result.person.email: used: Person.email\n",
        "response field findPerson 400 error_message: used: ApiError::message\n",
        "operation create_coupon: used: webhook::Event::CreateCoupon\n",
        "request field create_coupon type: used: decoded by the runtime\n",
        "request field create_coupon payload.coupon_code: used: CreateCouponEvent.coupon_code\n",
    ] {
        assert!(text.contains(line), "`{line}` is not in\n{text}");
    }
    assert!(!text.contains(": UNUSED\n"), "{text}");
    let left_out = scratch.xtask(&["coverage", "--left-out"]).succeeded();
    assert!(left_out.contains(": left out: ") && !left_out.contains(": used: "), "{left_out}");
    // Even without overlays, every element is either used or excluded.
    Scratch::without_overlays().xtask(&["coverage"]).succeeded();
}

#[test]
fn lists_unused_elements_and_fails() {
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
    let ran = scratch.xtask(&["coverage"]);
    assert_eq!(ran.status, 1, "{}", ran.out);
    for line in [
        "spec/published/v2.yaml:8: parameter listThings q: used: ListThingsQuery.q\n",
        "response field listThings 200 result.things[].code: used: Thing.code\n",
        "response field listThings 200 meta: UNUSED\n",
        "left out: the example is part of a schema; ",
        "component schemas Unused: left out: no operation refers to the component\n",
    ] {
        assert!(ran.out.contains(line), "`{line}` is not in\n{}", ran.out);
    }
    let said = "error: unused response field listThings 200 meta: no reason is recorded\n  \
                --> spec/published/v2.yaml:14:";
    assert!(ran.err.starts_with(said), "{}", ran.err);
    assert_eq!(ran.err.matches("error: ").count(), 2, "the field and its inner field are unused: {}", ran.err);

    // An element removed by the overlay counts as excluded.
    scratch.write(
        "spec/overlay/v2.yaml",
        "overlay: 1.0.0\ninfo: {title: Known, version: 1.0.0}\nactions:\n\
         - target: $.paths.*.get.responses.*.content.*.schema.properties.meta\n  remove: true\n\
         - target: $.paths.*.get.parameters[?@.name == 'q']\n  remove: true\n",
    );
    let text = scratch.xtask(&["coverage"]).succeeded();
    for line in [
        "parameter listThings q: left out: removed by the overlay, spec/overlay/v2.yaml:6\n",
        "200 meta: left out: removed by the overlay, spec/overlay/v2.yaml:4\n",
        "200 meta.total: left out: removed by the overlay, spec/overlay/v2.yaml:4\n",
    ] {
        assert!(text.contains(line), "`{line}` is not in\n{text}");
    }
}
