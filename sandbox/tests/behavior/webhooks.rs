//! Tests of webhooks, as seen by receivers.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use chrono::NaiveDate;
use reqwest::Method;
use rust_decimal::dec;
use serde_json::{Value, json};
use talkable_api::Error;
use talkable_api::types::{NewAffiliateMember, NewEmailShare, NewOfferClaim, NewPurchase, ReferralUpdate};
use talkable_sandbox::{Sandbox, Site, WebhookTarget};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio::time::timeout;

use crate::support::{HTTP, client, offer_code, sandbox, send, until};

mod description;

/// The fields and the content type of a received webhook.
type ReceivedWebhook = (BTreeMap<String, String>, String);

/// A webhook receiver that can reject some deliveries.
#[derive(Clone, Default)]
struct Receiver {
    deliveries: Arc<Mutex<Vec<ReceivedWebhook>>>,
    rejections_left: Arc<Mutex<usize>>,
}

impl Receiver {
    /// Starts the receiver and returns its URL.
    async fn start(&self) -> String {
        let socket = TcpListener::bind("127.0.0.1:0").await.expect("there is a free port");
        let url = format!("http://{}/hook", socket.local_addr().expect("the socket is bound"));
        let receiver = self.clone();
        let receive = move |headers: HeaderMap, body: String| async move { receiver.receive(&headers, &body) };
        tokio::spawn(async move { axum::serve(socket, Router::new().route("/hook", post(receive))).await });
        url
    }

    fn receive(&self, headers: &HeaderMap, body: &str) -> (StatusCode, &'static str) {
        let kind = headers["content-type"].to_str().unwrap_or_default().to_owned();
        let fields = form_urlencoded::parse(body.as_bytes()).into_owned().collect();
        self.deliveries.lock().expect("no thread has panicked").push((fields, kind));
        let mut left = self.rejections_left.lock().expect("no thread has panicked");
        let is_rejected = *left > 0;
        *left = left.saturating_sub(1);
        let status = if is_rejected { StatusCode::INTERNAL_SERVER_ERROR } else { StatusCode::OK };
        (status, r#"{"result":{"unsubscribed":true}}"#)
    }

    fn deliveries(&self) -> Vec<ReceivedWebhook> {
        self.deliveries.lock().expect("no thread has panicked").clone()
    }

    fn types(&self) -> BTreeSet<String> {
        self.deliveries().into_iter().filter_map(|(mut fields, _)| fields.remove("type")).collect()
    }
}

fn target(url: &str) -> WebhookTarget {
    WebhookTarget::new(url, "hook-key").expect("the URL is valid")
}

/// Returns the statuses of the rewards for referrals.
fn reward_statuses(sandbox: &Sandbox) -> Vec<&'static str> {
    sandbox.site("my-store", |site| {
        let rewards = site.rewards().filter(|reward| reward.referral.is_some());
        rewards.map(|reward| reward.status.name()).collect()
    })
}

#[tokio::test]
async fn delivers_all_nine_types_as_forms() -> Result<(), Error> {
    let (sandbox, receiver) = (sandbox().await, Receiver::default());
    let url = receiver.start().await;
    sandbox.site("my-store", |site| site.send_webhooks_to(target(&url)));
    let client = client(&sandbox);
    let offer = client.origins().create_affiliate_member(&NewAffiliateMember::new("amy@example.com")).await?.offer;
    let code = offer.expect("a campaign matches").short_url_code;
    client.offers().share_by_email(&code, &NewEmailShare::new("kim@example.com")).await?;
    client.offers().share_and_claim(&NewOfferClaim::new("amy@example.com", "ben@example.com")).await?;
    client.origins().create_purchase(&NewPurchase::new("ben@example.com", "900", dec!(70))).await?;
    client.referrals().update_status("900", &ReferralUpdate::new("approved")).await?;
    client.people().unsubscribe("ben@example.com").await?;
    let all = description::types();
    assert_eq!(all.len(), 9);
    sandbox.webhooks_settled().await;
    assert_eq!(receiver.types(), all);
    for (fields, kind) in receiver.deliveries() {
        assert_eq!(kind, "application/x-www-form-urlencoded");
        let of = |name: &str| fields.get(name).map(String::as_str);
        assert_eq!((of("key"), of("site"), of("extras")), (Some("hook-key"), Some("my-store"), Some("{}")));
        let payload: Value = serde_json::from_str(of("payload").unwrap_or_default()).expect("the payload is JSON");
        let kind = of("type").unwrap_or_default();
        let differences = description::differences(kind, &payload);
        assert!(differences.is_empty(), "{differences:#?}\n{payload:#}");
    }
    Ok(())
}

