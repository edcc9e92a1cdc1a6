//! Sends calls with workers in several processes, which share an outbox in PostgreSQL.
//!
//! ```sh
//! export DATABASE_URL=postgres://shop@localhost/shop
//! cargo run -p talkable-outbox --features postgres --example postgres_workers -- enqueue 100
//! cargo run -p talkable-outbox --features postgres --example postgres_workers -- work   # in two terminals
//! cargo run -p talkable-outbox --features postgres --example postgres_workers -- status
//! ```
//!
//! The client reads TALKABLE_API_KEY, TALKABLE_SITE_SLUG and TALKABLE_BASE_URL. A worker stops with Ctrl+C.

use std::error::Error;
use std::sync::Arc;

use sqlx::postgres::PgPool;
use talkable_api::types::PersonUpdate;
use talkable_api::{Client, ClientBuilder, now};
use talkable_outbox::{Entry, Outbox, ThrottleStore, Worker, sqlx, talkable_api};

type Result<T = (), E = Box<dyn Error>> = std::result::Result<T, E>;

#[tokio::main]
async fn main() -> Result {
    let pool = PgPool::connect(&std::env::var("DATABASE_URL")?).await?;
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    // Workers in several processes find the rate limit together.
    let client = ClientBuilder::from_env().shared_throttle(Arc::new(ThrottleStore::new(pool.clone()))).build()?;
    run(pool, client, &arguments.iter().map(String::as_str).collect::<Vec<_>>()).await
}

pub(crate) async fn run(pool: PgPool, client: Client, arguments: &[&str]) -> Result {
    let outbox = Outbox::postgres(pool.clone());
    // All processes may do this at the same time.
    outbox.migrate().await?;
    match *arguments {
        ["enqueue", count] => {
            let mut transaction = pool.begin().await?;
            let mut entries = Vec::new();
            for number in 0..count.parse::<u32>()? {
                let email = format!("{number}@example.com");
                let call = client.people().update(&email, &PersonUpdate::new().unsubscribed_at(now()));
                entries.push(Entry::new(&call)?.key(number.to_string()));
            }
            outbox.enqueue_all(&mut *transaction, &entries).await?;
            transaction.commit().await?;
        }
        ["work"] => {
            let stop = async { tokio::signal::ctrl_c().await.unwrap_or_default() };
            Worker::new(outbox, client).run(stop).await;
        }
        ["status"] => println!("{:?}", outbox.stats().await?),
        _ => return Err("usage: postgres_workers [enqueue COUNT | work | status]".into()),
    }
    Ok(())
}
