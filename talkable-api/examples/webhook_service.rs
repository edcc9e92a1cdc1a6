//! A service that answers all kinds of webhooks, and a Custom App, with axum.
//!
//! ```sh
//! cargo run -p talkable-api --features webhook-axum --example webhook_service
//! ```
//!
//! It prints a `curl` command that unsubscribes somebody. `TALKABLE_SECURITY_KEY` holds the keys of the site with commas between
//! them, and the first argument is the address to listen on.

use std::collections::HashSet;
use std::error::Error as StdError;
use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use axum::routing::post;
use talkable_api::InvalidError;
use talkable_api::webhook::testing::Draft;
use talkable_api::webhook::{
    CheckUnsubscribeEvent, CreateCouponEvent, Delivery, Guard, Handlers, Recent, ReferralEvent, Reply, RewardEvent,
    Signed, UnsubscribeAnswer, UnsubscribeEvent,
};

/// What a shop would have in its database.
#[derive(Debug, Default)]
struct Shop {
    coupons: Mutex<HashSet<String>>,
    unsubscribed: Mutex<HashSet<String>>,
}

impl Shop {
    /// Stores a code; one that is there already is as good.
    fn store_coupon(&self, code: Option<String>) -> Result<(), &'static str> {
        let code = code.filter(|code| !code.is_empty()).ok_or("the coupon has no code")?;
        self.coupons.lock().unwrap_or_else(PoisonError::into_inner).insert(code);
        Ok(())
    }

    fn unsubscribe(&self, email: String) {
        self.unsubscribed.lock().unwrap_or_else(PoisonError::into_inner).insert(email);
    }

    fn has_unsubscribed(&self, email: &str) -> bool {
        self.unsubscribed.lock().unwrap_or_else(PoisonError::into_inner).contains(email)
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn StdError>> {
    let keys = std::env::var("TALKABLE_SECURITY_KEY").unwrap_or_else(|_| "the-security-key".to_owned());
    let address = std::env::args().nth(1).unwrap_or_else(|| "127.0.0.1:8080".to_owned());
    let guard = guard(&keys)?;
    let webhooks = handlers(guard.clone(), Arc::default()).router("/talkable/webhooks");
    // A handler of one's own takes what was verified as an argument; its state has the keys.
    let custom_app = Router::new().route("/talkable/app", post(ordered)).with_state(guard);
    let app = webhooks.merge(custom_app);

    let listener = tokio::net::TcpListener::bind(address).await?;
    println!("listening; try\n\n{}\n", command(&keys, &format!("http://{}/talkable/webhooks", listener.local_addr()?)));
    axum::serve(listener, app).await?;
    Ok(())
}

/// Several keys are right while one replaces another.
fn guard(keys: &str) -> Result<Guard, InvalidError> {
    let mut keys = keys.split(',').map(str::to_owned);
    let first = Guard::new(keys.next().unwrap_or_default())?;
    keys.try_fold(first, Guard::key)
}

fn handlers(guard: Guard, shop: Arc<Shop>) -> Handlers {
    let (for_coupons, for_leavers) = (shop.clone(), shop.clone());
    Handlers::new(guard)
        .deduplicate(Recent::new(10_000))
        .on_failure(|failure| eprintln!("answered {}: {failure}", failure.status()))
        .on(|delivery: Delivery<RewardEvent>| async move {
            let reward = delivery.event.reward.ok_or("nothing is said about the reward")?;
            println!("give {:?}", reward.amount);
            Ok::<(), &'static str>(())
        })
        // No reward of a referral is paid before this is answered.
        .on(|delivery: Delivery<ReferralEvent>| async move {
            println!("referred by {:?}", delivery.event.share.and_then(|share| share.channel));
            Ok::<(), &'static str>(())
        })
        .on(move |delivery: Delivery<CreateCouponEvent>| {
            let stored = for_coupons.store_coupon(delivery.event.coupon_code);
            async move { stored }
        })
        .on(move |delivery: Delivery<UnsubscribeEvent>| {
            delivery
                .event
                .person
                .and_then(|person| person.email)
                .into_iter()
                .for_each(|email| for_leavers.unsubscribe(email));
            async { Ok::<(), &'static str>(()) }
        })
        .on(move |delivery: Delivery<CheckUnsubscribeEvent>| {
            let email = delivery.event.recipient.and_then(|person| person.email);
            let unsubscribed = email.is_some_and(|email| shop.has_unsubscribed(&email));
            async move { Ok::<_, &'static str>(UnsubscribeAnswer::new(unsubscribed)) }
        })
        // This shop has no use for the other kinds. Without a fallback they would come again and again.
        .fallback(|delivery: Delivery| async move {
            println!("passed over {:?}", delivery.kind);
            Ok::<_, &'static str>(Reply::delivered())
        })
}

/// What the Custom App of this shop is set up to send.
#[derive(serde::Deserialize)]
struct Order {
    order_number: String,
}

async fn ordered(Signed { content: order, .. }: Signed<Order>) {
    println!("order {}", order.order_number);
}

/// A webhook that somebody can send by hand.
fn command(keys: &str, url: &str) -> String {
    let key = keys.split(',').next().unwrap_or_default();
    let sent = Draft::of::<UnsubscribeEvent>().form(key);
    format!("curl -i --data '{}' {url}", String::from_utf8_lossy(&sent.body))
}
