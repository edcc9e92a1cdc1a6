//! Values and names that are easily taken for others.

use reqwest::Method;
use serde_json::{Value, json};
use talkable_sandbox::Sandbox;

use crate::support::{HTTP, assert_answers_are_described, sandbox, send};

async fn write(sandbox: &Sandbox, method: Method, path: &str, data: Value) -> (u16, Value) {
    let body = json!({ "site_slug": "my-store", "data": data });
    send(sandbox, method, &format!("/api/v2{path}"), Some(&body)).await
}

async fn post(sandbox: &Sandbox, path: &str, data: Value) -> (u16, Value) {
    write(sandbox, Method::POST, path, data).await
}

#[tokio::test]
async fn a_number_that_does_not_fit_is_refused() {
    let sandbox = sandbox().await;
    let purchase = |subtotal: Value| json!({ "email": "amy@example.com", "order_number": "1", "subtotal": subtotal });
    let (status, answer) = post(&sandbox, "/origins/purchase", purchase(json!(1e300))).await;
    assert_eq!((status, answer["error_message"].as_str()), (400, Some("`subtotal` is invalid")));
    let (status, answer) = post(&sandbox, "/origins/purchase", purchase(json!(100))).await;
    assert_eq!(status, 201, "{answer}");
    let (status, answer) = post(&sandbox, "/origins/1/refund", json!({ "refund_subtotal": 1e300 })).await;
    assert_eq!((status, answer["error_message"].as_str()), (400, Some("`refund_subtotal` is invalid")));
    let (status, answer) = post(&sandbox, "/origins/1/refund", json!({ "refund_subtotal": 40 })).await;
    assert_eq!((status, &answer["result"]["origin"]["partially_refunded"]), (200, &json!(true)), "{answer}");

    let adjust = "/loyalty/members/jane@example.com/manual_adjustment_actions";
    for (points, expected) in [(json!(5.0), 200), (json!(5.5), 400), (json!(1e30), 400)] {
        let (status, answer) = post(&sandbox, adjust, json!({ "points": points })).await;
        assert_eq!(status, expected, "{points}: {answer}");
    }
    let points = sandbox.site("my-store", |site| site.member("jane@example.com").map(|member| member.points_balance));
    assert_eq!(points, Some(255));
}

#[tokio::test]
async fn a_purchase_is_not_taken_for_an_event() {
    let sandbox = sandbox().await;
    let email = "amy@example.com";
    let purchase = json!({ "email": email, "order_number": "signup:7", "subtotal": 5 });
    assert_eq!(post(&sandbox, "/origins/purchase", purchase).await.0, 201);
    let event = json!({ "email": email, "event_category": "signup", "event_number": "7", "subtotal": 5 });
    let (status, answer) = post(&sandbox, "/origins/event", event).await;
    assert_eq!(status, 400, "{answer}");
}

#[tokio::test]
async fn the_first_who_has_a_number_keeps_it() {
    let sandbox = sandbox().await;
    let found = async |name: &str| {
        let path = format!("/api/v2/people/{name}?site_slug=my-store");
        send(&sandbox, Method::GET, &path, None).await.1["result"]["person"]["email"].as_str().map(str::to_owned)
    };
    for (email, phone) in [("amy@example.com", "+12025550177"), ("ben@example.com", "+12025550177")] {
        let data = json!({ "customer_id": "7", "phone_number": phone });
        assert_eq!(write(&sandbox, Method::PUT, &format!("/people/{email}"), data).await.0, 200);
    }
    assert_eq!(found("7").await.as_deref(), Some("amy@example.com"));
    let data = json!({ "customer_id": "8" });
    write(&sandbox, Method::PUT, "/people/ben@example.com", data).await;
    assert_eq!(found("7").await.as_deref(), Some("amy@example.com"), "it was not Ben's to give up");
    let data = json!({ "phone_number": "+12025550178" });
    write(&sandbox, Method::PUT, "/people/amy@example.com", data).await;
    assert_eq!(found("+12025550177").await.as_deref(), Some("ben@example.com"), "it is Ben's as well");
}

#[tokio::test]
async fn records_look_as_published() {
    let sandbox = sandbox().await;
    let (_, answer) = send(&sandbox, Method::GET, "/api/v2/campaigns?site_slug=my-store", None).await;
    assert_eq!(answer["result"]["campaigns"][0]["slug"], 1, "{answer}");
    let friend =
        json!({ "email": "amy@example.com", "order_number": "1", "subtotal": 5, "campaign_tags": "coupon-sharing" });
    let (_, answer) = post(&sandbox, "/origins/purchase", friend).await;
    let offer = &answer["result"]["offer"];
    let code = offer["coupon_code"].as_str().expect("the campaign shares a code");
    let (_, answer) = send(&sandbox, Method::GET, &format!("/api/v2/coupons/{code}?site_slug=my-store"), None).await;
    let coupon = &answer["result"]["coupon"];
    assert_eq!((&coupon["single_use"], &coupon["percentage_discount"]), (&json!(false), &Value::Null), "{coupon}");
    assert_answers_are_described(&sandbox);
}

#[tokio::test]
async fn an_offer_has_a_page() {
    let sandbox = sandbox().await;
    sandbox.site("my-store", |site| {
        let campaign = site.campaigns().next().map(|campaign| campaign.id).expect("there is a campaign");
        site.campaign_mut(campaign).expect("it exists").name = "Give & <get>".to_owned();
    });
    let data = json!({ "email": "amy@example.com" });
    let (_, answer) = post(&sandbox, "/origins/affiliate_member", data).await;
    let page = HTTP.get(answer["result"]["offer"]["show_url"].as_str().expect("it has an address"));
    let page = page.send().await.expect("the sandbox answers");
    assert_eq!(page.headers()["content-security-policy"], "default-src 'none'");
    let (status, text) = (page.status().as_u16(), page.text().await.expect("it is text"));
    assert_eq!(status, 200, "{text}");
    let link = answer["result"]["offer"]["claim_url"].as_str().expect("it has a link");
    assert!(text.contains("Give &amp; &lt;get&gt;") && text.contains(link), "{text}");
    assert_eq!(send(&sandbox, Method::GET, "/offers/none", None).await.0, 404);
}