#[tokio::test]
async fn unsubscribes_a_recipient_if_the_handler_requests_it() -> Result<(), Error> {
    let (sandbox, receiver) = (sandbox().await, Receiver::default());
    let url = receiver.start().await;
    sandbox.site("my-store", |site| site.send_webhooks_to(target(&url)));
    let client = client(&sandbox);
    let code = |number: usize| {
        let code = |site: &mut Site| site.offers().nth(number).map(|offer| offer.short_url_code.clone());
        sandbox.site("my-store", code).expect("the demo shop has offers")
    };
    client.offers().share_by_email(code(0), &NewEmailShare::new("kim@example.com")).await?;
    let is_known =
        |site: &mut Site| site.person("kim@example.com").is_some_and(|person| person.unsubscribed_at.is_some());
    sandbox.webhooks_settled().await;
    assert!(sandbox.site("my-store", is_known), "the recipient is not unsubscribed");
    // The response also cancels the e-mail that the webhook was about.
    let shares = client.people().shares("jane@example.com").await?.shares;
    assert!(shares.is_empty(), "{shares:?}");
    let again = client.offers().share_by_email(code(0), &NewEmailShare::new("lee@example.com")).await?;
    assert_eq!(again.stats.and_then(|stats| stats.previously_sent), Some(0));
    let second = client.offers().share_by_email(code(1), &NewEmailShare::new("kim@example.com")).await?;
    assert_eq!(second.stats.and_then(|stats| stats.currently_sent), Some(0));
    assert_eq!(second.recipients.get("kim@example.com").and_then(|it| it.unsubscribed), Some(true));
    Ok(())
}

#[tokio::test]
async fn pays_rewards_once_the_referral_webhook_is_delivered() -> Result<(), Error> {
    let (sandbox, receiver) = (sandbox().await, Receiver::default());
    let url = receiver.start().await;
    let settings = json!({ "site_slug": "my-store", "url": url, "key": "k", "types": ["referral_web_hook"] });
    assert_eq!(send(&sandbox, Method::PUT, "/sandbox/webhooks", Some(&settings)).await.0, 200);
    *receiver.rejections_left.lock().expect("no thread has panicked") = 2;
    let status = || reward_statuses(&sandbox);
    client(&sandbox).referrals().update_status("1041", &ReferralUpdate::new("approved")).await?;
    until("the first attempt fails", || sandbox.site("my-store", |site| site.webhooks_failed()) == 1).await;
    assert_eq!(status(), ["Unpaid", "Unpaid"]);
    let (_, state) = send(&sandbox, Method::GET, "/sandbox/state", None).await;
    let state = &state["result"]["sites"]["my-store"];
    assert_eq!((&state["webhooks_pending"], &state["webhooks_failed"]), (&json!(1), &json!(1)));
    assert_eq!(state["last_webhook_failure"], "referral_web_hook: status 500 Internal Server Error");
    // The backoff follows the sandbox's clock.
    sandbox.clock().advance(Duration::from_secs(2));
    until("the second attempt fails", || sandbox.site("my-store", |site| site.webhooks_failed()) == 2).await;
    assert_eq!(status(), ["Unpaid", "Unpaid"]);
    sandbox.clock().advance(Duration::from_secs(4));
    until("the rewards are paid", || status() == ["Paid", "Paid"]).await;
    assert_eq!(receiver.deliveries().len(), 3);
    Ok(())
}

#[tokio::test]
async fn delivers_a_webhook_when_a_claim_link_is_opened() {
    let (sandbox, receiver) = (sandbox().await, Receiver::default());
    let url = receiver.start().await;
    sandbox.site("my-store", |site| site.send_webhooks_to(target(&url)));
    let link = format!("{}/x/{}?email=kim@example.com", sandbox.url(), offer_code(&sandbox));
    assert!(HTTP.get(link).send().await.expect("the sandbox responds").status().is_success());
    // The webhook must be delivered without another request and without advancing the frozen clock.
    until("the webhook for the claim arrives", || receiver.types().contains("claim_signup_web_hook")).await;
}

