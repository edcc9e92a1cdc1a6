//! Validates all requests, responses and webhooks between the client and the sandbox against the descriptions.

use std::collections::BTreeSet;

use rust_decimal::dec;
use serde_json::json;
use talkable_api::types::*;
use talkable_api::{Client, Error, Upload};
use talkable_sandbox::{Clock, Sandbox, WebhookTarget, description};

use crate::examples::send_all;
use crate::scenario;
use crate::support::{START, client, offer_code};
use described::{API, Described, Exchange, WEBHOOKS};
use proxy::Proxy;

mod described;
mod proxy;

/// Starts a sandbox whose clients connect to a proxy.
async fn sandbox_behind(proxy: &Proxy) -> Sandbox {
    let builder = Sandbox::builder().clock(Clock::frozen_at(START.parse().expect("the time is valid")));
    let builder = builder.public_url(&proxy.url).expect("the URL is valid").address(([127, 0, 0, 1], 0).into());
    let sandbox = builder.start().await.expect("there is a free port");
    proxy.forward_to(sandbox.local_address());
    sandbox
}

#[tokio::test]
#[ignore = "the vendor can change responses; `cargo xtask check todo` runs this test"]
async fn nothing_is_left_that_violates_the_descriptions() -> Result<(), Error> {
    let proxy = Proxy::start().await;
    call_every_operation(&sandbox_behind(&proxy).await, &proxy).await?;
    let by_client = proxy.exchanges();
    let called: BTreeSet<&str> = by_client.iter().filter_map(|exchange| API.operation(exchange)).collect();
    let missing: Vec<&str> = API.operations().filter(|id| !called.contains(id)).collect();
    assert!(missing.is_empty(), "no client call for {missing:?}");

    let repeated = sandbox_behind(&proxy).await;
    for _ in 0..2 {
        send_all(&repeated, description(), "note.txt").await;
    }
    for scenario in scenario::ALL {
        scenario(&sandbox_behind(&proxy).await).await?;
    }
    let exchanges = proxy.exchanges();
    let violations: Vec<String> = exchanges.iter().flat_map(|exchange| API.violations(exchange)).collect();
    let webhooks = proxy.webhooks();
    let webhook_violations: Vec<String> = webhooks.iter().flat_map(|form| WEBHOOKS.form_violations(form)).collect();
    println!("validated {} requests with their responses, and {} webhooks", exchanges.len(), webhooks.len());
    assert_eq!((violations, webhook_violations), (Vec::new(), Vec::new()));

    let sent: BTreeSet<&str> = webhooks.iter().filter_map(|form| form.get("type").map(String::as_str)).collect();
    assert_eq!(sent.len(), WEBHOOKS.operations().count(), "{sent:?}");
    Ok(())
}

