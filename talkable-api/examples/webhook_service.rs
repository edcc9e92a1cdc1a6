//! A service that uses axum to receive webhooks of all kinds and requests from a Custom App.
//!
//! ```sh
//! cargo run -p talkable-api --features webhook-axum --example webhook_service
//! ```
//!
//! The service prints a `curl` command that sends a webhook. The environment variable `TALKABLE_SECURITY_KEY` contains the
//! security keys of the site, separated by commas. The first argument is the address to listen on.

use std::collections::HashSet;
use std::error::Error as StdError;
use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use axum::routing::post;
use talkable_api::InvalidError;
use talkable_api::webhook::testing::WebhookBuilder;
use talkable_api::webhook::{
    CheckUnsubscribeEvent, CreateCouponEvent, Delivery, Handlers, MemoryStore, ReferralEvent, Reply, RewardEvent,
    Signed, UnsubscribeAnswer, UnsubscribeEvent, Verifier,
};

#[tokio::main]
async fn main() -> Result<(), Box<dyn StdError>> {
    let keys = std::env::var("TALKABLE_SECURITY_KEY").unwrap_or_else(|_| "the-security-key".to_owned());
    let address = std::env::args().nth(1).unwrap_or_else(|| "127.0.0.1:8080".to_owned());

    let verifier = verifier(&keys)?;
    let webhooks = handlers(verifier.clone(), &Arc::default()).router("/talkable/webhooks");
    let custom_app = Router::new().route("/talkable/app", post(receive_order)).with_state(verifier);

    let listener = tokio::net::TcpListener::bind(address).await?;
    let url = format!("http://{}/talkable/webhooks", listener.local_addr()?);
    println!("listening; try\n\n{}\n", curl(&keys, &url));
    axum::serve(listener, webhooks.merge(custom_app)).await?;
    Ok(())
}

/// Creates a verifier from security keys that are separated by commas. Several keys allow rotation without downtime.
fn verifier(keys: &str) -> Result<Verifier, InvalidError> {
    let mut keys = keys.split(',').map(str::to_owned);
    let first = Verifier::new(keys.next().unwrap_or_default())?;
    keys.try_fold(first, Verifier::key)
}

fn handlers(verifier: Verifier, shop: &Arc<Shop>) -> Handlers {
    Handlers::new(verifier)
        .deduplicate(MemoryStore::new(10_000))
        .on_failure(|failure| eprintln!("replied {}: {failure}", failure.status()))
        .on(|delivery: Delivery<RewardEvent>| async move {
            let reward = delivery.event.reward.ok_or("the reward is missing")?;
            println!("give {:?}", reward.amount);
            Ok::<_, &str>(())
        })
        // Talkable does not pay the rewards for a referral until this handler succeeds.
        .on(|delivery: Delivery<ReferralEvent>| async move {
            println!("referred by {:?}", delivery.event.share.and_then(|share| share.channel));
            Ok::<_, &str>(())
        })
        .on_with(shop, |shop, delivery: Delivery<CreateCouponEvent>| async move {
            shop.store_coupon(delivery.event.coupon_code)
        })
        .on_with(shop, |shop, delivery: Delivery<UnsubscribeEvent>| async move {
            if let Some(email) = delivery.event.person.and_then(|person| person.email) {
                shop.unsubscribe(email);
            }
            Ok::<_, &str>(())
        })
        .on_with(shop, |shop, delivery: Delivery<CheckUnsubscribeEvent>| async move {
            let email = delivery.event.recipient.and_then(|person| person.email);
            let unsubscribed = email.is_some_and(|email| shop.is_unsubscribed(&email));
            Ok::<_, &str>(UnsubscribeAnswer::new(unsubscribed))
        })
        // This shop ignores webhooks of all other kinds. Without the fallback, Talkable would resend them.
        .fallback(|delivery: Delivery| async move {
            println!("ignored {:?}", delivery.kind);
            Ok::<_, &str>(Reply::delivered())
        })
}

/// The content of requests from this shop's Custom App.
#[derive(serde::Deserialize)]
struct Order {
    order_number: String,
}

async fn receive_order(Signed { content: order, .. }: Signed<Order>) {
    println!("order {}", order.order_number);
}

/// The shop's in-memory database.
#[derive(Debug, Default)]
struct Shop {
    coupons: Mutex<HashSet<String>>,
    unsubscribed: Mutex<HashSet<String>>,
}

impl Shop {
    /// Stores a coupon code. Succeeds if the code already exists, because Talkable may send the same code twice.
    fn store_coupon(&self, code: Option<String>) -> Result<(), &'static str> {
        let code = code.filter(|code| !code.is_empty()).ok_or("the coupon has no code")?;
        self.coupons.lock().unwrap_or_else(PoisonError::into_inner).insert(code);
        Ok(())
    }

    fn unsubscribe(&self, email: String) {
        self.unsubscribed.lock().unwrap_or_else(PoisonError::into_inner).insert(email);
    }

    fn is_unsubscribed(&self, email: &str) -> bool {
        self.unsubscribed.lock().unwrap_or_else(PoisonError::into_inner).contains(email)
    }
}

/// Returns a `curl` command that sends a webhook to this service.
fn curl(keys: &str, url: &str) -> String {
    let key = keys.split(',').next().unwrap_or_default();
    let webhook = WebhookBuilder::sample::<UnsubscribeEvent>().form(key);
    format!("curl -i --data '{}' {url}", String::from_utf8_lossy(&webhook.body))
}
