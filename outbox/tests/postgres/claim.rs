//! The plan of the claim.

use std::time::{Duration, Instant};

use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use talkable_outbox::{Outbox, sqlx};

use crate::api;
use crate::support::{Database, Running, worker};

const ENTRIES: i64 = 20_000;

async fn fill(database: &Database, entries: i64) {
    let fill = "INSERT INTO talkable_outbox (site, key, operation, payload, due)
        SELECT 'my-store', 'key-' || number % ($1 / 10), 'updatePerson',
            '{\"version\":1,\"operation\":\"updatePerson\",\"site_slug\":\"my-store\",\"path_arguments\":[\"' || number || '\"],\"body\":\"{}\"}',
            talkable_outbox_now()
        FROM generate_series(1, $1) AS number";
    sqlx::query(fill).bind(entries).execute(&database.pool).await.unwrap();
}

/// Fills the outbox with 20,000 entries, or `OUTBOX_TEST_CLAIM_ENTRIES`, ten for each key.
#[tokio::test]
async fn a_claim_stays_fast_with_many_waiting_entries() {
    let (server, processed) = api::start_healthy();
    let database = Database::new().await;
    let setting = std::env::var("OUTBOX_TEST_CLAIM_ENTRIES").ok().and_then(|entries| entries.parse().ok());
    fill(&database, setting.unwrap_or(ENTRIES)).await;
    let began = Instant::now();
    let running = Running::start(worker(&database.outbox, server.url()).concurrency(64));
    while processed.len() < 3000 {
        assert!(began.elapsed() < Duration::from_mins(1), "{}", processed.len());
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    println!("{:.0} calls per second", 3000.0 / began.elapsed().as_secs_f64());
    running.stop().await;
}

/// After five executions, PostgreSQL may use a generic plan, which does not depend on the arguments. Here, it always or
/// never does.
#[tokio::test]
async fn no_plan_scans_all_entries() {
    for (mode, entries) in [("force_generic_plan", ENTRIES), ("force_custom_plan", ENTRIES / 2)] {
        let (server, processed) = api::start_healthy();
        let database = Database::new().await;
        fill(&database, entries).await;
        sqlx::query("ANALYZE talkable_outbox").execute(&database.pool).await.unwrap();
        let options: PgConnectOptions = database.location.parse().unwrap();
        let options = options.options([("plan_cache_mode", mode)]);
        let pool = PgPoolOptions::new().max_connections(4).connect_with(options).await.unwrap();
        let running = Running::start(worker(&Outbox::postgres(pool.clone()), server.url()));
        while processed.len() < 500 {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        running.stop().await;
        let calls = i64::try_from(processed.len()).unwrap();
        // The statistics are complete when the sessions have ended.
        pool.close().await;
        tokio::time::sleep(Duration::from_secs(1)).await;
        let read = "SELECT CAST(sum(seq_tup_read) + (SELECT sum(idx_tup_read) FROM pg_stat_user_indexes
                WHERE relname = 'talkable_outbox' AND schemaname = current_schema()) AS BIGINT)
            FROM pg_stat_user_tables WHERE relname = 'talkable_outbox' AND schemaname = current_schema()";
        let read = database.count(read).await;
        println!("{mode}: {read} rows read for {calls} calls");
        // The creation of the indexes and the statistics may read all entries.
        assert!(read > 0 && read < calls * 64 + entries, "{mode}: {read} rows for {calls} calls");
    }
}
