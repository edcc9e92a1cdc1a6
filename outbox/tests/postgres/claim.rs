//! The plan of the claim.

use std::time::{Duration, Instant};

use talkable_outbox::sqlx;

use crate::api;
use crate::support::{Database, Running, worker};

/// After five executions, PostgreSQL may use a generic plan, which must still use the indexes.
#[tokio::test]
async fn a_claim_stays_fast_with_many_waiting_entries() {
    let (server, processed) = api::start_healthy();
    let database = Database::new().await;
    let fill = "INSERT INTO talkable_outbox (site, key, operation, payload, due)
        SELECT 'my-store', 'key-' || number % 2000, 'updatePerson',
            '{\"version\":1,\"operation\":\"updatePerson\",\"site_slug\":\"my-store\",\"path_arguments\":[\"' || number || '\"],\"body\":\"{}\"}',
            talkable_outbox_now()
        FROM generate_series(1, 20000) AS number";
    sqlx::raw_sql(fill).execute(&database.pool).await.unwrap();
    let began = Instant::now();
    let running = Running::start(worker(&database.outbox, server.url()).concurrency(64));
    while processed.list().len() < 3000 {
        assert!(began.elapsed() < Duration::from_mins(1), "{}", processed.list().len());
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    println!("{:.0} calls per second", 3000.0 / began.elapsed().as_secs_f64());
    running.stop().await;
}