async fn call_every_operation(sandbox: &Sandbox, proxy: &Proxy) -> Result<(), Error> {
    let target = WebhookTarget::new(&proxy.webhook_url(), "hook-key").expect("the URL is valid");
    sandbox.site("my-store", |site| site.send_webhooks_to(target));
    let client = client(sandbox);
    let (jane, code) = ("jane@example.com", offer_code(sandbox));

    client.assets().upload(Upload::from_bytes("note.txt", "note".as_bytes().to_vec())).await?;
    client.assets().list(&AssetQuery::new().content_type("text").page(1).per_page(10)).await?;
    client.assets().find(1).await?;
    client.campaigns().list().await?;
    client.traffic_sources().list().await?;
    client.visitors().create(&NewVisitor::new("6f0cbb60-33ad-4b4a-8c5f-6a4d1f0a0002")).await?;

    let origins = client.origins();
    let purchase = NewPurchase::new(jane, "900", dec!(70.5)).coupon_codes(["A", "B"]).items([PurchaseItem::new()]);
    let event = NewEvent::new("amy@example.com", "signup", "1", dec!(0));
    let member = NewAffiliateMember::new("amy@example.com").sharing_channels(["facebook"]);
    origins.create(&NewOrigin::from(purchase.clone())).await?;
    origins.create(&NewOrigin::from(event.clone())).await?;
    origins.create(&NewOrigin::from(member.clone())).await?;
    origins.create_purchase(&purchase).await?;
    origins.create_event(&event).await?;
    let link = origins.create_affiliate_member(&member).await?.offer.expect("a campaign matches").claim_url;
    origins.create_purchases(&PurchaseBatch::new([purchase]).create_offers(true)).await?;
    origins.create_events(&EventBatch::new([event])).await?;
    origins.create_affiliate_members(&AffiliateMemberBatch::new([member])).await?;
    origins.refund("900", &NewRefund::new().refund_subtotal(dec!(5))).await?;
    client.referrals().update_status("1041", &ReferralUpdate::new("approved")).await?;

    let offers = client.offers();
    offers.find(&code, &OfferQuery::new().sharing_channels(["facebook", "sms"])).await?;
    offers.claim_link_status(&code, &ClaimLinkQuery::new().claim_url(link)).await?;
    offers.share_by_email(&code, &NewEmailShare::new("kim@example.com").subject("Tea").reminder(true)).await?;
    offers.share_by_social_channel(&code, &NewSocialShare::new("facebook")).await?;
    let claim = NewOfferClaim::new(jane, "ben@example.com").campaign_tag("default");
    offers.share_and_claim(&claim).await?;
    offers.mark_visited(1).await?;
    call_other_operations(sandbox, &client).await?;
    sandbox.webhooks_settled().await;
    Ok(())
}

/// Calls the operations on coupons, rewards, loyalty members, metrics and people.
async fn call_other_operations(sandbox: &Sandbox, client: &Client) -> Result<(), Error> {
    let jane = "jane@example.com";
    let coupon = sandbox.site("my-store", |site| site.coupons().next().map(|coupon| coupon.code.clone()));
    let coupon = coupon.unwrap_or_default();
    client.coupons().find(&coupon).await?;
    client.coupons().check_permission(&coupon, jane).await?;
    client.coupons().find("none").await?;
    client.rewards().list(&RewardQuery::new("6f0cbb60-33ad-4b4a-8c5f-6a4d1f0a0001").status("All")).await?;

    let loyalty = client.loyalty();
    loyalty.create_collect_action(jane, &NewCollectAction::new("optin")).await?;
    loyalty.create_redeem_action(jane, &NewRedeemAction::new(1)).await?;
    loyalty.adjust_points(jane, &NewPointsAdjustment::new(5).description("Sorry")).await?;
    loyalty.update_member(jane, &LoyaltyMemberUpdate::new().custom_properties([("tier", "gold")])).await?;
    loyalty.find_member(jane).await?;
    loyalty.collect_actions(jane).await?;
    loyalty.redeem_actions(jane).await?;
    loyalty.manual_adjustments(jane).await?;
    loyalty.redemption_batches(jane).await?;

    let day = |text: &str| text.parse().expect("the date is valid");
    let query = MetricQuery::new(day("2026-01-01"), day("2026-01-31")).campaign_ids([1, 2]).precision(1);
    client.metrics().calculate("total_sales_sum", &query.mobile_visitor(false)).await?;
    let query = MetricSegmentQuery::new(day("2026-01-01"), day("2026-01-31")).segment_by_sharing_channels(true);
    client.metrics().segmentize("shares", &query.segment_by_period("week")).await?;

    let people = client.people();
    people.update("new@example.com", &PersonUpdate::new().first_name("New").unsubscribed(true)).await?;
    people.unsubscribe("new@example.com").await?;
    people.anonymize("new@example.com").await?;
    for person in [jane, "john@example.com"] {
        people.find(person).await?;
        people.personal_data(person).await?;
        people.referrals_as_advocate(person).await?;
        people.referrals_as_friend(person).await?;
        people.rewards(person).await?;
        people.shares(person).await?;
    }
    Ok(())
}