#[tokio::test]
async fn resends_a_webhook() {
    let (sandbox, receiver) = (sandbox().await, Receiver::default());
    let url = receiver.start().await;
    sandbox.site("my-store", |site| site.send_webhooks_to(target(&url)));
    send(&sandbox, Method::POST, "/api/v2/people/jane@example.com/unsubscribe?site_slug=my-store", None).await;
    sandbox.webhooks_settled().await;
    let (_, response) = send(&sandbox, Method::GET, "/sandbox/webhooks", None).await;
    let sent = &response["result"]["webhooks"][0];
    assert_eq!((&sent["type"], &sent["result"]), (&json!("unsubscribe_web_hook"), &json!("200 OK")), "{response}");
    let (_, response) = send(&sandbox, Method::GET, "/sandbox/webhooks/1", None).await;
    let details = &response["result"]["webhook"];
    assert_eq!(details["payload"]["person"]["email"], "jane@example.com");
    assert_eq!(details["response"]["result"]["unsubscribed"], true);
    let empty = json!({});
    assert_eq!(send(&sandbox, Method::POST, "/sandbox/webhooks/1/resend", Some(&empty)).await.0, 200);
    sandbox.webhooks_settled().await;
    let deliveries = receiver.deliveries();
    assert_eq!(deliveries.len(), 2);
    assert_eq!(deliveries.first().map(|(fields, _)| fields), deliveries.last().map(|(fields, _)| fields));
    assert_eq!(send(&sandbox, Method::POST, "/sandbox/webhooks/9/resend", Some(&empty)).await.0, 404);
    sandbox.site("my-store", Site::stop_webhooks);
    assert_eq!(send(&sandbox, Method::POST, "/sandbox/webhooks/1/resend", Some(&empty)).await.0, 400);
}

#[tokio::test]
async fn does_not_resend_webhooks_of_a_full_site() {
    let receiver = Receiver::default();
    let url = receiver.start().await;
    let sandbox = Sandbox::builder().max_site_bytes(16 * 1024 * 1024).start().await.expect("there is a free port");
    sandbox.site("my-store", |site| site.send_webhooks_to(target(&url)));
    send(&sandbox, Method::POST, "/api/v2/people/jane@example.com/unsubscribe?site_slug=my-store", None).await;
    until("the webhook is delivered", || sandbox.site("my-store", |site| site.webhooks_delivered()) == 1).await;
    let resend = async || send(&sandbox, Method::POST, "/sandbox/webhooks/1/resend", Some(&json!({}))).await;
    // The new receiver accepts connections but never responds, so that the webhooks stay pending.
    let silent = TcpListener::bind("127.0.0.1:0").await.expect("there is a free port");
    let url = format!("http://{}", silent.local_addr().expect("the socket is bound"));
    let claims = target(&url).types(["claim_signup_web_hook"]).expect("the type exists");
    let code = offer_code(&sandbox);
    sandbox.site("my-store", |site| {
        site.send_webhooks_to(claims);
        for number in 0..2_000 {
            site.claim(&code, Some(&format!("friend-{number}@example.com")));
        }
    });
    let (status, response) = resend().await;
    assert_eq!(status, 507, "{response}");
    assert_eq!(response["error_message"], "The site `my-store` has too many pending webhooks.");
    sandbox.site("my-store", |site| {
        site.stop_webhooks();
        site.send_webhooks_to(target(&url));
        site.enroll("amy@example.com").dates.insert("x".repeat(20 * 1024 * 1024), NaiveDate::default());
    });
    let (status, response) = resend().await;
    let message = response["error_message"].as_str().unwrap_or_default();
    assert!(status == 507 && message.starts_with("The sandbox is full"), "{response}");
}

#[tokio::test]
async fn dropping_the_sandbox_cancels_deliveries() {
    let socket = TcpListener::bind("127.0.0.1:0").await.expect("there is a free port");
    let url = format!("http://{}", socket.local_addr().expect("the socket is bound"));
    let sandbox = sandbox().await;
    sandbox.site("my-store", |site| site.send_webhooks_to(target(&url)));
    send(&sandbox, Method::POST, "/api/v2/people/jane@example.com/unsubscribe?site_slug=my-store", None).await;
    let accepted = timeout(Duration::from_secs(20), socket.accept()).await.expect("the webhook is sent");
    let (mut stream, _) = accepted.expect("the sandbox connects");
    assert_eq!(sandbox.site("my-store", |site| site.webhooks_pending()), 1);
    drop(sandbox);
    let mut sent = Vec::new();
    let ended = timeout(Duration::from_secs(5), stream.read_to_end(&mut sent)).await;
    assert!(ended.is_ok(), "the delivery is still running after the sandbox was dropped");
}

