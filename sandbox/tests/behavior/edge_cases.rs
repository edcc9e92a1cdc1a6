//! Tests of numbers out of range, ambiguous slugs and record formats.

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{HTTP, assert_responses_are_described, post, put, sandbox, send};

#[tokio::test]
async fn rejects_numbers_out_of_range() {
    let sandbox = sandbox().await;
    let purchase = |subtotal: Value| json!({ "email": "amy@example.com", "order_number": "1", "subtotal": subtotal });
    let (status, response) = post(&sandbox, "/origins/purchase", purchase(json!(1e300))).await;
    assert_eq!((status, response["error_message"].as_str()), (400, Some("`subtotal` is invalid")));
    let (status, response) = post(&sandbox, "/origins/purchase", purchase(json!(100))).await;
    assert_eq!(status, 201, "{response}");
    let (status, response) = post(&sandbox, "/origins/1/refund", json!({ "refund_subtotal": 1e300 })).await;
    assert_eq!((status, response["error_message"].as_str()), (400, Some("`refund_subtotal` is invalid")));
    let (status, response) = post(&sandbox, "/origins/1/refund", json!({ "refund_subtotal": 40 })).await;
    assert_eq!((status, &response["result"]["origin"]["partially_refunded"]), (200, &json!(true)), "{response}");

    let adjust = "/loyalty/members/jane@example.com/manual_adjustment_actions";
    for (points, expected) in [(json!(5.0), 200), (json!(5.5), 400), (json!(1e30), 400)] {
        let (status, response) = post(&sandbox, adjust, json!({ "points": points })).await;
        assert_eq!(status, expected, "{points}: {response}");
    }
    let points = sandbox.site("my-store", |site| site.member("jane@example.com").map(|member| member.points_balance));
    assert_eq!(points, Some(255));
}

#[tokio::test]
async fn rejects_an_event_with_the_slug_of_a_purchase() {
    let sandbox = sandbox().await;
    let email = "amy@example.com";
    let purchase = json!({ "email": email, "order_number": "signup:7", "subtotal": 5 });
    assert_eq!(post(&sandbox, "/origins/purchase", purchase).await.0, 201);
    let event = json!({ "email": email, "event_category": "signup", "event_number": "7", "subtotal": 5 });
    let (status, response) = post(&sandbox, "/origins/event", event).await;
    assert_eq!(status, 400, "{response}");
}

#[tokio::test]
async fn finds_the_first_of_several_people_with_the_same_slug() {
    let sandbox = sandbox().await;
    let found = async |name: &str| {
        let path = format!("/api/v2/people/{name}?site_slug=my-store");
        send(&sandbox, Method::GET, &path, None).await.1["result"]["person"]["email"].as_str().map(str::to_owned)
    };
    for (email, phone) in [("amy@example.com", "+12025550177"), ("ben@example.com", "+12025550177")] {
        let data = json!({ "customer_id": "7", "phone_number": phone });
        assert_eq!(put(&sandbox, &format!("/people/{email}"), data).await.0, 200);
    }
    assert_eq!(found("7").await.as_deref(), Some("amy@example.com"));
    let data = json!({ "customer_id": "8" });
    put(&sandbox, "/people/ben@example.com", data).await;
    assert_eq!(found("7").await.as_deref(), Some("amy@example.com"), "Amy still has the id");
    let data = json!({ "phone_number": "+12025550178" });
    put(&sandbox, "/people/amy@example.com", data).await;
    assert_eq!(found("+12025550177").await.as_deref(), Some("ben@example.com"), "Ben also has the number");
}

#[tokio::test]
async fn records_have_the_published_format() {
    let sandbox = sandbox().await;
    let (_, response) = send(&sandbox, Method::GET, "/api/v2/campaigns?site_slug=my-store", None).await;
    assert_eq!(response["result"]["campaigns"][0]["slug"], 1, "{response}");
    let friend =
        json!({ "email": "amy@example.com", "order_number": "1", "subtotal": 5, "campaign_tags": "coupon-sharing" });
    let (_, response) = post(&sandbox, "/origins/purchase", friend).await;
    let offer = &response["result"]["offer"];
    let code = offer["coupon_code"].as_str().expect("the campaign shares a coupon code");
    let (_, response) = send(&sandbox, Method::GET, &format!("/api/v2/coupons/{code}?site_slug=my-store"), None).await;
    let coupon = &response["result"]["coupon"];
    assert_eq!((&coupon["single_use"], &coupon["percentage_discount"]), (&json!(false), &Value::Null), "{coupon}");
    assert_responses_are_described(&sandbox);
}

#[tokio::test]
async fn shows_an_offer_to_its_advocate() {
    let sandbox = sandbox().await;
    sandbox.site("my-store", |site| {
        let campaign = site.campaigns().next().map(|campaign| campaign.id).expect("the demo shop has a campaign");
        // Offers refer to their campaign by its id, so `change_campaign` must not change the id.
        let change = |campaign: &mut talkable_sandbox::state::Campaign| {
            campaign.name = "Give & <get>".to_owned();
            campaign.id = 0;
        };
        assert!(site.change_campaign(campaign, change));
    });
    let data = json!({ "email": "amy@example.com" });
    let (_, response) = post(&sandbox, "/origins/affiliate_member", data).await;
    let page = HTTP.get(response["result"]["offer"]["show_url"].as_str().expect("the offer has a page"));
    let page = page.send().await.expect("the sandbox responds");
    assert_eq!(page.headers()["content-security-policy"], "default-src 'none'");
    let (status, text) = (page.status().as_u16(), page.text().await.expect("the body is text"));
    assert_eq!(status, 200, "{text}");
    let link = response["result"]["offer"]["claim_url"].as_str().expect("the offer has a link");
    assert!(text.contains("Give &amp; &lt;get&gt;") && text.contains(link), "{text}");
    assert_eq!(send(&sandbox, Method::GET, "/offers/none", None).await.0, 404);
}
