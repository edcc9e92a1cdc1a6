//! Webhooks, as whoever listens gets them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use reqwest::Method;
use rust_decimal::dec;
use serde_json::{Value, json};
use talkable_api::Error;
use talkable_api::types::{EmailShare, NewAffiliateMember, NewPurchase, OfferClaim, ReferralUpdate};
use talkable_sandbox::Site;
use tokio::net::TcpListener;

use crate::support::{client, sandbox, send, until};

/// A webhook that came: its fields, and the content type.
type Delivery = (BTreeMap<String, String>, String);

/// Someone who listens, and can be told to refuse.
#[derive(Clone, Default)]
struct Listener {
    deliveries: Arc<Mutex<Vec<Delivery>>>,
    refusals_left: Arc<Mutex<usize>>,
}

impl Listener {
    /// Starts to listen, and gives the address.
    async fn start(&self) -> String {
        let socket = TcpListener::bind("127.0.0.1:0").await.expect("there is a free port");
        let url = format!("http://{}/hook", socket.local_addr().expect("it is bound"));
        let listener = self.clone();
        let receive = move |headers: HeaderMap, body: String| async move { listener.receive(&headers, &body) };
        tokio::spawn(async move { axum::serve(socket, Router::new().route("/hook", post(receive))).await });
        url
    }

    fn receive(&self, headers: &HeaderMap, body: &str) -> (StatusCode, &'static str) {
        let kind = headers["content-type"].to_str().unwrap_or_default().to_owned();
        let fields = form_urlencoded::parse(body.as_bytes()).into_owned().collect();
        self.deliveries.lock().expect("nobody panics").push((fields, kind));
        let mut left = self.refusals_left.lock().expect("nobody panics");
        let is_refused = *left > 0;
        *left = left.saturating_sub(1);
        let status = if is_refused { StatusCode::INTERNAL_SERVER_ERROR } else { StatusCode::OK };
        (status, r#"{"result":{"unsubscribed":true}}"#)
    }

    fn deliveries(&self) -> Vec<Delivery> {
        self.deliveries.lock().expect("nobody panics").clone()
    }

    fn types(&self) -> BTreeSet<String> {
        self.deliveries().into_iter().filter_map(|(mut fields, _)| fields.remove("type")).collect()
    }
}

#[tokio::test]
async fn all_nine_kinds_are_delivered_as_forms() -> Result<(), Error> {
    let (sandbox, listener) = (sandbox().await, Listener::default());
    let url = listener.start().await;
    sandbox.site("my-store", |site| site.send_webhooks_to(url, "hook-key"));
    let client = client(&sandbox);
    let offer = client.origins().create_affiliate_member(&NewAffiliateMember::new("amy@example.com")).await?.offer;
    let code = offer.expect("a campaign matches").short_url_code;
    client.offers().share_by_email(&code, &EmailShare::new("kim@example.com")).await?;
    client.offers().share_and_claim(&OfferClaim::new("amy@example.com", "ben@example.com")).await?;
    client.origins().create_purchase(&NewPurchase::new("ben@example.com", "900", dec!(70))).await?;
    client.referrals().update_status("900", &ReferralUpdate::new("approved")).await?;
    client.people().unsubscribe("ben@example.com").await?;
    let all = [
        "check_unsubscribe_web_hook",
        "claim_signup_web_hook",
        "create_coupon_web_hook",
        "event_web_hook",
        "offer_signup_web_hook",
        "post_share_web_hook",
        "referral_web_hook",
        "reward_web_hook",
        "unsubscribe_web_hook",
    ];
    until("all nine kinds arrived", || listener.types() == all.into_iter().map(str::to_owned).collect()).await;
    for (fields, kind) in listener.deliveries() {
        assert_eq!(kind, "application/x-www-form-urlencoded");
        let of = |name: &str| fields.get(name).map(String::as_str);
        assert_eq!((of("key"), of("site"), of("extras")), (Some("hook-key"), Some("my-store"), Some("{}")));
        let payload: Value = serde_json::from_str(of("payload").unwrap_or_default()).expect("the payload is JSON");
        assert!(payload.is_object());
    }
    Ok(())
}

#[tokio::test]
async fn whoever_has_unsubscribed_elsewhere_gets_no_more_mail() -> Result<(), Error> {
    let (sandbox, listener) = (sandbox().await, Listener::default());
    let url = listener.start().await;
    sandbox.site("my-store", |site| site.send_webhooks_to(url, "hook-key"));
    let client = client(&sandbox);
    let code = |number: usize| {
        let code = |site: &mut Site| site.offers().nth(number).map(|offer| offer.short_url_code.clone());
        sandbox.site("my-store", code).expect("the demo shop has offers")
    };
    client.offers().share_by_email(code(0), &EmailShare::new("kim@example.com")).await?;
    let is_known =
        |site: &mut Site| site.person("kim@example.com").is_some_and(|person| person.unsubscribed_at.is_some());
    until("the answer was heeded", || sandbox.site("my-store", is_known)).await;
    let second = client.offers().share_by_email(code(1), &EmailShare::new("kim@example.com")).await?;
    assert_eq!(second.stats.and_then(|stats| stats.currently_sent), Some(0));
    assert_eq!(second.recipients.get("kim@example.com").and_then(|it| it.unsubscribed), Some(true));
    Ok(())
}

#[tokio::test]
async fn rewards_wait_until_the_referral_was_heard_of() -> Result<(), Error> {
    let (sandbox, listener) = (sandbox().await, Listener::default());
    let url = listener.start().await;
    let asked = json!({ "site_slug": "my-store", "url": url, "key": "k", "types": ["referral_web_hook"] });
    assert_eq!(send(&sandbox, Method::PUT, "/sandbox/webhooks", Some(&asked)).await.0, 200);
    *listener.refusals_left.lock().expect("nobody panics") = 2;
    let status = || {
        sandbox.site("my-store", |site| {
            site.rewards()
                .filter(|reward| reward.referral.is_some())
                .map(|reward| reward.status.name())
                .collect::<Vec<_>>()
        })
    };
    client(&sandbox).referrals().update_status("demo-2", &ReferralUpdate::new("approved")).await?;
    until("the first attempt was made", || listener.deliveries().len() == 1).await;
    until("the failure was noticed", || sandbox.site("my-store", |site| site.webhooks_waiting()) == 1).await;
    assert_eq!(status(), ["Unpaid", "Unpaid"]);
    // The pauses between attempts are those of the sandbox's clock.
    sandbox.clock().advance(Duration::from_secs(2));
    until("the second attempt was made", || listener.deliveries().len() == 2).await;
    until("the failure was noticed", || sandbox.site("my-store", |site| site.webhooks_waiting()) == 1).await;
    assert_eq!(status(), ["Unpaid", "Unpaid"]);
    sandbox.clock().advance(Duration::from_secs(4));
    until("the rewards are paid", || status() == ["Paid", "Paid"]).await;
    assert_eq!(listener.deliveries().len(), 3);
    Ok(())
}
