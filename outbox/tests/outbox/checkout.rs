//! A checkout that records purchases while the API throttles and fails and the process is killed.

use std::collections::HashSet;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use fake_server::{Reply, json, with_headers};
use talkable_outbox::sqlx;

use crate::api::{self, success};
use crate::backend;
use crate::child::{Process, test};
use crate::support::{Database, eventually, purchase, worker};

const DATABASE: &str = "OUTBOX_TEST_CHECKOUT";
const URL: &str = "OUTBOX_TEST_CHECKOUT_URL";
const ORDERS: i64 = 200;
const LEASE: Duration = Duration::from_secs(5);

/// The checkout service: places the remaining orders, about 100 a second, and sends the purchases at the same time.
#[tokio::test]
async fn places_orders() {
    let (Ok(path), Ok(url)) = (std::env::var(DATABASE), std::env::var(URL)) else { return };
    let database = Database::open(&path).await;
    let shop = async {
        let placed: i64 = sqlx::query_scalar("SELECT count(*) FROM orders").fetch_one(&database.pool).await.unwrap();
        for order in placed..ORDERS {
            let mut transaction = backend::begin(&database.pool).await;
            sqlx::query("INSERT INTO orders VALUES ($1)").bind(order).execute(&mut *transaction).await.unwrap();
            let entry = purchase(&order.to_string()).dedup(format!("purchase-{order}"));
            database.outbox.enqueue(&mut *transaction, &entry).await.unwrap();
            transaction.commit().await.unwrap();
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::join!(shop, worker(&database.outbox, &url).lease(LEASE).run(std::future::pending()));
}

#[tokio::test]
async fn no_purchase_is_lost_or_recorded_twice() {
    // 40 requests a second; 10 % of the requests get a 5xx and 10 % no response, and half of both are processed.
    let bucket = Mutex::new((Instant::now(), 10.0_f64, fastrand::Rng::with_seed(7)));
    let (server, processed) = api::start(move |request, _, processed| {
        let mut bucket = bucket.lock().unwrap();
        let (last, tokens, random) = &mut *bucket;
        *tokens = (*tokens + last.elapsed().as_secs_f64() * 40.0).min(10.0);
        *last = Instant::now();
        if *tokens < 1.0 {
            return with_headers(429, "", "");
        }
        *tokens -= 1.0;
        let fault = random.f64();
        if fault >= 0.2 || random.bool() {
            processed.add(request);
        }
        match fault {
            ..0.1 => json(503, "<html>"),
            0.1..0.2 => Reply::close(""),
            _ => success(),
        }
    });
    let database = Database::new().await;
    sqlx::query("CREATE TABLE orders (id BIGINT PRIMARY KEY)").execute(&database.pool).await.unwrap();
    let start = || {
        let mut command = test("checkout::places_orders");
        Process::start(command.env(DATABASE, &database.location).env(URL, server.url()))
    };
    for seconds in [1.2, 2.0, 3.0] {
        let process = start();
        tokio::time::sleep(Duration::from_secs_f64(seconds)).await;
        process.signal("-KILL");
    }
    let process = start();
    let all_placed = async || {
        let placed: i64 = sqlx::query_scalar("SELECT count(*) FROM orders").fetch_one(&database.pool).await.unwrap();
        placed == ORDERS
    };
    eventually(all_placed, "all orders are placed").await;
    database.drained().await;
    drop(process);

    let doubtful: Vec<String> = sqlx::query_scalar("SELECT key FROM talkable_outbox WHERE state = 'doubtful'")
        .fetch_all(&database.pool)
        .await
        .unwrap();
    let recorded: HashSet<String> = processed.list().into_iter().collect();
    let lost = (0..ORDERS).map(|order| order.to_string());
    let lost: Vec<_> =
        lost.filter(|order| !recorded.contains(&format!("create {order}")) && !doubtful.contains(order)).collect();
    assert_eq!((lost, processed.twice()), (Vec::new(), Vec::new()));
    let stats = database.outbox.stats().await.unwrap();
    assert_eq!(stats.dead, 0);
    println!("{} recorded, {} doubtful", recorded.len(), doubtful.len());
}
