//! A service that uses axum to receive webhooks, and stores their effects in SQLite. It also receives requests from a Custom App.
//!
//! ```sh
//! cargo run -p talkable-api --features webhook-axum --example webhook_service -- 127.0.0.1:8080
//! ```
//!
//! The service prints a `curl` command that sends a webhook. The environment variable `TALKABLE_SECURITY_KEY` contains the
//! security keys of the site, separated by commas. The database is `webhooks.db` in the current folder.

use std::error::Error as StdError;
use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use axum::routing::post;
use rusqlite::{Connection, Transaction};
use talkable_api::webhook::testing::WebhookBuilder;
use talkable_api::webhook::{
    CheckUnsubscribeEvent, CreateCouponEvent, Delivery, Fingerprint, Handlers, Reply, RewardEvent, Signed,
    UnsubscribeAnswer, UnsubscribeEvent, Verifier,
};

type Result<T = (), E = Box<dyn StdError + Send + Sync>> = std::result::Result<T, E>;

const SCHEMA: &str = "
    CREATE TABLE IF NOT EXISTS webhooks (fingerprint BLOB PRIMARY KEY) WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS credits (email TEXT, amount TEXT);
    CREATE TABLE IF NOT EXISTS coupons (code TEXT PRIMARY KEY);
    CREATE TABLE IF NOT EXISTS unsubscribed (email TEXT PRIMARY KEY);";

#[tokio::main]
async fn main() -> Result {
    let keys = std::env::var("TALKABLE_SECURITY_KEY").unwrap_or_else(|_| "the-security-key".to_owned());
    let address = std::env::args().nth(1).unwrap_or_else(|| "127.0.0.1:8080".to_owned());
    // Several keys allow rotation without downtime.
    let mut split = keys.split(',').map(str::to_owned);
    let first = split.next().unwrap_or_default();
    let verifier = split.try_fold(Verifier::new(first.clone())?, Verifier::key)?;
    let shop = Arc::new(Shop::open("webhooks.db")?);

    let webhooks = handlers(verifier.clone(), &shop).router("/talkable/webhooks");
    let custom_app = Router::new().route("/talkable/app", post(receive_order)).with_state(verifier);
    let listener = tokio::net::TcpListener::bind(address).await?;
    let url = format!("http://{}/talkable/webhooks", listener.local_addr()?);
    let sample = WebhookBuilder::sample::<UnsubscribeEvent>().form(&first);
    println!("listening; try\n\ncurl -i --data '{}' {url}\n", String::from_utf8_lossy(&sample.body));
    Ok(axum::serve(listener, webhooks.merge(custom_app)).await?)
}

fn handlers(verifier: Verifier, shop: &Arc<Shop>) -> Handlers {
    Handlers::new(verifier)
        .on_failure(|failure| eprintln!("replied {}: {failure}", failure.status()))
        .on_with(shop, |shop, delivery: Delivery<RewardEvent>| async move {
            let email = delivery.event.person.as_ref().and_then(|person| person.email.as_deref());
            let amount = delivery.event.reward.as_ref().and_then(|reward| reward.amount);
            let (email, amount) = email.zip(amount).ok_or("the reward has no owner or no amount")?;
            shop.once(delivery.fingerprint(), |transaction| {
                println!("credited {email} with {amount}");
                transaction.execute("INSERT INTO credits VALUES (?, ?)", (email, amount.to_string()))
            })
        })
        .on_with(shop, |shop, delivery: Delivery<CreateCouponEvent>| async move {
            let code = delivery.event.coupon_code.as_deref().ok_or("the coupon has no code")?;
            // Talkable may send the same code in different webhooks.
            shop.once(delivery.fingerprint(), |transaction| {
                transaction.execute("INSERT OR IGNORE INTO coupons VALUES (?)", [code])
            })
        })
        .on_with(shop, |shop, delivery: Delivery<UnsubscribeEvent>| async move {
            let email = delivery.event.person.as_ref().and_then(|person| person.email.as_deref());
            let email = email.ok_or("the person has no address")?;
            shop.once(delivery.fingerprint(), |transaction| {
                transaction.execute("INSERT OR IGNORE INTO unsubscribed VALUES (?)", [email])
            })
        })
        .on_with(shop, |shop, delivery: Delivery<CheckUnsubscribeEvent>| async move {
            let email = delivery.event.recipient.as_ref().and_then(|person| person.email.as_deref());
            shop.is_unsubscribed(email.unwrap_or_default()).map(UnsubscribeAnswer::new)
        })
        // This shop ignores webhooks of all other kinds. Without the fallback, Talkable would resend them.
        .fallback(|delivery: Delivery| async move {
            println!("ignored {:?}", delivery.kind);
            Ok::<_, &str>(Reply::delivered())
        })
}

struct Shop {
    database: Mutex<Connection>,
}

impl Shop {
    fn open(path: &str) -> Result<Self> {
        let database = Connection::open(path)?;
        database.execute_batch(SCHEMA)?;
        Ok(Self { database: Mutex::new(database) })
    }

    /// Stores the fingerprint and the effect of a webhook in one transaction, so that a copy of the webhook has no effect. If the
    /// process crashes, neither is stored, and Talkable sends the webhook again.
    fn once(&self, webhook: Fingerprint, effect: impl FnOnce(&Transaction<'_>) -> rusqlite::Result<usize>) -> Result {
        let mut database = self.database.lock().unwrap_or_else(PoisonError::into_inner);
        let transaction = database.transaction()?;
        if transaction.execute("INSERT OR IGNORE INTO webhooks VALUES (?)", [webhook.as_bytes()])? == 1 {
            effect(&transaction)?;
        }
        Ok(transaction.commit()?)
    }

    fn is_unsubscribed(&self, email: &str) -> Result<bool> {
        let database = self.database.lock().unwrap_or_else(PoisonError::into_inner);
        let query = "SELECT EXISTS (SELECT * FROM unsubscribed WHERE email = ?)";
        Ok(database.query_row(query, [email], |row| row.get(0))?)
    }
}

/// The content of requests from this shop's Custom App.
#[derive(serde::Deserialize)]
struct Order {
    order_number: String,
}

async fn receive_order(Signed { content: order, .. }: Signed<Order>) {
    println!("order {}", order.order_number);
}