#[tokio::test]
async fn loading_a_site_cancels_webhooks_and_pays_approved_referrals() {
    let socket = TcpListener::bind("127.0.0.1:0").await.expect("there is a free port");
    let url = format!("http://{}", socket.local_addr().expect("the socket is bound"));
    let sandbox = sandbox().await;
    let target = target(&url).types(["referral_web_hook", "unsubscribe_web_hook"]).expect("the types exist");
    sandbox.site("my-store", |site| site.send_webhooks_to(target));
    let approved = json!({ "site_slug": "my-store", "data": { "status": "approved" } });
    send(&sandbox, Method::PUT, "/api/v2/origins/1041/referral", Some(&approved)).await;
    let accepted = timeout(Duration::from_secs(20), socket.accept()).await.expect("the webhook is sent");
    let (mut in_flight, _) = accepted.expect("the sandbox connects");
    assert_eq!(reward_statuses(&sandbox), ["Unpaid", "Unpaid"]);
    let pending = || sandbox.site("my-store", |site| site.webhooks_pending());
    assert!(sandbox.site("my-store", |site| site.load(&site.save())).is_ok());
    assert_eq!((reward_statuses(&sandbox), pending()), (vec!["Paid", "Paid"], 0));
    // The end of the canceled delivery doesn't affect the next one.
    send(&sandbox, Method::POST, "/api/v2/people/jane@example.com/unsubscribe?site_slug=my-store", None).await;
    in_flight.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n").await.expect("the sandbox reads the response");
    until("the first delivery ends", || sandbox.site("my-store", |site| site.webhooks_delivered()) == 1).await;
    assert_eq!(pending(), 1);
}

#[tokio::test]
async fn cancels_queued_deliveries() {
    let socket = TcpListener::bind("127.0.0.1:0").await.expect("there is a free port");
    let url = format!("http://{}", socket.local_addr().expect("the socket is bound"));
    let accept = async || {
        let accepted = timeout(Duration::from_secs(20), socket.accept()).await.expect("the webhook is sent");
        accepted.expect("the sandbox connects").0
    };
    let sandbox = sandbox().await;
    let code = offer_code(&sandbox);
    let claim = |numbers: std::ops::Range<usize>| {
        sandbox.site("my-store", |site| {
            for number in numbers {
                site.claim(&code, Some(&format!("friend-{number}@example.com")));
            }
        });
    };
    let claims = target(&url).types(["claim_signup_web_hook"]).expect("the type exists");
    sandbox.site("my-store", |site| site.send_webhooks_to(claims));
    // The first eight webhooks are sent but get no response. The ninth webhook is queued.
    claim(0..9);
    let mut unanswered = Vec::new();
    for _ in 0..8 {
        unanswered.push(accept().await);
    }
    let path = "/api/v2/people/friend-8@example.com/anonymize?site_slug=my-store";
    assert_eq!(send(&sandbox, Method::POST, path, None).await.0, 200);
    drop(unanswered);
    until("all eight fail", || sandbox.site("my-store", |site| site.webhooks_failed()) == 8).await;
    claim(9..10);
    let mut next = accept().await;
    let (mut bytes, mut sent) = (Vec::new(), String::new());
    while !sent.contains("friend-") {
        assert_ne!(next.read_buf(&mut bytes).await.expect("the connection is open"), 0, "{sent}");
        sent = String::from_utf8_lossy(&bytes).into_owned();
    }
    assert!(sent.contains("friend-9"), "{sent}");
}

#[tokio::test]
async fn sends_selected_types_until_stopped() {
    let sandbox = sandbox().await;
    let statuses = || reward_statuses(&sandbox);
    // Nothing listens at this address, so webhooks stay pending.
    let target = target("http://127.0.0.1:9/hook").types(["referral_web_hook"]).expect("the type exists");
    sandbox.site("my-store", |site| site.send_webhooks_to(target));
    let approved = json!({ "site_slug": "my-store", "data": { "status": "approved" } });
    send(&sandbox, Method::PUT, "/api/v2/origins/1041/referral", Some(&approved)).await;
    assert_eq!(statuses(), ["Unpaid", "Unpaid"]);
    assert_eq!(sandbox.site("my-store", |site| site.webhooks_pending()), 1);
    let stopped = json!({ "site_slug": "my-store" });
    assert_eq!(send(&sandbox, Method::PUT, "/sandbox/webhooks", Some(&stopped)).await.0, 200);
    assert_eq!(statuses(), ["Paid", "Paid"]);
    assert_eq!(sandbox.site("my-store", |site| site.webhooks_pending()), 0);
    for (url, types) in [("http://", json!([])), ("ftp://example.com", json!([])), (sandbox.url(), json!(["none"]))] {
        let settings = json!({ "site_slug": "my-store", "url": url, "key": "k", "types": types });
        let (status, response) = send(&sandbox, Method::PUT, "/sandbox/webhooks", Some(&settings)).await;
        assert_eq!(status, 400, "{settings}: {response}");
    }
    let without_key = json!({ "site_slug": "my-store", "url": sandbox.url() });
    for settings in [without_key, json!({ "site_slug": "my-store", "url": sandbox.url(), "key": "" })] {
        let (status, response) = send(&sandbox, Method::PUT, "/sandbox/webhooks", Some(&settings)).await;
        assert_eq!((status, response["error_message"].as_str()), (400, Some("`key` is required with `url`")));
    }
}
