//! Records the orders and refunds of a shop, and loses none of them: calls are stored in the shop's database before they are sent.
//!
//! ```sh
//! cargo run -p talkable-api --example checkout -- order jane@example.com 1042 99.50
//! cargo run -p talkable-api --example checkout -- refund 1042
//! ```
//!
//! The database is `shop.db` in the current folder. The client reads TALKABLE_API_KEY, TALKABLE_SITE_SLUG and TALKABLE_BASE_URL.

use std::error::Error as StdError;
use std::time::Duration;

use rusqlite::{Connection, OptionalExtension as _};
use talkable_api::serde_json::{self, Value};
use talkable_api::types::{NewPurchase, NewRefund};
use talkable_api::{Call, Client, Decimal, Error, Reason, Verdict, now};
use tokio::time::sleep;

type Result<T = (), E = Box<dyn StdError>> = std::result::Result<T, E>;

const SCHEMA: &str = "
    CREATE TABLE IF NOT EXISTS orders (number TEXT PRIMARY KEY, email TEXT, subtotal TEXT, is_refunded INTEGER DEFAULT 0);
    CREATE TABLE IF NOT EXISTS outbox (id INTEGER PRIMARY KEY AUTOINCREMENT, call TEXT, error TEXT);";

#[tokio::main]
async fn main() -> Result {
    let client = Client::from_env()?;
    let mut shop = Connection::open("shop.db")?;
    shop.execute_batch(SCHEMA)?;
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["order", email, number, subtotal] => order(&mut shop, &client, email, number, subtotal.parse()?)?,
        ["refund", number] => refund(&mut shop, &client, number)?,
        [] => {} // sends the calls that an earlier run stored but did not send
        _ => return Err("usage: checkout [order EMAIL NUMBER SUBTOTAL | refund NUMBER]".into()),
    }
    send_outbox(&shop, &client).await
}

fn order(shop: &mut Connection, client: &Client, email: &str, number: &str, subtotal: Decimal) -> Result {
    // The call may be sent long after the order was placed, so it includes the time of the order.
    let purchase = NewPurchase::new(email, number, subtotal).created_at(now());
    let call = client.origins().create_purchase(&purchase);
    let insert = "INSERT INTO orders (number, email, subtotal) VALUES (?, ?, ?)";
    store(shop, call, insert, &[number, email, &subtotal.to_string()])
}

fn refund(shop: &mut Connection, client: &Client, number: &str) -> Result {
    let call = client.origins().refund(number, &NewRefund::new().refunded_at(now()));
    store(shop, call, "UPDATE orders SET is_refunded = 1 WHERE number = ? AND is_refunded = 0", &[number])
}

/// Changes an order and stores the call in one transaction, so that either both or neither are stored.
fn store<T>(shop: &mut Connection, call: Call<T>, change: &str, parameters: &[&str]) -> Result {
    let transaction = shop.transaction()?;
    if transaction.execute(change, rusqlite::params_from_iter(parameters))? == 0 {
        return Err("the order does not exist, or has already been refunded".into());
    }
    let call = serde_json::to_string(&call.to_stored()?)?;
    transaction.execute("INSERT INTO outbox (call) VALUES (?)", [call])?;
    Ok(transaction.commit()?)
}

/// Sends the stored calls in order. A real shop runs this function in the background.
async fn send_outbox(shop: &Connection, client: &Client) -> Result {
    let next = "SELECT id, call FROM outbox WHERE error IS NULL ORDER BY id LIMIT 1";
    let row = |row: &rusqlite::Row<'_>| Ok((row.get::<_, i64>(0)?, row.get::<_, String>(1)?));
    while let Some((id, call)) = shop.query_row(next, [], row).optional()? {
        let call = match restore(client, &call) {
            Ok(call) => call,
            Err(error) => {
                reject(shop, id, &*error)?;
                continue;
            }
        };
        match call.await {
            Ok(result) => {
                if let Some(url) = result["offer"]["claim_url"].as_str() {
                    println!("share {url}");
                }
            }
            // An earlier attempt was processed, but its response was lost.
            Err(Error::Api(error)) if error.reason() == Reason::AlreadyRefunded => {}
            Err(error) => match error.verdict() {
                Verdict::RetryAfter(pause) => {
                    sleep(pause).await;
                    continue;
                }
                // The API rejects the second full refund of an order, so it is safe to send the refund again.
                Verdict::MaybeProcessed => {
                    sleep(Duration::from_secs(1)).await;
                    continue;
                }
                Verdict::Processed => {}
                // The call stays in the outbox, and the next run can send it with a valid key.
                Verdict::Unauthorized => return Err(error.into()),
                _ => {
                    reject(shop, id, &error)?;
                    continue;
                }
            },
        }
        shop.execute("DELETE FROM outbox WHERE id = ?", [id])?;
    }
    Ok(())
}

fn restore(client: &Client, call: &str) -> Result<Call<Value>> {
    Ok(client.restore(&serde_json::from_str(call)?)?)
}

/// Stores the error, so that the outbox continues with the next call.
fn reject(shop: &Connection, id: i64, error: &dyn StdError) -> Result {
    eprintln!("rejected: {error}");
    shop.execute("UPDATE outbox SET error = ? WHERE id = ?", (error.to_string(), id))?;
    Ok(())
}
