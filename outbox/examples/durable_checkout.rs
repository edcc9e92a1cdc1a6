//! Records the purchases of a shop with an outbox in the shop's own SQLite database.
//!
//! ```sh
//! cargo run -p talkable-outbox --example durable_checkout -- order jane@example.com 1042 99.50
//! cargo run -p talkable-outbox --example durable_checkout -- refund 1042
//! cargo run -p talkable-outbox --example durable_checkout -- send
//! cargo run -p talkable-outbox --example durable_checkout -- look-up
//! ```
//!
//! The database is `durable_shop.db` in the current folder. The client reads TALKABLE_API_KEY, TALKABLE_SITE_SLUG and
//! TALKABLE_BASE_URL. A real shop runs the worker in the background, looks up doubtful calls after some minutes, and
//! lets an operator decide on those that can't be looked up, such as refunds.

use std::error::Error;
use std::time::Duration;

use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqliteSynchronous};
use talkable_api::types::{NewPurchase, NewRefund};
use talkable_api::{Call, Client, Decimal, now};
use talkable_outbox::{Entry, Filter, Outbox, State, Worker, sqlx, talkable_api};

type Result<T = (), E = Box<dyn Error>> = std::result::Result<T, E>;

const SCHEMA: &str =
    "CREATE TABLE IF NOT EXISTS orders (number TEXT PRIMARY KEY, email TEXT, is_refunded INTEGER NOT NULL DEFAULT 0)";

struct Shop {
    pool: SqlitePool,
    outbox: Outbox,
    client: Client,
}

#[tokio::main]
async fn main() -> Result {
    let options = SqliteConnectOptions::new().filename("durable_shop.db").create_if_missing(true);
    let options = options.journal_mode(SqliteJournalMode::Wal).synchronous(SqliteSynchronous::Full);
    let pool = SqlitePool::connect_with(options.busy_timeout(Duration::from_secs(10))).await?;
    sqlx::query(SCHEMA).execute(&pool).await?;
    let outbox = Outbox::sqlite(pool.clone());
    outbox.migrate().await?;
    let shop = Shop { pool, outbox, client: Client::from_env()? };
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["order", email, number, subtotal] => shop.order(email, number, subtotal.parse()?).await,
        ["refund", number] => shop.refund(number).await,
        ["send"] => shop.send().await,
        ["look-up"] => shop.look_up().await,
        _ => Err("usage: durable_checkout [order EMAIL NUMBER SUBTOTAL | refund NUMBER | send | look-up]".into()),
    }
}

impl Shop {
    async fn order(&self, email: &str, number: &str, subtotal: Decimal) -> Result {
        // The call may be sent long after the order was placed, so it includes the time of the order.
        let purchase = NewPurchase::new(email, number, subtotal).created_at(now());
        let call = self.client.origins().create_purchase(&purchase);
        let insert = sqlx::query("INSERT INTO orders (number, email) VALUES ($1, $2)").bind(number).bind(email);
        self.store(insert, &call, number, "purchase").await
    }

    async fn refund(&self, number: &str) -> Result {
        let call = self.client.origins().refund(number, &NewRefund::new().refunded_at(now()));
        let update = "UPDATE orders SET is_refunded = 1 WHERE number = $1 AND is_refunded = 0";
        self.store(sqlx::query(update).bind(number), &call, number, "refund").await
    }

    /// Changes an order and enqueues the call in one transaction.
    async fn store<T>(
        &self,
        change: sqlx::query::Query<'_, sqlx::Sqlite, sqlx::sqlite::SqliteArguments>,
        call: &Call<T>,
        number: &str,
        kind: &str,
    ) -> Result {
        let mut transaction = self.pool.begin_with("BEGIN IMMEDIATE").await?;
        if change.execute(&mut *transaction).await?.rows_affected() == 0 {
            return Err("the order does not exist, or has already been refunded".into());
        }
        // The key orders the calls: a refund is sent after its purchase.
        let entry = Entry::new(call)?.key(number).dedup(format!("{kind}-{number}"));
        self.outbox.enqueue(&mut *transaction, &entry).await?;
        Ok(transaction.commit().await?)
    }

    /// Sends until no entry is ready.
    async fn send(&self) -> Result {
        let worker = Worker::new(self.outbox.clone(), self.client.clone()).on_response(|_, result| {
            if let Some(url) = result["offer"]["claim_url"].as_str() {
                println!("share {url}");
            }
        });
        let sent = async {
            while !self.outbox.stats().await.is_ok_and(|stats| stats.ready + stats.in_flight == 0) {
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        };
        worker.run(sent).await;
        let stats = self.outbox.stats().await?;
        println!("{} dead, {} doubtful", stats.dead, stats.doubtful);
        Ok(())
    }

    /// Resolves the doubtful calls that can be looked up, some minutes after they failed.
    async fn look_up(&self) -> Result {
        for entry in self.outbox.list(&Filter::state(State::Doubtful)).await? {
            let Some(doubt) = entry.doubt else { continue };
            match self.outbox.look_up(&self.client, doubt).await? {
                Some(resolution) => {
                    self.outbox.resolve(doubt, resolution).await?;
                }
                None => println!("{} {} is still doubtful after {:?}", entry.id, entry.operation, entry.unchanged),
            }
        }
        Ok(())
    }
}
