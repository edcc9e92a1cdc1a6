//! Claiming 16 entries while many wait, compared with the update of 16 rows in a transaction.

use std::time::{Duration, Instant};

use talkable_outbox::claim_entries;

use crate::database::Database;
use crate::{is_selected, median, report_time};

const LIMIT: usize = 16;

/// Ten entries wait for each key.
pub(crate) async fn many_keys<D: Database>(database: &D) {
    let waiting = waiting();
    let keys = waiting / 10;
    let name = format!("{}: claim, {waiting} waiting over {keys} keys", D::NAME);
    if is_selected(&name) {
        fill(database, waiting, &format!("'key-' || (number % {keys})")).await;
        measure(database, &name, LIMIT).await;
    }
}

/// A fifth of the entries have the same key and are the oldest ones.
pub(crate) async fn hot_key<D: Database>(database: &D) {
    let waiting = waiting();
    let (hot, keys) = (waiting / 5, waiting / 10);
    let name = format!("{}: claim, {hot} behind one key", D::NAME);
    if is_selected(&name) {
        fill(database, hot, "'hot'").await;
        measure(database, &name, 1).await;
    }
    let name = format!("{}: claim, {hot} behind one key, {keys} other keys", D::NAME);
    if is_selected(&name) {
        fill(database, hot + keys, &format!("CASE WHEN number <= {hot} THEN 'hot' ELSE 'key-' || number END")).await;
        measure(database, &name, LIMIT).await;
    }
}

fn waiting() -> usize {
    std::env::var("OUTBOX_BENCH_WAITING").ok().and_then(|waiting| waiting.parse().ok()).unwrap_or(500_000)
}

async fn fill<D: Database>(database: &D, entries: usize, key: &str) {
    let fill = format!(
        "INSERT INTO talkable_outbox (site, key, operation, payload, due)
        SELECT 'my-store', {key}, 'updatePerson',
            '{{\"version\":1,\"operation\":\"updatePerson\",\"site_slug\":\"my-store\"}}', number
        FROM ({} {entries}) AS numbers",
        D::NUMBERS
    );
    database.run(&fill).await;
    database.run(D::MAINTAIN).await;
}

async fn measure<D: Database>(database: &D, name: &str, first: usize) {
    assert_eq!(claim_entries(database.outbox(), LIMIT).await.unwrap(), first);
    let outbox = median(21, async || {
        let began = Instant::now();
        claim_entries(database.outbox(), LIMIT).await.unwrap();
        began.elapsed()
    });
    let outbox = outbox.await;
    database.insert(16).await;
    let plain = median(21, async || {
        let began = Instant::now();
        database.update(16).await;
        began.elapsed()
    });
    report_time(name, outbox, plain.await.max(Duration::from_nanos(1)));
    database.run("DELETE FROM talkable_outbox; DELETE FROM plain").await;
}
