//! The plan of the claim.

use std::time::{Duration, Instant};

use talkable_outbox::sqlx;

use crate::api;
use crate::support::{Database, Running, worker};

/// Fills the outbox with 20,000 entries, or `OUTBOX_TEST_CLAIM_ENTRIES`, ten for each key.
///
/// After five executions, PostgreSQL may use a generic plan, which must still use the indexes.
#[tokio::test]
async fn a_claim_stays_fast_with_many_waiting_entries() {
    let (server, processed) = api::start_healthy();
    let database = Database::new().await;
    let setting = std::env::var("OUTBOX_TEST_CLAIM_ENTRIES").ok().and_then(|entries| entries.parse().ok());
    let entries: i64 = setting.unwrap_or(20_000);
    let fill = "INSERT INTO talkable_outbox (site, key, operation, payload, due)
        SELECT 'my-store', 'key-' || number % ($1 / 10), 'updatePerson',
            '{\"version\":1,\"operation\":\"updatePerson\",\"site_slug\":\"my-store\",\"path_arguments\":[\"' || number || '\"],\"body\":\"{}\"}',
            talkable_outbox_now()
        FROM generate_series(1, $1) AS number";
    sqlx::query(fill).bind(entries).execute(&database.pool).await.unwrap();
    let began = Instant::now();
    let running = Running::start(worker(&database.outbox, server.url()).concurrency(64));
    while processed.list().len() < 3000 {
        assert!(began.elapsed() < Duration::from_mins(1), "{}", processed.list().len());
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    println!("{:.0} calls per second", 3000.0 / began.elapsed().as_secs_f64());
    running.stop().await;
}