/// Returns a valid call of `updatePerson`.
fn exchange() -> Exchange {
    Exchange {
        method: "PUT".to_owned(),
        target: "/api/v2/people/jane%40example.com".to_owned(),
        content_type: "application/json".to_owned(),
        body: json!({ "site_slug": "my-store", "data": { "email": "jane@example.com" } }).to_string().into(),
        status: 422,
        response: json!({ "ok": false, "error_message": "no" }).to_string().into(),
    }
}

#[test]
fn reports_every_part_that_violates_the_description() {
    let violations = |change: fn(&mut Exchange)| {
        let mut exchange = exchange();
        change(&mut exchange);
        API.violations(&exchange)
    };
    assert_eq!(violations(|_| {}), Vec::<String>::new());
    assert_eq!(violations(|it| it.target = "/api/v2/persons".to_owned()), ["PUT /api/v2/persons is not described"]);
    let unknown = violations(|it| it.target.push_str("?foo=1"));
    assert_eq!(unknown, ["updatePerson: the query parameter foo is not described"]);
    for (change, expected) in [
        ((|it| it.body = "{}".into()) as fn(&mut Exchange), "\"site_slug\" is a required property"),
        (
            |it| it.body = json!({ "site_slug": "s", "data": { "email": "jane" } }).to_string().into(),
            "is not a \"email\"",
        ),
        (
            |it| it.body = json!({ "site_slug": "s", "data": { "email": null } }).to_string().into(),
            "null is not of type",
        ),
        (|it| it.body = "".into(), "the body is missing"),
        (|it| it.content_type = "text/plain".to_owned(), "the media type text/plain is not described"),
        (|it| it.status = 201, "the status 201 is not described"),
        (|it| it.response = json!({ "ok": true, "error_message": "no" }).to_string().into(), "true is not one of"),
        (|it| it.response = "<html>".into(), "the response is not JSON"),
    ] {
        let violations = violations(change);
        assert!(violations.iter().any(|it| it.contains(expected)), "{expected}: {violations:?}");
    }
    let metric = Exchange {
        method: "GET".to_owned(),
        target: "/api/v2/metrics/shares?site_slug=s&start_date=2026-01-32&precision=x&campaign_ids[]=1".to_owned(),
        content_type: String::new(),
        body: "".into(),
        ..exchange()
    };
    let found = API.violations(&metric).join("\n");
    for expected in ["start_date: \"2026-01-32\" is not a \"date\"", "precision: \"x\" is not", "end_date is missing"] {
        assert!(found.contains(expected), "{expected}: {found}");
    }
}

#[test]
fn reports_webhooks_that_violate_the_description() {
    let fields = [
        ("key", "k"),
        ("site", "my-store"),
        ("type", "unsubscribe_web_hook"),
        ("payload", "{\"person\":{\"email\":1}}"),
    ];
    let mut form = fields.map(|(name, value)| (name.to_owned(), value.to_owned())).into_iter().collect();
    assert_eq!(WEBHOOKS.form_violations(&form).len(), 1);
    form.insert("payload".to_owned(), json!({ "person": null }).to_string());
    assert_eq!(WEBHOOKS.form_violations(&form), Vec::<String>::new());
    form.remove("key");
    assert_eq!(WEBHOOKS.form_violations(&form).len(), 2);
    form.insert("type".to_owned(), "other_web_hook".to_owned());
    assert!(WEBHOOKS.form_violations(&form).contains(&"the webhook other_web_hook is not described".to_owned()));
}

#[test]
fn a_changed_schema_causes_violations() {
    let mut changed = description().clone();
    changed["components"]["schemas"]["PersonUpdate"]["required"] = json!(["first_name"]);
    let changed = Described::new(&changed);
    let violations = changed.violations(&exchange());
    assert!(
        matches!(&violations[..], [one] if one.contains("\"first_name\" is a required property")),
        "{violations:?}"
    );
}
